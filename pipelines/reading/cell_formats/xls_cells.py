"""The looks of an xls or xlsb: numbers that a format pads, formulas without a result, hidden rows.

Lives here: walking the records of a sheet (MS-XLS, MS-XLSB), and finding that sheet. Not here: percents
(`pipelines/reading/workbooks/percent_cells.py`), what the formats mean
(`pipelines/reading/containers/number_formats.py`).
"""

import html
import io
import zipfile
from collections.abc import Iterator

from pipelines.reading.cell_formats.currency_formats import looks_by_style
from pipelines.reading.cell_formats.formulas import tokens_give_text
from pipelines.reading.cell_formats.shown_cells import Looks, Place, Results
from pipelines.reading.containers import number_formats, ole2
from pipelines.reading.containers.binary_records import binary_records, records_of
from pipelines.reading.containers.number_formats import BIFF8, short, text
from pipelines.reading.containers.xlsx_parts import RELATION, attributes

# BoundSheet8, Row, RecalcId of MS-XLS.
XLS_SHEET, XLS_ROW, XLS_RECALCULATED = 0x85, 0x208, 0x1C1
# Number, RK, MulRk, Formula of MS-XLS.
XLS_NUMBER, XLS_SHORT, XLS_SHORTS, XLS_FORMULA = 0x203, 0x27E, 0xBD, 0x06
XLS_HIDDEN, XLS_ON_LOAD = 0x20, 0x02
# A result that is no number ends in ffff, and its first byte says what it is (MS-XLS, FormulaValue).
NOT_A_NUMBER, BLANK = b"\xff\xff", 3

XLSB_SHEET, XLSB_ROW = 156, 0
# BrtCellRk, BrtCellReal, BrtFmlaNum.
XLSB_NUMBERS = frozenset({2, 5, 9})
XLSB_HIDDEN = 0x10
XLSB_FORMULA_OF_TEXT, XLSB_FORMULA_OF_NUMBER, XLSB_ON_LOAD = 8, 9, 0x02


def looks_of_xls(content: bytes, sheet: str) -> Looks:
    """What the records of a sheet say of its cells."""
    streams = ole2.streams_of(content, len(content))
    book = streams.get("workbook", streams.get("book", b""))
    place = place_of_sheet(book, sheet)
    return Looks() if place is None else _looks_of_records(book, place)


def place_of_sheet(book: bytes, sheet: str) -> int | None:
    """Where the records of a sheet of an xls begin in its workbook stream."""
    told = list(records_of(book))
    wide = bool(told) and told[0][1][:2] == BIFF8
    return next((_long(data) for kind, data in told if kind == XLS_SHEET and text(data[6:], 1, wide) == sheet), None)


def _looks_of_records(book: bytes, place: int) -> Looks:
    masks = looks_by_style(number_formats.of_xls(book))
    told = list(records_of(book))
    # Excel and LibreOffice say with which version they computed; writers that never computed do not.
    recalculated = any(kind == XLS_RECALCULATED for kind, _ in told)
    looks, results = Looks(), Results()
    for kind, data in records_of(book[place:]):
        if kind == XLS_ROW and len(data) > 12:
            looks.hidden_rows += bool(data[12] & XLS_HIDDEN)
        for row, column, style in numbers_of(kind, data):
            if style in masks:
                looks.masked[column, masks[style]].append(row)
        if kind == XLS_FORMULA and len(data) > 22:
            _look_at_formula(data, told[0][1][:2] == BIFF8, recalculated, looks, results)
    looks.not_computed.update(results.never_computed())
    return looks


