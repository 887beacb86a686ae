"""Workbooks that are sound and that the native readers misread: a copy in memory with the bytes that they need.

Lives here: each mend with its reason and the version that needs it; `tests/pipelines/reading/workbooks/test_repairs.py`
fails as soon as a version no longer does, and the mend goes. Not here: reading (`workbook_worker.py`), what is read
from the bytes as they came (`workbook_reader.py`).
"""

import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from xml.parsers import expat

from pipelines.reading.containers import ole2
from pipelines.reading.containers.binary_records import END_OF_GLOBALS, binary_records
from pipelines.reading.containers.plain_xml import plainly_written
from pipelines.reading.containers.xlsx_parts import CDATA, packed

# The version that a stream's first record (BOF) names from Excel 97 on.
BIFF8 = struct.pack("<H", 0x600)
CODEPAGE, XLS_FORMAT, XLS_STYLE = 0x42, 0x41E, 0xE0
UTF_16 = struct.pack("<H", 1200)
# Built-in numbers of dates in some languages (ECMA-376, part 1, 18.8.30), which other writers give to their own.
TAKEN_FOR_DATES = frozenset({*range(23, 37), *range(50, 164)})
# Excel's own writers number a workbook's formats from 164.
LAST_BUILT_IN = 163

SHEET_BEGINS = 129
SHORT_CELLS = range(12, 19)
FIRST_CELL, LAST_CELL, ROW_BEGINS = 1, 11, 0
# BrtCellError and BrtFmlaError of MS-XLSB; column, style and error are the first nine bytes of both.
CELL_WITH_ERROR, FORMULA_WITH_ERROR = 3, 11

TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
PARAGRAPH = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 p"
FIRST_TAGS = (b":table-row", b":table-cell")
WHITE = b" \t\r\n"
SPACING = {"tab": "\t", "line-break": "\n"}
"""Elements of OpenDocument that stand for a character (ODF 1.3, part 3, 6.1.4 and 6.1.5)."""
PASSED_OVER = (CDATA, b":line-break", b":tab/", b":tab ", b":tab>")


def mended(content: bytes, kind: str) -> bytes:
    """The workbook as the native readers need it; the very same bytes where nothing is to be mended."""
    match kind:
        case "xls":
            return _mended_xls(content)
        case "xlsb":
            return _with_parts(content, "xl/worksheets/", long_cells)
        case "ods":
            return _with_parts(content, "content.xml", _mended_ods)
        case _:
            return content


def _mended_xls(content: bytes) -> bytes:
    """With the formats that the workbook declares, and in BIFF8 as the UTF-16 that its text is in.

    python-calamine 0.9.1 and fastexcel 0.21.0 take a number in one of the formats 27 to 36 and 50 to 58 for a date,
    whatever the workbook's own FORMAT record says of it: Gnumeric numbers its formats from 50, and postal codes became
    days of 1902. They also obey CODEPAGE in BIFF8, where text is UTF-16 or its lower bytes and the record means
    nothing (MS-XLS, CodePage): files of Spreadsheet::WriteExcel and JExcelApi, which say 1252, came out with NUL.
    """
    streams = ole2.streams_of(content, len(content))
    name = "workbook" if "workbook" in streams else "book"
    book = bytearray(streams[name])
    records = list(_records(book))
    if not records:
        return content
    wide = book[records[0][1] : records[0][1] + 2] == BIFF8
    declared = {_short(book, at) for kind, at, _ in records if kind == XLS_FORMAT}
    free = max({LAST_BUILT_IN, *declared}) + 1
    moved = {number: free + place for place, number in enumerate(sorted(declared & TAKEN_FOR_DATES))}
    for kind, at, length in records:
        if kind == CODEPAGE and wide and length >= 2:
            book[at : at + 2] = UTF_16
        elif kind in (XLS_FORMAT, XLS_STYLE) and length >= 4:
            place = at if kind == XLS_FORMAT else at + 2
            number = _short(book, place)
            struct.pack_into("<H", book, place, moved.get(number, number))
    # The same length: formats get other numbers, no record moves.
    return content if book == streams[name] else ole2.with_stream(content, name, bytes(book))


