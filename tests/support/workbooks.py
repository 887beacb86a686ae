"""Small workbooks for tests, made in memory by the libraries that others use."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
import xlsxwriter
import xlwt
from odf import opendocument, table, text

Rows = Sequence[Sequence[Any]]

FORMATS = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm:ss", time: "hh:mm:ss", timedelta: "[h]:mm:ss"}


def xlsx(rows: Rows, change: Callable[[Any, Any], None] | None = None, **options: Any) -> bytes:
    """By xlsxwriter; `change` gets the workbook and its sheet before they are closed. An `=…` is a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, **options})
    sheet = book.add_worksheet("List")
    formats = {kind: book.add_format({"num_format": written}) for kind, written in FORMATS.items()}
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            _write(sheet, row, column, value, formats)
    if change:
        change(book, sheet)
    book.close()
    return out.getvalue()


def _write(sheet: Any, row: int, column: int, value: Any, formats: dict[type, Any]) -> None:
    if isinstance(value, str) and value.startswith("#"):
        sheet.write_formula(row, column, "=NA()", None, value)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    elif type(value) in formats:
        sheet.write_datetime(row, column, value, formats[type(value)])
    else:
        sheet.write(row, column, value)


def openpyxl_xlsx(rows: Rows) -> bytes:
    book = openpyxl.Workbook()
    for cells in rows:
        book.active.append(list(cells))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls(rows: Rows, change: Callable[[Any, Any], None] | None = None) -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("List")
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            if value is not None and value != "":
                style = (
                    xlwt.easyxf(num_format_str=FORMATS[type(value)])
                    if type(value) in FORMATS
                    else xlwt.Style.default_style
                )
                sheet.write(row, column, value, style)
    if change:
        change(book, sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def ods(rows: Rows) -> bytes:
    book = opendocument.OpenDocumentSpreadsheet()
    sheet = table.Table(name="List")
    for cells in rows:
        line = table.TableRow()
        for value in cells:
            line.addElement(_ods_cell(value))
        sheet.addElement(line)
    book.spreadsheet.addElement(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _ods_cell(value: Any) -> Any:
    if value is None or value == "":
        return table.TableCell()
    if isinstance(value, bool):
        return table.TableCell(valuetype="boolean", booleanvalue=str(value).lower())
    if isinstance(value, (int, float)):
        return table.TableCell(valuetype="float", value=value)
    if isinstance(value, date):
        return table.TableCell(valuetype="date", datevalue=value.isoformat())
    cell = table.TableCell(valuetype="string")
    cell.addElement(text.P(text=value))
    return cell


def archive(parts: dict[str, bytes | str]) -> bytes:
    """A ZIP of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in parts.items():
            container.writestr(name, content)
    return out.getvalue()


def changed(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """A container with one part changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        parts = {name: container.read(name) for name in container.namelist()}
    return archive({name: change(text) if name == part else text for name, text in parts.items()})
