"""Writing workbooks: tables as they are, and sheets that people fill in.

Lives here: every use of XlsxWriter. Not here: what is written (`pipelines/publishing/exports.py`,
`pipelines/rejects/write.py`, `templates.py`), many rows as XML (`bulk_rows.py`), reading.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl

from pipelines.errors import WrongUse
from pipelines.spreadsheets.bulk_rows import LINE_HEIGHT, LONGEST, Filling, length_in_cell, put_rows

if TYPE_CHECKING:
    from xlsxwriter import Workbook
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

AT_FAULT = AS_TEXT | {
    "bg_color": "#FFC7CE",
    "font_color": "#7A0010",
    "bold": True,
    "border": 2,
    "border_color": "#9C0006",
}
"""Bold and framed as well as red: on a printer without colours, and for whoever sees none, it is marked too."""

WRAPPED = AS_TEXT | {"text_wrap": True}
OURS = AS_TEXT | {"font_color": "#595959", "bg_color": "#EDEDED"}
TOP = {"valign": "top"}
REASONS_LOOK, OURS_LOOK = 2, 3
"""The places of these looks among the samples."""

FOR_REASONS, GUIDE_WIDTH, GUIDE_TAB = 65, 78, "#2F75B5"

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


@dataclass(frozen=True)
class Guide:
    """A sheet that says what to do: its name, its heading, and a line for each paragraph.

    `pointer`: what the sheet of rows says of it when it is opened, in 255 characters at most.
    """

    name: str
    heading: str
    lines: tuple[str, ...]
    pointer: str


@dataclass(frozen=True)
class RowsToMend:
    """A sheet of rows that people correct: its name, the titles, the cells at fault.

    `own_count`: how many of the last columns are ours, the first of which says why in sentences. `guide`: what to do.
    """

    name: str
    titles: Sequence[str]
    rows: pl.DataFrame
    marks: Sequence[Mark] = ()
    own_count: int = 0
    guide: Guide | None = None


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


def write_rows(path: Path, mending: RowsToMend) -> None:
    """Rows of text as the first sheet of a workbook, below titles that stay in sight and filter; the second one says
    what to do. What takes the first sheet alone has the rows. The same rows give the same bytes.

    Every cell is text, so that none becomes a formula or loses a zero (PIT-61). Cells at fault are coloured, bold and
    framed, and say why in a note.
    """
    import xlsxwriter

    empty, guide = BytesIO(), mending.guide
    # constant_memory writes inline texts, as `put_rows` does: no table of shared strings is left behind.
    with xlsxwriter.Workbook(empty, {"constant_memory": True, **TEXT_STAYS_TEXT}) as workbook:
        workbook.set_properties({"created": MADE_AT})
        name = _sheet_name(mending.name)
        sheet = workbook.add_worksheet(name if guide is None or name.lower() != guide.name.lower() else f"{name} ")
        _lay_out(workbook, sheet, mending)
        if guide:
            _point_to(sheet, guide)
            _write_guide(workbook, guide)
    first = mending.rows.width - mending.own_count
    looks = {place: REASONS_LOOK if place == first else OURS_LOOK for place in range(first, mending.rows.width)}
    put_rows(empty, path, mending.rows, _faults(mending.marks), Filling(looks, first if looks else None))


def _lay_out(workbook: "Workbook", sheet: "Worksheet", mending: RowsToMend) -> None:
    """All of the sheet but its rows: widths, titles, filter, notes, how it is printed, and a sample of each look."""
    samples = [workbook.add_format(look | TOP) for look in (AS_TEXT, AT_FAULT, WRAPPED, OURS)]
    title, own = workbook.add_format(TITLE | WRAPPED), workbook.add_format(TITLE | WRAPPED | OURS)
    height, width = mending.rows.height, mending.rows.width
    first = width - mending.own_count
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, height, width - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for place, wide in enumerate(_widths(mending.titles, mending.rows)):
        is_reasons = mending.own_count > 0 and place == first
        sheet.set_column(place, place, FOR_REASONS if is_reasons else wide, samples[0])
    for place, cell in enumerate(mending.titles):
        sheet.write_string(0, place, cell, own if place >= first else title)
    for place, look in enumerate(samples):
        sheet.write_string(1, place, "sample", look)
    for mark in mending.marks[:MOST_NOTES]:
        sheet.write_comment(mark.row + 1, mark.column, mark.reason, {"x_scale": 2})


def _point_to(sheet: "Worksheet", guide: Guide) -> None:
    """What Excel and LibreOffice show beside the first cell, in which a sheet is opened, and print above the rows."""
    said = {"validate": "any", "input_title": guide.name, "input_message": guide.pointer}
    sheet.data_validation(0, 0, 0, 0, said)
    sheet.set_header(f"&L{guide.pointer.replace('&', '&&')}")


def _write_guide(workbook: "Workbook", guide: Guide) -> None:
    """A sheet of one wide column that says what to do, its tab coloured so that it is seen."""
    sheet = workbook.add_worksheet(_sheet_name(guide.name))
    sheet.set_tab_color(GUIDE_TAB)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, GUIDE_WIDTH)
    sheet.fit_to_pages(1, 0)
    heading = workbook.add_format(AS_TEXT | {"bold": True, "font_size": 14})
    text = workbook.add_format(AS_TEXT | WRAPPED | TOP)
    sheet.write_string(0, 0, guide.heading, heading)
    for row, line in enumerate(guide.lines, 2):
        # LibreOffice 7.4 leaves a row as high as one line, however many its text takes.
        sheet.set_row(row, LINE_HEIGHT * ceil(len(line) / (GUIDE_WIDTH * 0.8)) + 4)
        sheet.write_string(row, 0, line, text)


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
