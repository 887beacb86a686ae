"""Cells that hold one word of a closed list, or a list of words: flags, statuses, positions, groups.

Lives here: reading such cells by the lists `yes_no`, `customer_statuses` and `positions` of `schemas/vocabulary/`. Not
here: the statuses of payments (`payment_statuses.py`).
"""

import re
from functools import cache

import polars as pl

from pipelines.models.parsed_column import Parsed, no_faults, when, without_blanks
from pipelines.parsing.words.word_senses import folded
from schemas.sentences.note import Note
from schemas.wordlists import wordlist

NEITHER = "neither"
"""A word that statuses of customers are told by, though it is none of ours: `inactive`."""

GROUP = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?=[,;|]|$)|([^,;|]+)')


def parse_flags(text: pl.Series) -> Parsed:
    """Yes, no or nothing said; yes only for `1` and Excel's TRUE, for consent is never assumed (AMB-37, MO-21, UP-35).

    `text` is trimmed, null where blank. A blank says nothing: it is no yes, and takes none back (AMB-38). Any other
    word says nothing either, with the warning OPT_IN_VALUE.
    """
    word = without_blanks(text).str.to_lowercase()
    yes, no = (word.is_in(_of_consent(meaning)) for meaning in ("yes", "no"))
    other = (~yes & ~no).fill_null(False)
    return Parsed(when(other, None, yes), no_faults(text), notes=_opt_in(text.filter(other)))


def parse_statuses(text: pl.Series) -> Parsed:
    """`active` or `potential` (SC-10, SC-11, AMB-44); an unknown word is no value, with a warning."""
    clean = without_blanks(text)
    meant = _looked_up(clean, "customer_statuses")
    values = when(meant == NEITHER, None, meant)
    unknown = clean.filter(clean.is_not_null() & values.is_null())
    notes = (Note("UNKNOWN_STATUSES", found=len(unknown), expected=unknown[0]),) if len(unknown) else ()
    return Parsed(values, no_faults(text), notes=notes)


def parse_positions(text: pl.Series) -> Parsed:
    """`accountant`, `sales`, `buyer` or `finance` (UP-34). Fault: INVALID_POSITION."""
    clean = without_blanks(text)
    values = _looked_up(clean, "positions")
    return Parsed(values, when(clean.is_not_null() & values.is_null(), "INVALID_POSITION", None))


def parse_groups(text: pl.Series) -> Parsed:
    """The groups of each cell, in order, each once whatever its case (UP-24, MO-17, PIT-62).

    Commas, semicolons and bars part them, but for those inside double quotes; null where there is none.
    """
    distinct = text.drop_nulls().unique()
    lists = pl.Series([split_groups(cell) or None for cell in distinct], dtype=pl.List(pl.String))
    known = pl.DataFrame({"cell": distinct, "groups": lists})
    rows = text.alias("cell").to_frame().join(known, on="cell", how="left", maintain_order="left")
    return Parsed(rows["groups"], no_faults(text))


def split_groups(cell: str) -> list[str]:
    """The groups of one cell."""
    found = [(quoted.replace('""', '"') if quoted else bare).strip() for quoted, bare in GROUP.findall(cell)]
    # Reversed, so that the first spelling is kept.
    first = {name.casefold(): name for name in reversed(found) if name}
    return [name for name in dict.fromkeys(found) if first.get(name.casefold()) == name]


@cache
def meanings_of_words(name: str) -> dict[str, str]:
    """Each word of a list, folded, with its meaning."""
    return {folded(line["word"]): line["meaning"] for line in wordlist(name)}


@cache
def _of_consent(meaning: str) -> list[str]:
    return [line["word"] for line in wordlist("yes_no") if line["consent"] and line["meaning"] == meaning]


def _looked_up(text: pl.Series, name: str) -> pl.Series:
    known, distinct = meanings_of_words(name), text.drop_nulls().unique()
    meanings = pl.Series([known.get(folded(word)) for word in distinct], dtype=pl.String)
    return text.replace_strict(distinct, meanings, default=None, return_dtype=pl.String)


def _opt_in(other: pl.Series) -> tuple[Note, ...]:
    return () if other.is_empty() else (Note("OPT_IN_VALUE", found=len(other), expected=other[0]),)
