"""The list of `list.csv` as Python's libraries write it, its cells typed as a person would type them."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
import xlwt
from odf import number, opendocument, style, table, text

HERE = Path(__file__).parent
NUMBERS = ("External ID", "Postal code", "Total spent", "Payment count")
DATES = ("First payment date",)
PADDED = {"External ID": 6, "Postal code": 5}
FORMATS = {**{title: "0" * width for title, width in PADDED.items()}, "First payment date": "yyyy-mm-dd"}


def cells() -> Iterator[tuple[int, int, str, Any]]:
    """Row, column, title and value of every cell that holds one; ids and codes are numbers, which a format pads."""
    with (HERE / "list.csv").open(encoding="utf-8", newline="") as lines:
        titles, *rows = list(csv.reader(lines))
    yield from ((0, column, "", title) for column, title in enumerate(titles))
    for row, told in enumerate(rows, 1):
        for column, (title, value) in enumerate(zip(titles, told, strict=False)):
            if value:
                yield row, column, title, _typed(title, value)


def _typed(title: str, value: str) -> Any:
    if title in DATES:
        return date.fromisoformat(value)
    return float(value) if title in NUMBERS else value


def by_xlsxwriter() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("List")
        looks = {title: book.add_format({"num_format": code}) for title, code in FORMATS.items()}
        for row, column, title, value in cells():
            if isinstance(value, date):
                sheet.write_datetime(row, column, value, looks[title])
            else:
                sheet.write(row, column, value, looks.get(title))
    return out.getvalue()


def by_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    for row, column, title, value in cells():
        cell = book.active.cell(row + 1, column + 1, value)
        cell.number_format = FORMATS.get(title, "General")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def by_xlwt() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("List")
    looks = {title: xlwt.easyxf(num_format_str=code) for title, code in FORMATS.items()}
    for row, column, title, value in cells():
        sheet.write(row, column, value, looks.get(title, xlwt.Style.default_style))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def by_odfpy() -> bytes:
    book = opendocument.OpenDocumentSpreadsheet()
    looks = {title: _look_of_odf(book, title, width) for title, width in PADDED.items()}
    sheet = table.Table(name="List")
    rows: dict[int, dict[int, Any]] = {}
    for row, column, title, value in cells():
        rows.setdefault(row, {})[column] = _cell_of_odf(value, looks.get(title))
    for row in range(max(rows) + 1):
        line = table.TableRow()
        for column in range(max(rows.get(row, {0: 0})) + 1):
            line.addElement(rows.get(row, {}).get(column) or table.TableCell())
        sheet.addElement(line)
    book.spreadsheet.addElement(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _look_of_odf(book: Any, title: str, width: int) -> Any:
    """A style whose numbers are padded to a width."""
    shown = number.NumberStyle(name=f"N {title}")
    shown.addElement(number.Number(decimalplaces=0, minintegerdigits=width))
    look = style.Style(name=f"Look {title}", family="table-cell", datastylename=shown)
    book.automaticstyles.addElement(shown)
    book.automaticstyles.addElement(look)
    return look


def _cell_of_odf(value: Any, look: Any) -> Any:
    styled = {"stylename": look} if look else {}
    if isinstance(value, float):
        return table.TableCell(valuetype="float", value=f"{value:g}", **styled)
    if isinstance(value, date):
        return table.TableCell(valuetype="date", datevalue=value.isoformat(), **styled)
    cell = table.TableCell(valuetype="string")
    cell.addElement(text.P(text=value))
    return cell


PYTHONS: dict[str, Callable[[], bytes]] = {
    "xlsxwriter.xlsx": by_xlsxwriter,
    "openpyxl.xlsx": by_openpyxl,
    "xlwt.xls": by_xlwt,
    "odfpy.ods": by_odfpy,
}
