"""Columns of a workbook, where cells that are numbers or dates stand beside cells of text.

A number that its format shows in a currency has the currency's mark before it: `EUR 12.5`, `$ -3`.

Lives here: reading the two apart and putting them together again, and taking such a mark off. Not here: either reading
(`numbers.py`, `pipelines/parsing/dates/dates.py`).
"""

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from pipelines.models.parsed_column import Parsed, mixed, nowhere, when
from pipelines.parsing.numbers.currency_marks import without_marks
from schemas.fields import Field

MARKED = r"^[^0-9#\s-][^0-9]* -?[0-9]+(?:\.[0-9]+)?$"
MONEY_KINDS = ("amount", "average")


def without_looks(field: Field, text: pl.Series, typed: pl.Series | None) -> pl.Series:
    """A column without what a spreadsheet only shows: the apostrophe by which shops tell it that a code is text
    (PIT-55), and the currency of a number that is no money.
    """
    if typed is not None and field.kind not in MONEY_KINDS:
        marked = (typed & text.str.contains(MARKED)).fill_null(False)
        # A count shown as `12 €` is twelve all the same.
        text = when(marked, text.str.extract(r"(-?[0-9.]+)$"), text) if marked.any() else text
    first = {"identifier": r"\d", "postal_code": r"\w"}.get(field.kind)
    return text.str.replace(f"^'({first})", "$1") if first else text


def in_currency(text: pl.Series, currency: str | None) -> tuple[pl.Series, pl.Series]:
    """Typed numbers without their currencies' marks, null where a mark is none, and where the currency is another."""
    marked = text.str.contains(MARKED).fill_null(False)
    if not marked.any():
        return text, nowhere(text)
    bare = text.str.extract(r"(-?[0-9.]+)$")
    known, foreign = without_marks(when(marked, text, None), currency)
    return when(marked, when(known.is_not_null(), bare, None), text), marked & foreign


def read_apart(
    text: pl.Series,
    typed: pl.Series | None,
    read_typed: Callable[[pl.Series], Parsed],
    read_text: Callable[[pl.Series], Parsed],
) -> Parsed:
    """A column whose typed cells are read by the one, all others by the other; style and evidence are those of text."""
    if typed is None or not typed.any():
        return read_text(text)
    here = typed.fill_null(False)
    written, canonical = read_text(text.filter(~here)), read_typed(text.filter(here))
    positions = (~here).arg_true()
    return replace(
        written,
        values=mixed(here, _spread(canonical.values, here), written.values),
        faults=mixed(here, _spread(canonical.faults, here), written.faults),
        evidence=tuple(positions.gather(list(written.evidence)).to_list()),
    )


def _spread(values: pl.Series, here: pl.Series) -> pl.Series:
    """The values at the rows that are here, null elsewhere."""
    return pl.Series([None], dtype=values.dtype).new_from_index(0, len(here)).scatter(here.arg_true(), values)
