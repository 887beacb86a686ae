"""Writing workbooks: tables as they are, and sheets that people fill in.

Lives here: every use of XlsxWriter. Not here: what is written (`exporting.py`, `files/templates.py`), reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import polars as pl
import xlsxwriter

MADE_AT = datetime(2000, 1, 1)  # noqa: DTZ001  # a workbook's own clock has no zone; the same content is the same bytes
WIDEST = 40
AS_TEXT = {"num_format": "@"}
AS_DATE = {"num_format": "yyyy-mm-dd"}
AS_NUMBER = {"num_format": "General"}
TITLE = {"bold": True, "bottom": 1}
MARKED = TITLE | {"bg_color": "#FFE699"}

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


def write_table(path: Path, rows: pl.DataFrame, name: str) -> None:
    """A frame as the only sheet of a workbook; text stays text, so that no cell becomes a formula (PIT-61)."""
    rows.write_excel(path, name, autofit=True)


def write_form(path: Path, name: str, columns: Sequence[Column]) -> None:
    """A sheet to fill in: titles in row 1 with a note each, an example in row 2, cells typed below.

    The same columns give the same bytes.
    """
    with xlsxwriter.Workbook(path) as workbook:
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


def _write_example(sheet: xlsxwriter.worksheet.Worksheet, place: int, example: object, cells: object) -> None:
    match example:
        case str():
            sheet.write_string(1, place, example, cells)
        case date():
            sheet.write_datetime(1, place, example, cells)
        case float():
            sheet.write_number(1, place, example, cells)