def numbers_of(kind: int, data: bytes) -> Iterator[tuple[int, int, int]]:
    """Row, column and style of every number in a record of an xls."""
    if kind in (XLS_NUMBER, XLS_SHORT, XLS_FORMULA):
        yield short(data), short(data, 2), short(data, 4)
    elif kind == XLS_SHORTS:
        first = short(data, 2)
        yield from ((short(data), first + at, short(data, 4 + 6 * at)) for at in range((len(data) - 6) // 6))


def _look_at_formula(data: bytes, wide: bool, recalculated: bool, looks: Looks, results: Results) -> None:
    """A formula's result, where it is none: 0 where the formula can only give text or is to be computed on load.

    Perl's and PHP's writers, Apache POI and JExcelApi store 0 and set the bit after fAlwaysCalc (MS-XLS, Formula). xlwt
    (1.3.0) stores a blank; so do Excel and LibreOffice for an empty text, but they also say what they computed with.
    """
    place, result = (short(data), short(data, 2)), data[6:14]
    if result[6:] == NOT_A_NUMBER:
        if result[0] == BLANK and not recalculated:
            looks.not_computed.add(place)
        else:
            results.others.add(place[1])
    # The highest bit is the sign: minus zero is zero.
    elif any(result[:7]) or result[7] & 0x7F:
        results.others.add(place[1])
    elif wide and tokens_give_text(data[22 : 22 + short(data, 20)]):
        looks.not_computed.add(place)
    elif data[14] & XLS_ON_LOAD:
        results.zeros[place[1]].append(place[0])


def looks_of_xlsb(content: bytes, sheet: str) -> Looks:
    """The same of an xlsb, every cell of which tells its column.

    A formula that its writer marked to be computed later, and whose stored result is 0 or no text, has none.
    """
    styles, part = parts_of_xlsb(content, sheet)
    masks, looks = looks_by_style(number_formats.of_xlsb(styles)), Looks()
    rows = (data for kind, data in binary_records(part) if kind == XLSB_ROW and len(data) > 11)
    looks.hidden_rows = sum(bool(data[11] & XLSB_HIDDEN) for data in rows)
    for row, column, style in numbers_of_xlsb(part) if masks else ():
        if style in masks:
            looks.masked[column, masks[style]].append(row)
    looks.not_computed.update(_waiting_in_xlsb(part))
    return looks


def _waiting_in_xlsb(part: bytes) -> set[Place]:
    """The formulas of an xlsb that wait to be computed (MS-XLSB, BrtFmlaNum, BrtFmlaString, GrbitFmla)."""
    results, waiting, row = Results(), set(), 0
    for kind, data in binary_records(part):
        if kind == XLSB_ROW:
            row = _long(data)
        elif kind == XLSB_FORMULA_OF_NUMBER and len(data) >= 18:
            if any(data[8:15]) or data[15] & 0x7F:
                results.others.add(_long(data))
            elif data[16] & XLSB_ON_LOAD:
                results.zeros[_long(data)].append(row)
        elif kind == XLSB_FORMULA_OF_TEXT and len(data) >= 14 and not _long(data, 8) and data[12] & XLSB_ON_LOAD:
            waiting.add((row, _long(data)))
    return {*waiting, *results.never_computed()}


def numbers_of_xlsb(part: bytes) -> Iterator[tuple[int, int, int]]:
    """Row, column and style of every number in the part of a sheet."""
    row = 0
    for kind, data in binary_records(part):
        if kind == XLSB_ROW:
            row = _long(data)
        elif kind in XLSB_NUMBERS:
            # Three bytes of style; the fourth holds flags (MS-XLSB, Cell).
            yield row, _long(data), _long(data, 4) & 0xFFFFFF


def parts_of_xlsb(content: bytes, sheet: str) -> tuple[bytes, bytes]:
    """The styles of an xlsb, and the part that holds a sheet; nothing where there is none."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        parts = {name.lower(): name for name in container.namelist()}
        read = {name: container.read(parts[name]) for name in parts if name.endswith(("workbook.bin", "styles.bin"))}
        styles = next((text for name, text in read.items() if name.endswith("styles.bin")), b"")
        book = next((text for name, text in read.items() if name.endswith("workbook.bin")), b"")
        links = parts.get("xl/_rels/workbook.bin.rels")
        relations = container.read(links) if links else b""
        target = _target(book, relations.decode("utf-8", "replace"), sheet)
        part = next((parts[name] for name in parts if target and name.endswith(target)), None)
        return styles, container.read(part) if part else b""


def _target(book: bytes, relations: str, sheet: str) -> str | None:
    """The end of the name of the sheet's part, in lower case."""
    links = {link.get("Id"): link.get("Target", "") for link in attributes(RELATION, relations)}
    for kind, data in binary_records(book):
        if kind == XLSB_SHEET:
            link, rest = _wide(data[8:])
            if _wide(rest)[0] == sheet:
                return html.unescape(links.get(link, "")).replace("\\", "/").lstrip("/").lower() or None
    return None


def _wide(data: bytes) -> tuple[str, bytes]:
    # A length of ffffffff is a text that is not there (MS-XLSB, XLNullableWideString).
    end = 4 + 2 * _long(data) if data[:4] != b"\xff" * 4 else 4
    return data[4:end].decode("utf-16-le", "replace"), data[end:]


def _long(data: bytes, at: int = 0) -> int:
    return int.from_bytes(data[at : at + 4], "little")
