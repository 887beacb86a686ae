"""Dates of which a spreadsheet swapped day and month: those it could read in its own order, and no others.

A list with `05/03/2026` and `25/03/2026` that is opened where months come first keeps the second as text and turns
the first into 3 May: a date cell, or `2026-05-03` once it is saved as CSV. All its days are 12 at most, and what stayed
text has a number above 12.

Lives here: finding such columns, and what it costs (PIT-108). Not here: the order of text
(`pipelines/parsing/dates/dates.py`).
"""

from dataclasses import dataclass, replace

import polars as pl

from pipelines.models.context import Terms
from pipelines.models.parsed_column import when
from pipelines.models.sheet import ROW, Sheet
from pipelines.validation.parse_columns import Column, Columns
from schemas.sentences.note import Note

LAST_MONTH = 12
CERTAIN, DAYS, TEXTS = 5, 3, 2
"""Dates, different days among them, and texts, from which on chance does not explain it; fewer are only warned of."""

SHOWN, FIRST = 5, 1_000
ISO = r"^\d{4}-\d{2}-\d{2}"
FIGURES = r"^(\d{1,2})(?:[-/] ?|\. ?)(\d{1,2})(?:[-/] ?|\. ?)\d{2,4}(?:\D|$)"


@dataclass(frozen=True)
class Dates:
    """What a column of dates holds: `own`, where they are dates of the spreadsheet; `small`: whether all their days are
    12 at most; `days`: how many of these differ; `texts`: how many texts only one order of day and month reads; `open`:
    how many either does.
    """

    column: Column
    own: pl.Series
    small: bool
    days: int
    texts: int
    open: int

    @property
    def is_split(self) -> bool:
        """Whether the column holds both halves of a swap."""
        return self.small and self.texts > 0

    @property
    def is_certain(self) -> bool:
        """Whether no chance explains it: enough of each, and no text that the spreadsheet would have turned as well."""
        many = int(self.own.sum()) >= CERTAIN and self.days >= DAYS
        return self.is_split and many and self.texts >= TEXTS and not self.open


def without_swapped_dates(columns: Columns, sheet: Sheet, terms: Terms) -> Columns:
    """The columns with what may be swapped dates rejected (DATE_SWAPPED) or warned of (DATES_HALF_SWAPPED) (PIT-108).

    Other date columns of the sheet whose days are all 12 at most came the same way, so they are warned of with it; and
    so is one whose other half stands in another column. The few rows of a reject file show no habit.
    """
    if sheet.is_reject_file or not any(map(_may_be_swapped, columns.columns)):
        return columns
    dates = {each.name: found for each in columns.columns if each.field.kind == "date" and (found := _dates(each))}
    split = any(each.is_split for each in dates.values())
    apart = any(each.texts >= TEXTS and not each.own.any() for each in dates.values())
    suspect = {
        name: each
        for name, each in dates.items()
        if each.is_split or (each.small and not each.open and (split or (apart and each.days >= DAYS)))
    }
    told = {name: _faulted_or_noted(each, sheet, terms) for name, each in suspect.items()}
    return replace(columns, columns=tuple(told.get(column.name, column) for column in columns.columns))


def _may_be_swapped(column: Column) -> bool:
    """Whether the first rows leave open that all dates of the spreadsheet have days of 12 at most: of a column of a
    million days the rest is read only then, for no other one is told of.
    """
    if column.field.kind != "date":
        return False
    days = column.parsed.values.head(FIRST).filter(_own(column, FIRST)).dt.day()
    return not bool((days > LAST_MONTH).any())


def _own(column: Column, count: int) -> pl.Series:
    """Where the first cells of a column are dates of the spreadsheet."""
    own = column.text.head(count).str.contains(ISO).fill_null(False)
    if column.typed is not None:
        own = own | column.typed.head(count).fill_null(False)
    return own & column.parsed.values.head(count).is_not_null()


def _dates(column: Column) -> Dates | None:
    """What a column holds of both kinds; None where it is blank."""
    text = column.text
    own = _own(column, len(text))
    days = column.parsed.values.filter(own).dt.day()
    figures = text.filter(~own).str.extract_groups(FIGURES)
    first, second = (figures.struct[place].cast(pl.Int64, strict=False) for place in range(2))
    known = first.is_not_null() & second.is_not_null()
    large = [int((known & (first > LAST_MONTH) & (second <= LAST_MONTH)).sum())]
    large += [int((known & (second > LAST_MONTH) & (first <= LAST_MONTH)).sum())]
    # A day that equals its month reads the same in both orders and says nothing.
    either = known & (first <= LAST_MONTH) & (second <= LAST_MONTH) & (first != second)
    small = len(days) > 0 and bool((days <= LAST_MONTH).all())
    texts = 0 if all(large) else max(large)  # both orders in text contradict each other, which is told already
    return Dates(column, own, small, days.n_unique(), texts, int(either.sum()))


def _faulted_or_noted(dates: Dates, sheet: Sheet, terms: Terms) -> Column:
    """The column with its suspect dates at fault, or with a warning that names their rows."""
    column, parsed = dates.column, dates.column.parsed
    if dates.is_certain:
        values, faults = when(dates.own, None, parsed.values), when(dates.own, "DATE_SWAPPED", parsed.faults)
        return replace(column, parsed=replace(parsed, values=values, faults=faults))
    rows = sheet.rows[ROW].filter(dates.own)
    shown = ", ".join(map(str, rows.head(SHOWN))) + ("…" if len(rows) > SHOWN else "")
    note = Note("DATES_HALF_SWAPPED", found=len(rows), row=shown)
    return replace(column, parsed=replace(parsed, notes=(*parsed.notes, note)))
