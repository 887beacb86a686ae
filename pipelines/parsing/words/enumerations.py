"""Cells that hold one word of a closed list, or a list of words: flags, statuses, positions, groups.

Lives here: the words of our languages and what they mean. Not here: payment statuses
(`pipelines/payments/payments.py`).
"""

import re
from collections.abc import Mapping

import polars as pl

from pipelines.language.languages import plain
from pipelines.models.parsed_column import Note, Parsed, no_faults, when, without_blanks

YES = ("1", "1.0", "true")
NO = ("0", "0.0", "false", "no", "non", "nie", "nein")

STATUSES: dict[str, str] = {
    "active": "active actif aktywny aktywna aktywne aktiv activo activa attivo attiva actief ativo",
    "potential": "potential potentiel potentielle potencjalny potencjalna potencjalne potenziell potentiell",
}
POSITIONS: dict[str, str] = {
    "accountant": "comptable comptabilité accountant accounting księgowy księgowa księgowość buchhalter buchhalterin"
    " buchhaltung",
    "sales": "commercial commerciale sales salesperson handlowiec sprzedawca sprzedaż vertrieb verkauf verkäufer"
    " verkäuferin",
    "buyer": "acheteur acheteuse achats buyer purchaser purchasing kupiec zakupy zaopatrzeniowiec einkäufer einkäuferin"
    " einkauf",
    "finance": "finance finances finanse finanzen",
}
"""Each meaning with its words."""

GROUP = re.compile(r'\s*"((?:[^"]|"")*)"\s*(?=[,;|]|$)|([^,;|]+)')


def parse_flags(text: pl.Series) -> Parsed:
    """Yes or no; yes only for `1` and Excel's TRUE, for consent is never assumed (AMB-37, MO-21, UP-35).

    `text` is trimmed, null where blank, and a blank is no. Any other word is no as well, with the warning
    OPT_IN_VALUE.
    """
    word = without_blanks(text).str.to_lowercase()
    other = (~word.is_in((*YES, *NO))).fill_null(False)
    return Parsed(word.is_in(YES).fill_null(False), no_faults(text), notes=_opt_in(text.filter(other)))


def parse_statuses(text: pl.Series) -> Parsed:
    """`active` or `potential` (SC-10, SC-11, AMB-44); an unknown word is no value, with a warning."""
    clean = without_blanks(text)
    values = _looked_up(clean, STATUSES)
    unknown = clean.filter(clean.is_not_null() & values.is_null())
    notes = (Note("UNKNOWN_STATUSES", found=len(unknown), expected=unknown[0]),) if len(unknown) else ()
    return Parsed(values, no_faults(text), notes=notes)


def parse_positions(text: pl.Series) -> Parsed:
    """`accountant`, `sales`, `buyer` or `finance` (UP-34). Fault: INVALID_POSITION."""
    clean = without_blanks(text)
    values = _looked_up(clean, POSITIONS)
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
    first = {name.casefold(): name for name in reversed(found) if name}
    return [name for name in dict.fromkeys(found) if first.get(name.casefold()) == name]


def _looked_up(text: pl.Series, meanings_of: Mapping[str, str]) -> pl.Series:
    words = {plain(word): meaning for meaning, listed in meanings_of.items() for word in listed.split()}
    distinct = text.drop_nulls().unique()
    meanings = pl.Series([words.get(plain(word)) for word in distinct], dtype=pl.String)
    return text.replace_strict(distinct, meanings, default=None, return_dtype=pl.String)


def _opt_in(other: pl.Series) -> tuple[Note, ...]:
    return () if other.is_empty() else (Note("OPT_IN_VALUE", found=len(other), expected=other[0]),)
