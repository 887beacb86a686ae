"""Who is who: the identity of an import and of a customer.

Lives here: import ids from content, customer keys from values. Not here: how an address is cleaned
(`pipelines/parsing/emails.py`), the 128-bit customer id that the warehouse derives from the key.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import cache

import polars as pl

from schemas.profiles import KeyRung

ID_LENGTH = 12


def import_key(source: str, sha256: str) -> str:
    """The identity of these bytes in this source, fit for a folder, a partition and a spoken word."""
    # NUL parts the two: no source's name holds one.
    digest = hashlib.sha256(f"{source}\0{sha256}".encode()).hexdigest()
    return f"{_slug(source)}-{digest[:ID_LENGTH]}"


def import_id(key: str, earlier_attempts: int) -> str:
    """The id of an import: its key; imported again after an undo, the key with the attempt's number."""
    return key if earlier_attempts == 0 else f"{key}-{earlier_attempts + 1}"


def key_of_import(identity: str) -> str:
    """The key of an import: its id without the number of the attempt."""
    return "-".join(identity.split("-")[:2])


def customer_key(ladder: Sequence[KeyRung], source: str) -> pl.Expr:
    """The key of a row's customer: the first rung of the ladder with a value (AMB-42).

    Reads `email_key`, `external_id`, `name`, `phone` and `mobile`, as far as the ladder has their rungs; null where no
    rung has a value, and null equals nothing (PIT-49). A name counts within its source (UP-21): where the same file
    gives it one reference, the row is that reference's (UP-29). A phone number is shared by a household or a desk, so
    it identifies only together with the name.
    """
    rungs: dict[KeyRung, Callable[[], pl.Expr]] = {
        "email": lambda: pl.lit("email:") + pl.col("email_key"),
        "external_id": lambda: pl.lit(f"id:{source}:") + pl.col("external_id"),
        "name": lambda: _by_name(source, resolved="external_id" in ladder),
        "phone": lambda: _by_phone(source),
    }
    return pl.coalesce([rungs[rung]() for rung in ladder])


def _by_name(source: str, resolved: bool) -> pl.Expr:
    if not resolved:
        return pl.col("name").map_batches(lambda names: f"name:{source}:" + fold_names(names), return_dtype=pl.String)
    rows = pl.struct("name", "external_id")
    return rows.map_batches(lambda whole: _name_or_reference(whole.struct.unnest(), source), return_dtype=pl.String)


def _name_or_reference(rows: pl.DataFrame, source: str) -> pl.Series:
    """The key of each row's name: of the one reference that the rows give that name, else of the name itself."""
    named = rows.select(fold_names(rows["name"]), "external_id")
    # A name with two references in one file is two customers of one name: its rows without any stay by the name.
    references = named.drop_nulls().unique().filter(pl.col("name").is_unique()).rename({"external_id": "only"})
    return (
        named.join(references, on="name", how="left", maintain_order="left")
        .select(pl.coalesce(pl.lit(f"id:{source}:") + pl.col("only"), pl.lit(f"name:{source}:") + pl.col("name")))
        .to_series()
    )


def _by_phone(source: str) -> pl.Expr:
    number = pl.coalesce("phone", "mobile")
    name = pl.col("name").map_batches(fold_names, return_dtype=pl.String)
    return pl.concat_str(pl.lit(f"tel:{source}:"), number, pl.lit(":"), name)


def fold_names(names: pl.Series) -> pl.Series:
    """Names as they are compared: NFKC, case folded, white space collapsed; null where blank. Frozen: keys hold it."""
    special = names.str.contains(r"[^\x00-\x7f]").any()
    # Looked for first: most names are ASCII, where NFKC and foldings change nothing.
    lower = (names.str.normalize("NFKC") if special else names).str.to_lowercase()
    folded = lower.str.replace_many(_foldings()) if special else lower
    tidy = folded.str.replace_all(r"\s+", " ").str.strip_chars().to_frame("name")
    return tidy.select(pl.when(pl.col("name") != "").then("name").alias("name")).to_series()


@cache
def _foldings() -> dict[str, str]:
    """The lower-case letters that Unicode folds further, such as `ß` to `ss`."""
    letters = map(chr, (*range(0x80, 0xD800), *range(0xE000, 0x10000)))
    return {letter: letter.casefold() for letter in letters if letter.lower() == letter != letter.casefold()}


def _slug(source: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "_", source.lower()).strip("_") or "source"
