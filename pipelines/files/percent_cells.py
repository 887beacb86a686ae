"""Cells whose number a workbook shows in percent, in the formats that are no xlsx: 7 % stands there as 0.07 (PIT-60).

Lives here: finding them by the styles of xls and xlsb, by the types of ods. Not here: xlsx, whose parts are scanned for
more than this (`workbook_parts.py`), the warning (`workbooks.py`).
"""

import html
import io
import re
import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping

from pipelines.files import compound
from pipelines.files.date_systems import binary_records
from pipelines.files.formats import records_of
from pipelines.files.workbook_parts import PIECE, RELATION, attributes

Found = tuple[int, str]
"""How many cells, and the letters of the first one's column."""

NONE: Found = (0, "")
PERCENT = frozenset({9, 10})
"""The built-in formats."""

LITERAL = re.compile(r'"[^"]*"|\\.')
XLS_SHEET, XLS_FORMAT, XLS_STYLE = 0x85, 0x41E, 0xE0
XLS_NUMBER, XLS_SHORT, XLS_SHORTS, XLS_FORMULA = 0x203, 0x27E, 0xBD, 0x06
BIFF8 = 0x600
SHEET, FORMAT, STYLES, STYLES_END, STYLE = 156, 44, 617, 618, 47
NUMBERS = frozenset({2, 5, 9})
ODS_PERCENT = b'office:value-type="percentage"'
ODS_TAG = re.compile(rb"<table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^>]*)>")
ODS_NAME = re.compile(rb'table:name="([^"]*)"')
ODS_REPEATED = re.compile(rb'table:number-columns-repeated="(\d+)"')


def in_xls(content: bytes, sheet: str) -> Found:
    """Those of a sheet of an old workbook that could be read."""
    streams = compound.streams_of(content, len(content))
    book = streams.get("workbook", streams.get("book", b""))
    told = list(records_of(book))
    wide = bool(told) and told[0][1][:2] == struct.pack("<H", BIFF8)
    styles = _percent_styles(
        {_short(data): _text(data[2:], 2 if wide else 1, wide) for kind, data in told if kind == XLS_FORMAT},
        [_short(data, 2) for kind, data in told if kind == XLS_STYLE],
    )
    place = next((_long(data) for kind, data in told if kind == XLS_SHEET and _text(data[6:], 1, wide) == sheet), None)
    if place is None or not styles:
        return NONE
    return _counted(cell for cell in _xls_cells(book[place:]) if cell[1] in styles)


def _xls_cells(sheet: bytes) -> Iterator[tuple[int, int]]:
    """Column and style of every number."""
    for kind, data in records_of(sheet):
        if kind in (XLS_NUMBER, XLS_SHORT, XLS_FORMULA):
            yield _short(data, 2), _short(data, 4)
        elif kind == XLS_SHORTS:
            first = _short(data, 2)
            yield from ((first + at, _short(data, 4 + 6 * at)) for at in range((len(data) - 6) // 6))


def in_xlsb(content: bytes, sheet: str) -> Found:
    """Those of a sheet of a binary workbook that could be read."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        parts = {name.lower(): name for name in container.namelist()}
        read = {name: container.read(parts[name]) for name in parts if name.endswith(("workbook.bin", "styles.bin"))}
        styles = _xlsb_styles(next((text for name, text in read.items() if name.endswith("styles.bin")), b""))
        book = next((text for name, text in read.items() if name.endswith("workbook.bin")), b"")
        links = parts.get("xl/_rels/workbook.bin.rels") if styles else None
        relations = container.read(links) if links else b""
        target = _xlsb_target(book, relations.decode("utf-8", "replace"), sheet)
        part = next((parts[name] for name in parts if target and name.endswith(target)), None)
        cells = container.read(part) if part else b""
    found = ((_long(data), _long(data, 4) & 0xFFFFFF) for kind, data in binary_records(cells) if kind in NUMBERS)
    return _counted(cell for cell in found if cell[1] in styles)


def _xlsb_styles(part: bytes) -> frozenset[int]:
    formats, of_style, among = {}, [], False
    for kind, data in binary_records(part):
        among = kind == STYLES or (among and kind != STYLES_END)
        if kind == FORMAT:
            formats[_short(data)] = data[6:].decode("utf-16-le", "replace")
        elif kind == STYLE and among:
            of_style.append(_short(data, 2))
    return _percent_styles(formats, of_style)


def _xlsb_target(book: bytes, relations: str, sheet: str) -> str | None:
    """The end of the name of the sheet's part, in lower case."""
    links = {link.get("Id"): link.get("Target", "") for link in attributes(RELATION, relations)}
    for kind, data in binary_records(book):
        if kind == SHEET:
            link, rest = _wide(data[8:])
            if _wide(rest)[0] == sheet:
                return links.get(link, "").replace("\\", "/").lstrip("/").lower() or None
    return None


def _wide(data: bytes) -> tuple[str, bytes]:
    end = 4 + 2 * _long(data) if data[:4] != b"\xff" * 4 else 4
    return data[4:end].decode("utf-16-le", "replace"), data[end:]


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
                yield from ((column + at, 0) for at in range(min(count, PIECE)))
            column += count


def _percent_styles(formats: Mapping[int, str], of_style: Iterable[int]) -> frozenset[int]:
    """The styles, by their place, whose format shows percents."""
    shown = PERCENT | {number for number, code in formats.items() if "%" in LITERAL.sub("", code)}
    return frozenset(place for place, number in enumerate(of_style) if number in shown)


def _counted(cells: Iterator[tuple[int, int]]) -> Found:
    first = next(cells, None)
    return (1 + sum(1 for _ in cells), _letters(first[0])) if first else NONE


def _letters(column: int) -> str:
    return (_letters(column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)


def _text(data: bytes, length: int, flagged: bool) -> str:
    """A text behind its length, of wide characters where its flags say so."""
    if flagged and data[length : length + 1] and data[length] & 1:
        return data[length + 1 :].decode("utf-16-le", "replace")
    return data[length + flagged :].decode("cp1252", "replace")


def _short(data: bytes, at: int = 0) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _long(data: bytes, at: int = 0) -> int:
    return int.from_bytes(data[at : at + 4], "little")
