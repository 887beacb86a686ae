"""Erased people who come back: by salted hashes of what they were known by, all that is left of who they were.

Lives here: the hashes, rows of a file and records of an account that are theirs. Not here: erasing
(`pipelines/erasure/`). A ledger that nobody was erased from is asked one question.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipelines.models.sheet import ROW
from pipelines.models.staged_file import ACCEPTED, REJECTED, ROWS
from pipelines.warehouse.database import UUID_OF_HALVES, Connection, frame_as, number_of, rows_of

DIGEST = "sha256((SELECT salt FROM ledger.erasure_salt) || {key})"
"""A key as it is kept: whoever has the digests alone learns nobody's address of them."""

ADDRESSES = r"[^\s@<>,;:\"'|()\[\]{}=]+@[^\s@<>,;:\"'|()\[\]{}=]+"


QUOTED = re.compile(r"([„«“]\s?)([^„«“”»]{2,}?)(\s?[”»])")
"""What our sentences quote, in any of their languages."""

FEWEST_DIGITS, MOST_DIGITS = 7, 9
"""A number of fewer digits is no phone's; of more, what comes before may be the code of a country."""


class Masked(NamedTuple):
    """Charges and customers of an account, and how many of the customers are erased people."""

    charges: pl.DataFrame
    customers: pl.DataFrame
    erased_count: int


def email_key(email: str) -> str:
    """By what an address is known."""
    return f"email:{email.lower()}"


def id_key(customer_id: str) -> str:
    """By what a customer is known, whatever identifies it."""
    return f"id:{customer_id}"


def stripe_key(source: str, stripe_customer_id: str) -> str:
    """By what a record of a Stripe account is known."""
    return f"stripe:{source}:{stripe_customer_id}"


def anybody_erased(connection: Connection) -> bool:
    """Whether the ledger keeps anybody away."""
    return number_of(connection, "SELECT count(*) FROM (FROM ledger.erased_keys LIMIT 1)") > 0


def erased_among(connection: Connection, keys: Iterable[str | None]) -> set[str]:
    """Which of these keys are of erased people."""
    told = pl.DataFrame({"key": [*dict.fromkeys(key for key in keys if key)]}, schema={"key": pl.String})
    with frame_as(connection, "told", told):
        found = rows_of(
            connection,
            f"SELECT key FROM told WHERE {DIGEST.format(key='key')} IN (SELECT digest FROM ledger.erased_keys)",
        )
    return set(found["key"])


def erased_rows(connection: Connection, folder: Path) -> pl.Series:
    """The numbers of a staged file's rows that name an erased person in any cell, or whose customer is one."""
    told = [
        f"SELECT {ROW}, 'email:' || rtrim(unnest(regexp_extract_all(lower(cells::VARCHAR), $addresses)), '.') AS key "
        "FROM read_parquet($rows) AS cells WHERE contains(cells::VARCHAR, '@')"
    ]
    files = {"rows": str(folder / ROWS), "addresses": ADDRESSES}
    if (folder / REJECTED).exists():
        told.append(
            f"SELECT {ROW}, 'email:' || rtrim(unnest(regexp_extract_all(lower(\"row\"::VARCHAR), $addresses)), '.') "
            "AS key FROM read_parquet($rejected)"
        )
        files["rejected"] = str(folder / REJECTED)
    if (folder / ACCEPTED).exists():
        told.append(f"SELECT {ROW}, 'id:' || {UUID_OF_HALVES}::VARCHAR AS key FROM read_parquet($accepted)")
        if "email" in pl.read_parquet_schema(folder / ACCEPTED):  # columns that hold nothing are not there
            told.append(f"SELECT {ROW}, 'email:' || lower(email) AS key FROM read_parquet($accepted)")
        files["accepted"] = str(folder / ACCEPTED)
    found = rows_of(
        connection,
        f"SELECT DISTINCT {ROW}::BIGINT AS {ROW} FROM ({' UNION ALL '.join(told)}) "
        f"WHERE {DIGEST.format(key='key')} IN (SELECT digest FROM ledger.erased_keys) ORDER BY ALL",
        dict(files),
    )
    return found[ROW]


def without_addresses(connection: Connection, texts: Sequence[str]) -> tuple[str, ...]:
    """Texts in which no address of an erased person stands."""
    told = {found for text in texts for found in re.findall(ADDRESSES, text.lower())}
    # The dot may be the end of a sentence.
    keys = {found: email_key(found.rstrip(".")) for found in told}
    known = erased_among(connection, keys.values()) if keys else set()
    erased = [re.escape(found.rstrip(".")) for found, key in keys.items() if key in known]
    return tuple(re.sub("(?i)" + "|".join(erased), "[erased]", text) if erased else text for text in texts)


def without_cells(texts: Sequence[str], rows: pl.DataFrame) -> tuple[str, ...]:
    """Texts without what stands in some rows of the file that they are about: a cell or a part of it that they quote,
    and longer numbers however they are written. Titles stay.
    """
    cells = {cell.casefold() for column in rows for cell in column.cast(pl.String).drop_nulls()}
    titles = {title.casefold() for title in rows.columns}
    digits = {re.sub("[^0-9]", "", cell)[-MOST_DIGITS:] for cell in cells}
    spelled = ["[^0-9A-Za-z@]{0,3}".join(number) for number in digits if len(number) >= FEWEST_DIGITS]
    # One word alone may stand anywhere in a sentence; two are a name or an address.
    whole = [re.escape(cell) for cell in cells if " " in cell.strip() and cell not in titles]
    numbers = re.compile("(?i)" + "|".join([*whole, *(f"{number}(?![0-9])" for number in spelled)]))

    def unquoted(found: re.Match[str]) -> str:
        said = found[2].casefold()
        theirs = said not in titles and any(said in cell for cell in cells)
        return f"{found[1]}[erased]{found[3]}" if theirs else found[0]

    taken = (QUOTED.sub(unquoted, text) for text in texts)
    return tuple(numbers.sub("[erased]", text) if whole or spelled else text for text in taken)


def masked(connection: Connection, charges: pl.DataFrame, customers: pl.DataFrame, source: str) -> Masked:
    """Facts of a Stripe account without address and name of erased people, whose records come with every sync."""
    if not anybody_erased(connection):
        return Masked(charges, customers, 0)
    emails = pl.concat([charges["receipt_email"], charges["billing_email"], customers["email"]]).drop_nulls().unique()
    records = pl.concat([charges["stripe_customer_id"], customers["stripe_customer_id"]]).drop_nulls().unique()
    keys = {email_key(email): email for email in emails} | {stripe_key(source, record): record for record in records}
    known = [keys[key] for key in erased_among(connection, keys)]
    named = [customers.filter(pl.col("email").is_in(known))["stripe_customer_id"].to_list(), known]
    gone = [*dict.fromkeys(value for values in named for value in values)]
    of_customers = pl.col("stripe_customer_id").is_in(gone) | pl.col("email").is_in(gone).fill_null(False)
    of_charges = pl.any_horizontal(
        pl.col(name).is_in(gone).fill_null(False) for name in ("stripe_customer_id", "receipt_email", "billing_email")
    )
    count = customers.filter(of_customers).height
    return Masked(
        charges.with_columns(
            pl.when(~of_charges).then(name).alias(name) for name in ("receipt_email", "billing_email", "billing_name")
        ),
        customers.with_columns(
            pl.when(~of_customers).then(name).alias(name) for name in ("email", "name", "name_source")
        ),
        count,
    )
