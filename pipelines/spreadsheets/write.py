"""Writing workbooks: tables as they are, and sheets that people fill in.

Lives here: every use of XlsxWriter. Not here: what is written (`pipelines/publishing/exports.py`,
`pipelines/rejects/write.py`, `templates.py`), many rows as XML (`bulk_rows.py`), reading.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl

from pipelines.errors import WrongUse
from pipelines.spreadsheets.bulk_rows import LONGEST, length_in_cell, put_rows

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

MADE_AT = datetime(2000, 1, 1)  # noqa: DTZ001  # a workbook's own clock has no zone; the same content is the same bytes
WIDEST = 40
AS_TEXT = {"num_format": "@"}
AS_DATE = {"num_format": "yyyy-mm-dd"}
AS_NUMBER = {"num_format": "General"}
TITLE = {"bold": True, "bottom": 1}
MARKED = TITLE | {"bg_color": "#FFE699"}

TEXT_STAYS_TEXT = {
    "strings_to_urls": False,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
"""What polars (2.1.0) leaves on: XlsxWriter (3.3.1) writes `mailto:a@b.example` as `a@b.example`, `external:Acme` as
`Acme`, and ends in an IndexError at `file:///x`; past 65,530 links it leaves cells empty.
"""

AT_FAULT = AS_TEXT | {"bg_color": "#FFC7CE"}

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""What a sheet of a workbook holds, its title row included."""

MOST_NOTES = 2_000
"""Spreadsheets become slow with more notes; beyond them a cell is marked by its colour alone."""

MEASURED = 200
SHEET_NAME = 31

Typing = Literal["text", "number", "date"]
FORMATS: dict[Typing, dict[str, str]] = {"text": AS_TEXT, "number": AS_NUMBER, "date": AS_DATE}


@dataclass(frozen=True)
class Column:
    """A column to fill in: its title, marked or not, the note on the title, how its cells are typed, one example."""

    title: str
    note: str
    marked: bool
    typing: Typing
    example: str | float | date | None


@dataclass(frozen=True)
class Mark:
    """A cell at fault, by its row and column counted from the first row of data, and why."""

    row: int
    column: int
    reason: str


def write_table(path: Path, rows: pl.DataFrame, name: str) -> None:
    """A frame as the only sheet of a workbook; text stays text, so that no cell becomes a formula or a link (PIT-61).

    Raises WrongUse, before anything is written, for more rows than a sheet holds and for a text longer than a cell.
    """
    import xlsxwriter  # here and below: long to import, and few commands write a workbook

    _refuse_oversized(rows, name)
    with xlsxwriter.Workbook(path, TEXT_STAYS_TEXT) as workbook:
        rows.write_excel(workbook, name, autofit=True)


def _refuse_oversized(rows: pl.DataFrame, name: str) -> None:
    """XlsxWriter (3.3.1) cuts a text that is too long for a cell and says so to nobody, through polars."""
    remedy = "export it as csv or parquet"
    if rows.height >= MOST_ROWS:
        raise WrongUse(f"{name} has {rows.height} rows, and a sheet holds {MOST_ROWS - 1} below the titles: {remedy}")
    for column in rows.select(pl.col(pl.String)):
        for row in (column.str.len_bytes() > LONGEST).fill_null(False).arg_true():
            length = length_in_cell(column[row])
            if length > LONGEST:
                raise WrongUse(
                    f"{name}, column {column.name}, row {row + 2}: a text of {length} characters, and a cell of a "
                    f"workbook holds {LONGEST}: {remedy}"
                )


def write_form(path: Path, name: str, columns: Sequence[Column]) -> None:
    """A sheet to fill in: titles in row 1 with a note each, an example in row 2, cells typed below.

    The same columns give the same bytes.
    """
    import xlsxwriter

    with xlsxwriter.Workbook(path, TEXT_STAYS_TEXT) as workbook:
        workbook.set_properties({"created": MADE_AT})
        formats = {typing: workbook.add_format(look) for typing, look in FORMATS.items()}
        title, marked = workbook.add_format(TITLE), workbook.add_format(MARKED)
        sheet = workbook.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            cells = formats[column.typing]
            sheet.set_column(place, place, min(WIDEST, max(len(column.title), len(str(column.example))) + 3), cells)
            sheet.write_string(0, place, column.title, marked if column.marked else title)
            sheet.write_comment(0, place, column.note, {"x_scale": 2})
            _write_example(sheet, place, column.example, cells)


def write_rows(path: Path, name: str, titles: Sequence[str], rows: pl.DataFrame, marks: Sequence[Mark]) -> None:
    """Rows of text as the only sheet of a workbook, below titles that stay in sight; the same rows give the same bytes.

    Every cell is text, so that none becomes a formula or loses a zero (PIT-61). Cells at fault are coloured and say
    why in a note.
    """
    import xlsxwriter

    empty = BytesIO()
    # constant_memory writes inline texts, as `put_rows` does: no table of shared strings is left behind.
    with xlsxwriter.Workbook(empty, {"constant_memory": True, **TEXT_STAYS_TEXT}) as workbook:
        workbook.set_properties({"created": MADE_AT})
        text, fault, title = (workbook.add_format(look) for look in (AS_TEXT, AT_FAULT, TITLE))
        sheet = workbook.add_worksheet(_sheet_name(name))
        sheet.freeze_panes(1, 0)
        for place, width in enumerate(_widths(titles, rows)):
            sheet.set_column(place, place, width, text)
        for place, cell in enumerate(titles):
            sheet.write_string(0, place, cell, title)
        for place, look in enumerate((text, fault)):
            sheet.write_string(1, place, "sample", look)
        for mark in marks[:MOST_NOTES]:
            sheet.write_comment(mark.row + 1, mark.column, mark.reason, {"x_scale": 2})
    put_rows(empty, path, rows, _faults(marks))


def _faults(marks: Sequence[Mark]) -> dict[int, pl.Series]:
    """By the column, the rows whose cell is at fault."""
    places = pl.DataFrame({"row": [mark.row for mark in marks], "column": [mark.column for mark in marks]})
    return {column: rows["row"] for (column,), rows in places.partition_by("column", as_dict=True).items()}


def _widths(titles: Sequence[str], rows: pl.DataFrame) -> list[int]:
    """Wide enough for the titles and the first rows, within reason."""
    longest = rows.head(MEASURED).select(pl.all().str.len_chars().max()).row(0)
    return [min(WIDEST, max(len(title), cell) + 2) for title, cell in zip(titles, longest, strict=True)]


def _sheet_name(name: str) -> str:
    """A name that a sheet may have."""
    # What Excel refuses in the name of a sheet, and how long it may be.
    return re.sub(r"[\[\]:*?/\\]", " ", name)[:SHEET_NAME].strip("' ") or "Sheet1"


def _write_example(sheet: "Worksheet", place: int, example: object, cells: object) -> None:
    match example:
        case str():
            sheet.write_string(1, place, example, cells)
        case date():
            sheet.write_datetime(1, place, example, cells)
        case float():
            sheet.write_number(1, place, example, cells)
