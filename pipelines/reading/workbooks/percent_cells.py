"""Cells whose number a workbook shows in percent, in the formats that are no xlsx: 7 % stands there as 0.07 (PIT-60).

Lives here: finding them by the styles of xls and xlsb, by the types of ods. Not here: xlsx, whose parts are scanned for
more than this (`pipelines/reading/containers/xlsx_parts.py`), the warning (`workbook_reader.py`).
"""

import html
import io
import re
import zipfile
from collections.abc import Iterable, Iterator

from pipelines.reading.cell_formats.xls_cells import numbers_of, numbers_of_xlsb, parts_of_xlsb, place_of_sheet
from pipelines.reading.containers import ole2
from pipelines.reading.containers.binary_records import records_of
from pipelines.reading.containers.number_formats import is_percent, of_xls, of_xlsb
from pipelines.reading.containers.xlsx_parts import PIECE
from pipelines.reading.workbooks.repairs import long_cells

Found = tuple[int, str]
"""How many cells, and the letters of the first one's column."""

NONE: Found = (0, "")
ODS_PERCENT = b'office:value-type="percentage"'
ODS_TAG = re.compile(rb"<table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^>]*)>")
ODS_NAME = re.compile(rb'table:name="([^"]*)"')
ODS_REPEATED = re.compile(rb'table:number-columns-repeated="(\d+)"')


def in_xls(content: bytes, sheet: str) -> Found:
    """Those of a sheet of an old workbook that could be read."""
    streams = ole2.streams_of(content, len(content))
    book = streams.get("workbook", streams.get("book", b""))
    place, styles = place_of_sheet(book, sheet), _percent_styles(of_xls(book))
    if place is None or not styles:
        return NONE
    found = (cell for kind, data in records_of(book[place:]) for cell in numbers_of(kind, data))
    return _counted((column, style) for _, column, style in found if style in styles)


def in_xlsb(content: bytes, sheet: str) -> Found:
    """Those of a sheet of a binary workbook that could be read."""
    told, part = parts_of_xlsb(content, sheet)
    styles = _percent_styles(of_xlsb(told))
    if not styles:
        return NONE
    # Records that leave their column out (MS-XLSB, BrtShort…) get it first.
    found = numbers_of_xlsb(long_cells(part) or part)
    return _counted((column, style) for _, column, style in found if style in styles)


def in_ods(content: bytes, sheet: str) -> Found:
    """Those of a sheet of an OpenDocument spreadsheet that could be read."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        name = next((name for name in container.namelist() if name.lower() == "content.xml"), "")
        text = container.read(name) if name else b""
    return _counted(_ods_cells(text, sheet)) if ODS_PERCENT in text else NONE


def _ods_cells(text: bytes, sheet: str) -> Iterator[tuple[int, int]]:
    """Column of every cell in percent, by the name of its table."""
    here, column = False, 0
    for tag in ODS_TAG.finditer(text):
        kind, told = tag[1], tag[2]
        if kind == b"table":
            name = ODS_NAME.search(told)
            here = name is not None and html.unescape(name[1].decode("utf-8", "replace")) == sheet
        elif kind == b"table-row":
            column = 0
        else:
            repeated = ODS_REPEATED.search(told)
            count = int(repeated[1]) if repeated else 1
            if here and ODS_PERCENT in told:
                # A damaged or hostile count of repeated cells must not keep this going.
                yield from ((column + at, 0) for at in range(min(count, PIECE)))
            column += count


def _percent_styles(formats: Iterable[str]) -> frozenset[int]:
    """The styles, by their place, whose format shows percents."""
    return frozenset(place for place, code in enumerate(formats) if is_percent(code))


def _counted(cells: Iterator[tuple[int, int]]) -> Found:
    first = next(cells, None)
    return (1 + sum(1 for _ in cells), _letters(first[0])) if first else NONE


def _letters(column: int) -> str:
    return (_letters(column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)
