"""What stands below a list and is no part of it: its titles once more, or a second table with titles of its own.

Lives here: finding such rows among all rows of a sheet, quickly, and setting aside what follows (PIT-105). Not here:
the titles of the list (`header_row.py`), rows of another width (`pipelines/reading/text/row_widths.py`), rows that add
others up (`pipelines/validation/total_rows.py`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import polars as pl

from pipelines.language.spelling import normalise
from pipelines.models.parsed_column import BLANKS
from pipelines.models.sheet import FAULTY, ROW, Sheet
from pipelines.reading.layout.header_row import count_known, filled_cells, looks_like_titles
from pipelines.titles.reject_columns import names_origins
from schemas.sentences.note import Note

SAMPLED, MOSTLY = 500, 0.6
"""Rows that are looked at to know the columns of figures and addresses, and the share of such cells in them."""

# Every row is held against these columns: two are enough to leave hardly any row to look at by itself.
MOST_TELLING = 2
UNTITLED = re.compile(r"column \d+")
VALUE = "[0-9@]"
"""What nearly every cell of an address, an amount or a date holds, and no title but a few."""


@dataclass(frozen=True)
class Candidate:
    """A row that may be titles. `texts`: cells with words in columns of values."""

    number: int
    cells: Sequence[str]
    texts: int


def without_other_tables(sheet: Sheet, language: str = "en") -> Sheet:
    """The sheet with nothing but the rows of its list.

    The very same titles again (files that were joined, pages that were printed) are left out, with the warning
    TITLES_AGAIN. From a row with other titles on, or the same in another order, every row is set aside (SECOND_TABLE):
    suppliers below customers are no customers. A reject file that came back is left alone: its rows are told apart
    already, and a sender may say that one belongs to the list.
    """
    if names_origins(sheet.titles) or not sheet.row_count:
        return sheet
    again: list[int] = []
    for row in _candidates(sheet):
        if _is_same(row.cells, sheet.titles):
            again.append(row.number)
        elif _is_other(row, sheet):
            return _without_rows(_without_below(sheet, row), again, language)
    return _without_rows(sheet, again, language)


def _candidates(sheet: Sheet) -> Iterator[Candidate]:
    """Rows that hold words where the others hold values, or nothing there at all, in their order."""
    telling = _telling(sheet)
    rows = sheet.rows.filter(_may_be_titles(sheet, telling))
    cells = {number: tuple(row) for number, *row in rows.iter_rows()}
    # Titles of another table mostly have another width, so their row is at fault already.
    cells |= dict(sheet.faulty.filter(pl.col("code") == "WRONG_FIELD_COUNT").select(ROW, "cells").iter_rows())
    places = [sheet.titles.index(title) for title in telling]
    for number in sorted(cells):
        found = filled_cells(cells[number])
        if len(found) < 2 or any("@" in cell for cell in found):
            continue
        texts = sum(1 for place in places if place < len(cells[number]) and _is_text(cells[number][place]))
        yield Candidate(number, cells[number], texts)


def _telling(sheet: Sheet) -> list[str]:
    """The columns in which nearly all cells hold figures or an address, those with the fewest blank cells first."""
    shares: dict[str, float] = {}
    for title in sheet.titles:
        cells = sheet.rows[title].head(SAMPLED)
        filled, values = int((cells != "").sum()), int(cells.str.contains(VALUE).sum())
        if values and values >= MOSTLY * filled:
            shares[title] = values / len(cells)
    # Those with the fewest blanks, for a blank cell says nothing of whether its row is titles.
    return sorted(shares, key=lambda title: -shares[title])[:MOST_TELLING]


def _may_be_titles(sheet: Sheet, telling: Sequence[str]) -> pl.Series:
    if not telling:
        return pl.Series([True]).new_from_index(0, sheet.rows.height)
    holds = {title: sheet.rows[title].str.contains(VALUE) for title in telling}
    words = [~holds[title] & (sheet.rows[title] != "") for title in telling]
    return pl.select(pl.any_horizontal(words) | ~pl.any_horizontal(list(holds.values()))).to_series()


def _is_text(cell: str) -> bool:
    """Whether a cell holds a word, not a value and not a token for none."""
    letters = sum(map(str.isalpha, cell))
    return letters > 1 and cell.strip().lower() not in BLANKS and not any(map(str.isdigit, cell))


def _heading_above(sheet: Sheet, number: int) -> int | None:
    """Where a block begins whose titles would stand in this row: it, if a blank row stands above, or a row with a
    single cell above it. None where the row above is one of the list.
    """
    above = _row(sheet, number - 1)
    if above is None:
        return number if number - 1 > sheet.dialect.header_row else None
    return number - 1 if len(filled_cells(above)) == 1 else None


def _row(sheet: Sheet, number: int) -> Sequence[str] | None:
    """The cells of a row; None of a blank one."""
    at = sheet.rows[ROW].search_sorted(number)
    if at < sheet.rows.height and sheet.rows[ROW][at] == number:
        return [str(cell) for cell in sheet.rows.row(at)[1:]]
    faulty = sheet.faulty.filter(pl.col(ROW) == number)["cells"]
    return faulty[0].to_list() if len(faulty) else None


def _is_same(cells: Sequence[str], titles: Sequence[str]) -> bool:
    """Whether the cells are all the titles, each in its place; a column without a title has none here either."""
    return all(
        normalise(cell) == (known := normalise(title)) or (not cell.strip() and UNTITLED.match(known))
        for cell, title in zip_longest(cells, titles, fillvalue="")
    )


def _is_other(row: Candidate, sheet: Sheet) -> bool:
    """Whether a row is titles of a table of its own.

    Beyond doubt are the titles of this list in another order, and two known titles that are half of its cells, with a
    word in a column of values; or one, with words in two of them. Below a blank row or a heading it takes less: words
    in two columns of values, or one known title and a word in one.
    """
    found = filled_cells(row.cells)
    if not looks_like_titles(found):
        return False
    own = {normalise(title) for title in sheet.titles}
    repeated, known = len({normalise(cell) for cell in found} & own), count_known(found)
    if repeated >= 2 and 2 * repeated >= max(len(found), len(sheet.titles)):
        return True
    if known >= 2 and 2 * known >= len(found):
        return row.texts > 0 or _is_apart(row, sheet)
    if not row.texts or not all(map(_is_text, found)):
        return False
    evidence = (row.texts >= 2) + (known + repeated > 0)
    return evidence == 2 or (evidence == 1 and _is_apart(row, sheet))


def _is_apart(row: Candidate, sheet: Sheet) -> bool:
    """Whether a blank row, or one with a single cell, stands above; asked last, for to find a row takes longest."""
    return _heading_above(sheet, row.number) is not None


def _without_below(sheet: Sheet, row: Candidate) -> Sheet:
    """The sheet without the rows from a second table on, the heading above it included, which are at fault."""
    starts = _heading_above(sheet, row.number) or row.number
    kept = sheet.rows[ROW] < starts
    titles = list(sheet.titles)
    below = sheet.rows.filter(~kept).select(ROW, cells=pl.concat_list(titles))
    faulty = sheet.faulty.filter(pl.col(ROW) >= starts).select(ROW, "cells")
    aside = pl.concat([below, faulty]).select(
        ROW, code=pl.lit("SECOND_TABLE"), found=pl.lit(str(row.number)), cells="cells"
    )
    before = sheet.faulty.filter(pl.col(ROW) < starts)
    return replace(_kept(sheet, kept), faulty=pl.concat([before, aside.cast(pl.Schema(FAULTY))]).sort(ROW))


def _without_rows(sheet: Sheet, numbers: Sequence[int], language: str) -> Sheet:
    """The sheet without its titles again, and a warning of them."""
    if not numbers:
        return sheet
    told = Note("TITLES_AGAIN", found=len(numbers), row=numbers[0])
    kept = ~sheet.rows[ROW].is_in(numbers)
    faulty = sheet.faulty.filter(~pl.col(ROW).is_in(numbers))
    return replace(_kept(sheet, kept), faulty=faulty, warnings=(*sheet.warnings, told))


def _kept(sheet: Sheet, kept: pl.Series) -> Sheet:
    typed = {title: here.filter(kept) for title, here in sheet.typed.items()}
    return replace(
        sheet, rows=sheet.rows.filter(kept), typed={title: here for title, here in typed.items() if here.any()}
    )
