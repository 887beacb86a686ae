"""Rows whose cells a workbook shows struck out: whoever did that took them off the list, and every reader gives them.

Lives here: finding them by the fonts of cell styles, in xls and ods. Not here: xlsx, whose parts are
scanned for more than this (`pipelines/reading/containers/xlsx_parts.py`), the warning (`workbook_reader.py`), xlsb.
"""

import html
import io
import re
import zipfile
from collections.abc import Iterator

from pipelines.reading.cell_formats.xls_cells import place_of_sheet
from pipelines.reading.containers import ole2
from pipelines.reading.containers.binary_records import records_of
from pipelines.reading.containers.number_formats import short

# Font and XF of MS-XLS, and the cells that hold something: LabelSst, Label, Number, RK, Formula, MulRk.
XLS_FONT, XLS_STYLE, XLS_CELLS, XLS_SHORTS = 0x31, 0xE0, (0xFD, 0x204, 0x203, 0x27E, 0x06), 0xBD
STRUCK, FONT_THAT_IS_NONE = 0x08, 4
"""The flag of a font, and the number that no font of an xls has (MS-XLS, 2.5.129)."""

ODS_TAG = re.compile(rb"<table:(table|table-row|table-cell)(?=[\s/>])([^>]*)>")
ODS_STYLE = re.compile(rb"<style:style\s([^>]*)>(.*?)</style:style>", re.DOTALL)
ODS_STRUCK = re.compile(rb'style:text-line-through-(?:style|type)="(?!none")')
ODS_NAME = re.compile(rb'\bstyle:name="([^"]*)"')
ODS_OF_CELL = re.compile(rb'table:style-name="([^"]*)"')
ODS_TABLE = re.compile(rb'table:name="([^"]*)"')
MOST_REPEATED = 10_000
"""Equal rows that stand as one: a damaged or hostile count must not keep this going."""
ODS_REPEATED = re.compile(rb'table:number-rows-repeated="(\d+)"')


def struck_in_xls(content: bytes, sheet: str) -> frozenset[int]:
    """The rows of a sheet of an old workbook with a cell that is struck out, as a spreadsheet counts them."""
    streams = ole2.streams_of(content, len(content))
    book = streams.get("workbook", streams.get("book", b""))
    told = list(records_of(book))
    fonts = [bool(short(data, 2) & STRUCK) for kind, data in told if kind == XLS_FONT]
    fonts.insert(FONT_THAT_IS_NONE, False)
    of_style = [short(data) for kind, data in told if kind == XLS_STYLE]
    styles = {place for place, font in enumerate(of_style) if fonts[font : font + 1] == [True]}
    place = place_of_sheet(book, sheet)
    if place is None or not styles:
        return frozenset()
    return frozenset(row + 1 for kind, data in records_of(book[place:]) for row in _row_of_xls(kind, data, styles))


def _row_of_xls(kind: int, data: bytes, styles: set[int]) -> Iterator[int]:
    """The row of a record, where it holds something that is struck out."""
    places = range(4, len(data) - 2, 6) if kind == XLS_SHORTS else (4,) if kind in XLS_CELLS else ()
    if any(short(data, at) in styles for at in places):
        yield short(data)


def struck_in_ods(content: bytes, sheet: str) -> frozenset[int]:
    """The rows of a sheet of an OpenDocument spreadsheet with a cell that is struck out."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        part = next((part for part in container.namelist() if part.lower() == "content.xml"), "")
        text = container.read(part) if part else b""
    struck = (head for head, body in ODS_STYLE.findall(text) if ODS_STRUCK.search(body))
    styles = {name[1] for head in struck if (name := ODS_NAME.search(head))}
    return frozenset(_rows_of_ods(text, sheet, styles)) if styles else frozenset()


def _rows_of_ods(text: bytes, sheet: str, styles: set[bytes]) -> Iterator[int]:
    here, row, repeated = False, 1, 0
    for tag in ODS_TAG.finditer(text):
        kind, told = tag[1], tag[2]
        if kind == b"table":
            name = ODS_TABLE.search(told)
            here = name is not None and html.unescape(name[1].decode("utf-8", "replace")) == sheet
            row, repeated = 1, 0
        elif kind == b"table-row":
            row, again = row + repeated, ODS_REPEATED.search(told)
            repeated = int(again[1]) if again else 1
        elif here and not told.endswith(b"/") and (of := ODS_OF_CELL.search(told)) and of[1] in styles:
            yield from range(row, row + min(repeated, MOST_REPEATED))
