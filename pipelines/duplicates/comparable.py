"""Customers as they are compared: letters without accents and case, names in parts, companies without their legal form.

Lives here: what is left of a value when only its spelling differed; a blank is nothing, for two blanks do not agree.
Not here: who is compared with whom (`blocks.py`), how much an agreement says (`grades.py`).
"""

from functools import cache

import polars as pl

from pipelines.language.spelling import LETTERS
from schemas.wordlists import wordlist, words

TEXTS = ("first_name", "last_name", "name", "company", "address", "city", "postal_code", "vat_number", "email")
# Shorter ones (`12`) are the same in any two systems.
SHORT_REFERENCE = 4


def comparable(customers: pl.DataFrame) -> pl.DataFrame:
    """One row per customer as it came: `first`, `last`, `given` (the first name's usual form), `company`, `address`,
    `house`, `city`, `postal_code`, `vat_number`, `email`, `mailbox`, `provider`, `numbers`, `references`;
    `mailbox_number`, and `mailbox_of_name`: whether it is made of its customer's name, or of initials, as namesakes'
    mailboxes are, which come close to each other.

    Args:
        customers: `customer_id` and any columns of Customers; `references`: a list of external ids, if there are any.
    """
    there = customers.with_columns(
        pl.lit(None, pl.String).alias(name) for name in (*TEXTS, "phone", "mobile") if name not in customers.columns
    )
    if "references" not in there.columns:
        there = there.with_columns(references=pl.lit(None, pl.List(pl.String)))
    plain = there.with_columns(folded(pl.col(name)).alias(name) for name in TEXTS if name != "email")
    named = plain.with_columns(_parts_of_name()).with_columns(_names_of_mailbox())
    told = named.select(
        "customer_id",
        "first",
        "last",
        given=pl.col("first").str.split(" ").list.first().replace(_usual_names()),
        company=_core(pl.col("company")),
        address="address",
        house=pl.col("address").str.extract_all(r"\d+").list.sort().list.join(" "),
        city=pl.col("city"),
        postal_code=_filled(pl.col("postal_code").str.replace_all(" ", "")),
        vat_number=_filled(pl.col("vat_number").str.replace_all(" ", "")),
        email=_filled(pl.col("email").str.strip_chars().str.to_lowercase()),
        # Without dots and what stands behind a plus: many providers deliver all of these to one mailbox.
        mailbox=_filled(pl.col("email").str.to_lowercase().str.extract(r"^\s*([^@+]+)").str.replace_all(r"[._-]", "")),
        provider=_filled(pl.col("email").str.to_lowercase().str.extract(r"@(.+)$").str.strip_chars()),
        numbers=pl.concat_list(_line(pl.col("phone")), _line(pl.col("mobile"))).list.drop_nulls().list.unique(),
        references=pl.col("references").list.eval(pl.element().filter(pl.element().str.len_chars() >= SHORT_REFERENCE)),
    )
    return told.with_columns(
        mailbox_number=pl.col("mailbox").str.replace_all(r"\D", "").fill_null(""), mailbox_of_name=_of_name()
    )


def folded(text: pl.Expr) -> pl.Expr:
    """Lower case words of plain letters and figures; null for nothing."""
    plain = text.replace("", None).str.replace_many({chr(code): str(new) for code, new in LETTERS.items()})
    bare = plain.str.replace_all("ß", "ss").str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    return _filled(bare.str.replace_all(r"['’`.]", "").str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars())


def _filled(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


def _of_name() -> pl.Expr:
    letters = folded(pl.col("mailbox")).str.replace_all(r"\P{L}", "").fill_null("")
    named = [pl.col(name).str.replace_all(" ", "") for name in ("first", "last")]
    inside = [(name.str.len_chars() >= 3) & letters.str.contains(name, literal=True) for name in named]
    return (letters.str.len_chars() <= 4) | pl.any_horizontal(each.fill_null(value=False) for each in inside)


def _parts_of_name() -> list[pl.Expr]:
    """First and last name, of the whole name where a list has no parts: its last word is the last name."""
    parts = pl.col("name").str.split(" ")
    alone = pl.col("first_name").is_null() & pl.col("last_name").is_null() & (parts.list.len() > 1)
    first = pl.when(alone).then(parts.list.head(parts.list.len() - 1).list.join(" ")).otherwise("first_name")
    last = pl.when(alone).then(parts.list.last()).otherwise("last_name")
    return [first.alias("first"), last.alias("last")]


def _names_of_mailbox() -> list[pl.Expr]:
    """A blank name that the mailbox tells, where the other half of it is the name that is there, or its initial."""
    halves = folded(pl.col("email").str.extract(r"^\s*(\p{L}+[._-]\p{L}+)\d*@").str.replace("[._-]", " "))
    begin, end = halves.str.split(" ").list.first(), halves.str.split(" ").list.last()
    of_first = (begin == pl.col("first")) | (begin == pl.col("first").str.head(1))
    last = pl.when(pl.col("last").is_null() & of_first & (end.str.len_chars() > 2)).then(end).otherwise("last")
    first = pl.when(pl.col("first").is_null() & (end == pl.col("last"))).then(begin).otherwise("first")
    return [first.alias("first"), last.alias("last")]


@cache
def _usual_names() -> dict[str, str]:
    """Each short form with the name that it is short for; of several the first of the list."""
    lines = wordlist("given_name_variants")
    named = pl.DataFrame(lines).select(folded(pl.col("word")), folded(pl.col("meaning")))
    usual: dict[str, str] = {}
    for word, meaning in named.iter_rows():
        usual.setdefault(word, meaning)
    return {word: usual.get(meaning, meaning) for word, meaning in usual.items()}


@cache
def usual_names() -> frozenset[str]:
    """Every first name of the list: two of them are two names, however near they are."""
    lines = pl.DataFrame(wordlist("given_name_variants"))
    named = lines.select(folded(pl.concat([pl.col("word"), pl.col("meaning")])))
    return frozenset(named.to_series())


def variants(name: str) -> frozenset[str]:
    """Every name that this one may be short for, and itself."""
    return _all_usual().get(name, frozenset()) | {name}


@cache
def _all_usual() -> dict[str, frozenset[str]]:
    lines = pl.DataFrame(wordlist("given_name_variants")).select(folded(pl.col("word")), folded(pl.col("meaning")))
    return {word: frozenset(meanings) for word, meanings in lines.group_by("word").agg("meaning").iter_rows()}


def _core(company: pl.Expr) -> pl.Expr:
    """A company's name without its legal form and without words that say nothing; all of it where nothing is left."""
    spoken = "|".join(sorted(_forms(), key=len, reverse=True))
    bare = company.str.replace_all(rf"\b(?:{spoken})\b", " ").str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(bare != "").then(bare).otherwise(company)


@cache
def _forms() -> list[str]:
    told = pl.Series([*words("legal_forms"), *words("company_words")]).alias("word").to_frame()
    return told.select(folded(pl.col("word"))).to_series().drop_nulls().to_list()


def _line(number: pl.Expr) -> pl.Expr:
    """A number's last nine figures, which are the same with and without the country."""
    figures = number.str.replace_all(r"\D", "")
    return pl.when(figures.str.len_chars() >= 7).then(figures.str.tail(9))