def _records(book: bytearray) -> Iterator[tuple[int, int, int]]:
    """Kind, place and length of the data of the records that speak of all sheets, as far as they are whole."""
    at = 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        if kind == END_OF_GLOBALS or at + 4 + length > len(book):
            return
        yield kind, at + 4, length
        at += 4 + length


def _short(book: bytearray, at: int) -> int:
    return int.from_bytes(book[at : at + 2], "little")


def _with_parts(content: bytes, start_of_name: str, mend: Callable[[bytes], bytes | None]) -> bytes:
    """The container with its parts of such a name mended."""
    with zipfile.ZipFile(io.BytesIO(content)) as container:
        names = [name for name in container.namelist() if name.lower().lstrip("/").startswith(start_of_name)]
        changed = {name: text for name in names if (text := mend(container.read(name))) is not None}
        if not changed:
            return content
        return packed({name: changed.get(name) or container.read(name) for name in container.namelist()})


def long_cells(part: bytes) -> bytes | None:
    """A sheet of an xlsb with the column in every cell, and errors of formulas as errors; None where it has been so.

    python-calamine 0.9.1 and fastexcel 0.21.0 skip the records 12 to 18, cells that follow their left neighbour and do
    not repeat the column (MS-XLSB, BrtShortBlank to BrtShortIsst): SheetJS writes all but a row's first cell so, and
    only the first column was read. They also skip record 11, a formula whose result is an error (BrtFmlaError), so that
    `#N/A` in money was a blank; the cell that holds the error itself (BrtCellError) they know.
    """
    mended, column, found = bytearray(), -1, False
    for kind, data in binary_records(part):
        if kind == ROW_BEGINS:
            column = -1
        elif kind in SHORT_CELLS:
            column, found = column + 1, True
            kind, data = kind - SHORT_CELLS.start + FIRST_CELL, struct.pack("<I", column) + data
        elif FIRST_CELL <= kind <= LAST_CELL:
            column = int.from_bytes(data[:4], "little")
        if kind == FORMULA_WITH_ERROR:
            kind, data, found = CELL_WITH_ERROR, data[:9], True
        mended += _number(kind) + _number(len(data)) + data
    return bytes(mended) if found else None


def _number(value: int) -> bytes:
    """A number of seven bits a byte, as records of an xlsb begin with."""
    return bytes([value]) if value < 0x80 else bytes([value & 0x7F | 0x80]) + _number(value >> 7)


def _mended_ods(text: bytes) -> bytes | None:
    """The content of an ods with tabs and line breaks as characters, and nothing in CDATA; None where it has been so.

    python-calamine 0.9.1 and fastexcel 0.21.0 pass over `text:tab`, `text:line-break` and CDATA: the two lines of an
    address were read as one word, a text in CDATA as a blank.
    """
    spaced = plainly_written(text, (), SPACING) if any(mark in text for mark in PASSED_OVER) else None
    return _without_indents(spaced or text) or spaced


def _without_indents(text: bytes) -> bytes | None:
    """The content of an ods without white space between the tags of its tables; None where there is none.

    python-calamine 0.9.1 and fastexcel 0.21.0 cannot open an ods whose rows and cells are indented, as Gnumeric and
    SheetJS write them. The parser finds the tags; text within cells is left alone.
    """
    if not _is_indented(text):
        return None
    parser = expat.ParserCreate(namespace_separator=" ")
    kept: list[bytes] = []
    copied = 0

    def cut_before(name: str, *_: object) -> None:
        nonlocal copied
        # White space within paragraphs is text of the sender and stays.
        if name.startswith(TABLE) or name == PARAGRAPH:
            tag = parser.CurrentByteIndex
            end = tag
            while end > copied and text[end - 1] in WHITE:
                end -= 1
            if copied < end < tag and text[end - 1 : end] == b">":
                kept.append(text[copied:end])
                copied = tag

    parser.StartElementHandler = cut_before
    parser.EndElementHandler = cut_before
    parser.Parse(text, True)
    return b"".join([*kept, text[copied:]])


def _is_indented(text: bytes) -> bool:
    """Whether the first row or cell stands behind white space."""
    starts = (text.rfind(b"<", 0, at) for tag in FIRST_TAGS if (at := text.find(tag)) > 0)
    return any(text[start - 1 : start].isspace() for start in starts if start > 0)
