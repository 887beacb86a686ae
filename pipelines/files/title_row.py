"""The row of column titles: where it is and what its titles are called.

Lives here: finding it among the first rows, names that tell columns apart. Not here: what a title means
(`headers.py`), splitting rows into cells.
"""

from collections.abc import Sequence

from pipelines.errors import FileRefused
from pipelines.files.sheet import ROW

FirstRow = tuple[int, Sequence[str]]
"""A row that is not blank: its number as a spreadsheet shows it, and its cells."""


def find_title_row(
    first_rows: Sequence[FirstRow], language: str, told: int | None = None, must_be_first: bool = False
) -> tuple[int, tuple[str, ...]]:
    """The row number and the distinct titles of the header among the first rows of a file.

    Raises FileRefused: EMPTY_FILE, NO_HEADER, DUPLICATE_HEADER.
    """
    if not first_rows:
        raise FileRefused("EMPTY_FILE", language)
    number, cells = first_rows[0]
    titles = tuple(cell.strip() for cell in cells)
    data_like = next((title for title in titles if "@" in title), None)
    if data_like:
        raise FileRefused("NO_HEADER", language, row=number, found=data_like)
    return number, distinct(titles, language)


def distinct(titles: tuple[str, ...], language: str) -> tuple[str, ...]:
    """Titles that each name one column; DUPLICATE_HEADER where two are the same (PIT-12)."""
    named = [title.casefold() for title in titles if title]
    repeated = next((title for title in titles if title and named.count(title.casefold()) > 1), None)
    if repeated:
        raise FileRefused("DUPLICATE_HEADER", language, found=repeated)
    return tuple(_safe(title, place, titles) for place, title in enumerate(titles, start=1))


def _safe(title: str, place: int, titles: tuple[str, ...]) -> str:
    """A title that names its column alone: an empty one gets a name, one with a meaning of our own its place."""
    if not title:
        return f"column {place}" if f"column {place}" not in titles else f"column {place} (untitled)"
    special = title in (ROW, "*") or (title.startswith("^") and title.endswith("$"))
    return f"{title} (column {place})" if special else title
