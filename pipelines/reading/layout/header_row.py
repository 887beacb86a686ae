"""The row of column titles: where it is and what its titles are called.

Lives here: finding it among the first rows, names that tell columns apart. Not here: what a title means
(`pipelines/mapping/map_columns.py`), splitting rows into cells.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

from pipelines.errors import FileRefused, WrongUse
from pipelines.language.spelling import normalise
from pipelines.models.sheet import ROW
from pipelines.titles.known_titles import spelled_titles
from pipelines.titles.reject_columns import MEANINGS, names_origins
from schemas.sentences.note import Note

FirstRow = tuple[int, Sequence[str]]
"""A row that is not blank: its number as a spreadsheet shows it, and its cells."""

FIRST_ROWS = 50
NAMED_ABOVE, LONGEST_ABOVE = 5, 200
LONGEST_TITLE = 80
OPENING_OF_DATEV = ("EXTF", "DTVF")
VALUE = re.compile(r"[\s\d.,:/+%€$£()-]*\d[\s\d.,:/+%€$£()-]*")


@cache
def _known_titles() -> frozenset[str]:
    """Every title that a field is known by, and our own, normalised."""
    return spelled_titles() | {*MEANINGS}


def count_known(cells: Iterable[str]) -> int:
    """How many different known titles stand in these cells."""
    return len({normalise(cell) for cell in cells} & _known_titles())


def find_title_row(
    first_rows: Sequence[FirstRow], language: str, told: int | None = None, must_be_first: bool = False
) -> tuple[int, tuple[str, ...]]:
    """The row number and the distinct titles of the header among the first rows of a file that are not blank.

    The title row of a reject file is beyond doubt, else the told row wins. Else it is the first row that holds known
    titles, is as wide as the table and looks like titles (PIT-11); rows above it are never rows of the table. Without
    a known title it is the first row of the table.

    Raises FileRefused: EMPTY_FILE, NO_HEADER (PIT-15), HEADER_NOT_FIRST_ROW (RF-05).
    Raises WrongUse for a told row that is blank or not there.
    """
    if not first_rows:
        raise FileRefused("EMPTY_FILE", language)
    # A sender may have put a line above the titles of a reject file, or told another row for its list.
    ours = next((row for row in first_rows if names_origins(row[1])), None)
    number, cells = ours or (_named_row(first_rows, told) if told is not None else _found(first_rows, language))
    if must_be_first and told is None and number > 1:
        raise FileRefused("HEADER_NOT_FIRST_ROW", language, row=number, found=number, expected=1)
    return number, distinct(tuple(cell.strip() for cell in cells))


def rows_above(first_rows: Sequence[FirstRow], header_row: int) -> tuple[Note, ...]:
    """A warning that quotes the rows above the titles, which are not read as data (PIT-11); none where none are."""
    above = [" ".join(filled_cells(cells)) for number, cells in first_rows if number < header_row]
    found = " / ".join(above[:NAMED_ABOVE])[:LONGEST_ABOVE]
    return (Note("ROWS_ABOVE_TITLES", row=header_row, found=found),) if above else ()


def _named_row(first_rows: Sequence[FirstRow], told: int) -> FirstRow:
    row = next((row for row in first_rows if row[0] == told), None)
    if row is None:
        raise WrongUse(f"row {told} cannot hold the titles: it is blank or not there")
    return row


def _found(first_rows: Sequence[FirstRow], language: str) -> FirstRow:
    """The title row by its looks; NO_HEADER where it would be a row of data (PIT-15)."""
    rows = first_rows[:FIRST_ROWS]
    width = _table_width(rows)
    place = next((place for place in range(len(rows)) if _is_header(rows, place, width)), None)
    number, cells = rows[_below_headings(rows, place) if place is not None else _first_of_table(rows, width)]
    address = next((cell.strip() for cell in cells if "@" in cell), None)
    if address:
        raise FileRefused("NO_HEADER", language, row=number, found=address)
    return number, cells


def _table_width(rows: Sequence[FirstRow]) -> int:
    """How many cells most rows hold, counted up to the last that is not blank; of two widths the larger."""
    widths = Counter(_width(cells) for _, cells in rows)
    return max(widths, key=lambda width: (widths[width], width))


def _width(cells: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(cells, start=1) if cell.strip()), default=0)


def _is_header(rows: Sequence[FirstRow], place: int, width: int) -> bool:
    """Whether this row holds known titles, and nothing above it can be a row of the table.

    Below another row that could be the titles it must be beyond doubt: half of its cells known, at least two.
    """
    cells = rows[place][1]
    hits = count_known(cells)
    above = [row for _, row in rows[:place] if _is_wide(row, width) and not _is_note(row, width)]
    if not hits or not looks_like_titles(cells) or any(not looks_like_titles(row) for row in above):
        return False
    certain = _is_certain(cells)
    return certain if above else certain or _is_wide(cells, width)


def _below_headings(rows: Sequence[FirstRow], place: int) -> int:
    """The row of titles, where this one holds headings over several of them each (`Customer`, `Address`): the next."""
    headings, below = rows[place][1], rows[place + 1][1] if place + 1 < len(rows) else ()
    more = len(filled_cells(below)) > len(filled_cells(headings)) and count_known(below) > count_known(headings)
    return place + 1 if more and _is_certain(below) and looks_like_titles(below) else place


def _is_certain(cells: Sequence[str]) -> bool:
    hits = count_known(cells)
    return hits >= 2 and 2 * hits >= len(filled_cells(cells))


def _first_of_table(rows: Sequence[FirstRow], width: int) -> int:
    """Without known titles: the first row, unless it is a line of text above a table whose first row is titles."""
    place = next((place for place, (_, cells) in enumerate(rows) if _is_wide(cells, width)), 0)
    return place if looks_like_titles(rows[place][1]) and _width(rows[place][1]) == width else 0


def filled_cells(cells: Sequence[str]) -> list[str]:
    """The cells that hold anything, trimmed."""
    return [cell.strip() for cell in cells if cell.strip()]


def _is_wide(cells: Sequence[str], width: int) -> bool:
    return 2 * len(filled_cells(cells)) > width


def _is_note(cells: Sequence[str], width: int) -> bool:
    """Whether a row above a table is a remark such as `Exported | 2026-01-02`: two cells at most, no address.

    So is the line with which DATEV opens each of its exports: `"EXTF";700;16;…`.
    """
    filled = filled_cells(cells)
    if len(filled) > 1 and filled[0] in OPENING_OF_DATEV and filled[1].isdigit():
        return True
    return len(filled) <= 2 < width and not any("@" in cell for cell in filled)


def looks_like_titles(cells: Sequence[str]) -> bool:
    """Short texts, nearly all different, no address, at most a few that are numbers or dates."""
    filled = filled_cells(cells)
    if any("@" in cell or len(cell) > LONGEST_TITLE for cell in filled):
        return False
    values = sum(bool(VALUE.fullmatch(cell)) for cell in filled)
    # A title may be a year or a number (`2025`); half of them are a row of data.
    if 2 * values >= max(1, len(filled)):
        return False
    return 2 * len({normalise(cell) or cell for cell in filled}) > len(filled)


def distinct(titles: tuple[str, ...]) -> tuple[str, ...]:
    """Titles that each name one column: the second column of one spelling is named with its place (PIT-12)."""
    again = [
        title if title not in titles[:place] else f"{title} (column {place + 1})" for place, title in enumerate(titles)
    ]
    return tuple(
        name if title and name != title else _safe(title, place, titles)
        for place, (title, name) in enumerate(zip(titles, again, strict=True), start=1)
    )


def _safe(title: str, place: int, titles: tuple[str, ...]) -> str:
    """A title that names its column alone: an empty one gets a name, one with a meaning of our own its place."""
    if not title:
        return f"column {place}" if f"column {place}" not in titles else f"column {place} (untitled)"
    # polars takes `*` and `^…$` for patterns of columns, wherever a title is given by its name.
    special = title in (ROW, "*") or (title.startswith("^") and title.endswith("$"))
    return f"{title} (column {place})" if special else title
