"""Mends of bytes: what the native readers misread without them, and that nothing else changes.

Each `…_is_still_needed…` fails as soon as the library reads such a file by itself: the mend goes then.
"""

import io
import re
import struct
from collections.abc import Callable
from datetime import date
from typing import Any

import fastexcel
import pytest
import python_calamine

from pipelines.reading.containers import ole2
from pipelines.reading.read_file import read_file
from pipelines.reading.workbooks.repairs import mended
from tests.support.workbooks import changed, ods, xls, xlsx
from tests.writers.writing import HERE

ROWS = [["Email", "Name", "Postal code"], ["zoe@example.com", "Zoé Łuk", 1000], ["ann@example.com", "Ann  Lee", 20451]]
READ = [["zoe@example.com", "Zoé Łuk"], ["ann@example.com", "Ann  Lee"]]


def raw(content: bytes) -> list[list[Any]]:
    """What python-calamine reads of the first sheet by itself."""
    sheet: list[list[Any]] = (
        python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    )
    return sheet


def with_records(content: bytes, change: Callable[[int, bytes], bytes]) -> bytes:
    """An old workbook with the data of its global records changed."""
    streams = ole2.streams_of(content, len(content))
    name = "workbook" if "workbook" in streams else "book"
    book, at = bytearray(streams[name]), 0
    while True:
        kind, length = struct.unpack_from("<HH", book, at)
        if kind == 0x0A:
            return ole2.with_stream(content, name, bytes(book))
        book[at + 4 : at + 4 + length] = change(kind, bytes(book[at + 4 : at + 4 + length]))
        at += 4 + length


def of_codepage(content: bytes, page: int) -> bytes:
    return with_records(content, lambda kind, data: struct.pack("<H", page) if kind == 0x42 else data)


def numbered_from(content: bytes, first: int) -> bytes:
    """With the formats that the workbook declares numbered from here, as Gnumeric does from 50."""

    def change(kind: int, data: bytes) -> bytes:
        at = {0x41E: 0, 0xE0: 2}.get(kind)
        if at is None or struct.unpack_from("<H", data, at)[0] < 164:
            return data
        number = struct.unpack_from("<H", data, at)[0] - 164 + first
        return data[:at] + struct.pack("<H", number) + data[at + 2 :]

    return with_records(content, change)


def padded_xls(first: int) -> bytes:
    import xlwt

    def change(_: Any, sheet: Any) -> None:
        look = xlwt.easyxf(num_format_str="#,##0.0##")
        sheet.write(3, 0, "bob@example.com")
        sheet.write(3, 2, 75001, look)
        sheet.write(3, 3, date(2026, 1, 5), xlwt.easyxf(num_format_str="yyyy-mm-dd"))

    return numbered_from(xls([[*ROWS[0], "Since"], *ROWS[1:]], change), first)


def indented(content: bytes) -> bytes:
    return changed(content, "content.xml", lambda text: re.sub(rb"<(?=/?table:|text:p)", b"\r\n  <", text))


def as_read(content: bytes) -> list[list[str]]:
    return [list(row) for row in read_file(content).rows.select("Email", "Name").rows()]


@pytest.mark.parametrize("page", [1252, 1250, 1251, 437, 367])
def test_text_of_biff8_is_utf_16_whatever_its_codepage_says(page: int) -> None:
    """Spreadsheet::WriteExcel 2.40 and JExcelApi 2.6 declare 1252; MS-XLS, CodePage and XLUnicodeString."""
    content = of_codepage(xls(ROWS), page)
    assert as_read(content) == READ


def test_codepages_of_biff8_are_still_needed_to_be_mended() -> None:
    assert any("\x00" in str(cell) for row in raw(of_codepage(xls(ROWS), 1252)) for cell in row)


@pytest.mark.matrix(2)
@pytest.mark.parametrize("first", [27, 50, 56, 60, 120, 164])
def test_a_format_is_what_the_workbook_declares_whatever_its_number(first: int) -> None:
    """Gnumeric 1.12 numbers its own formats from 50."""
    sheet = read_file(padded_xls(first))
    assert sheet.rows.select("Postal code", "Since").rows()[2] == ("75001", "2026-01-05")


def test_formats_from_50_are_still_needed_to_be_mended() -> None:
    assert isinstance(raw(padded_xls(50))[3][2], date)


def test_east_asian_dates_that_no_workbook_declares_stay_dates() -> None:
    """57 is a date of Japanese Excel, built in and not declared."""
    content = with_records(
        padded_xls(50), lambda kind, data: data[:2] + b"\x39\x00" + data[4:] if kind == 0xE0 else data
    )
    without = with_records(content, lambda kind, data: b"\xa4\x00" + data[2:] if kind == 0x41E else data)
    assert isinstance(raw(mended(without, "xls"))[3][2], date)


def test_cells_of_an_xlsb_that_follow_their_neighbour_are_read() -> None:
    """Records 12 to 18 (MS-XLSB, BrtShortBlank to BrtShortIsst), as SheetJS 0.18.5 writes them."""
    sheet = read_file((HERE / "sheetjs.xlsb").read_bytes())
    assert len(sheet.titles) == 10
    assert sheet.rows.row(0)[1:4] == ("ann@example.com", "Ann Lee", "Lee & Sons")


def test_short_cells_of_an_xlsb_are_still_needed_to_be_mended() -> None:
    assert "Ann Lee" not in raw((HERE / "sheetjs.xlsb").read_bytes())[1]


def test_an_indented_open_document_is_read_and_its_text_is_left_alone() -> None:
    """Gnumeric 1.12 and SheetJS 0.18.5 indent the tables of content.xml."""
    assert as_read(indented(ods(ROWS))) == READ


def test_indented_open_documents_are_still_needed_to_be_mended() -> None:
    with pytest.raises(python_calamine.CalamineError):
        raw(indented(ods(ROWS)))
    with pytest.raises(fastexcel.FastExcelError):
        fastexcel.read_excel(indented(ods(ROWS)))


def test_spaces_and_breaks_within_a_cell_are_text_even_beside_indents() -> None:
    text = " <a>  b </a>  > \n c "
    content = indented(ods([["Email", "Name"], ["a@example.com", "x"], ["b@example.com", text]]))
    plain = ods([["Email", "Name"], ["a@example.com", "x"], ["b@example.com", text]])
    assert raw(mended(content, "ods")) == raw(plain)


def spaced(element: str) -> bytes:
    """An ods in which such an element stands within the name of Ann Lee."""
    return changed(ods(ROWS), "content.xml", lambda text: text.replace(b"Ann  Lee", b"Ann" + element.encode() + b"Lee"))


@pytest.mark.matrix(2)
@pytest.mark.parametrize("element", ["<text:{}/>", "<text:{} />", "<text:{}></text:{}>"])
def test_tabs_and_line_breaks_of_an_open_document_part_words(element: str) -> None:
    """ODF 1.3, part 3, 6.1.4 and 6.1.5."""
    assert as_read(spaced(element.replace("{}", "line-break")))[1] == ["ann@example.com", "Ann\nLee"]
    assert as_read(spaced(element.replace("{}", "tab")))[1] == ["ann@example.com", "Ann\tLee"]


def test_tabs_and_line_breaks_are_still_needed_to_be_mended() -> None:
    for name in ("tab", "line-break"):
        assert raw(spaced(f"<text:{name}/>"))[2][1] == "AnnLee"


def test_text_in_cdata_is_text() -> None:
    """XML 1.0, 2.7: CDATA means its characters, in any part."""
    of_ods = changed(ods(ROWS), "content.xml", lambda text: text.replace(b"Ann  Lee", b"<![CDATA[Lee & <Sons>]]>"))
    assert as_read(of_ods)[1] == ["ann@example.com", "Lee & <Sons>"]
    assert raw(of_ods)[2][1] == "", "the mend is needed no more"


def test_indents_and_line_breaks_of_one_open_document_are_both_mended() -> None:
    assert as_read(indented(spaced("<text:line-break/>")))[1] == ["ann@example.com", "Ann\nLee"]


def written_with_formulas() -> bytes:
    def change(_: Any, sheet: Any) -> None:
        sheet.write_formula(2, 1, '="Ann"&" Lee"', None, "Ann Lee")

    return xlsx(ROWS, change)


SHEET = "xl/worksheets/sheet1.xml"
AS_PLAIN: dict[str, Callable[[bytes], bytes]] = {
    "the result of a formula in CDATA": lambda part: part.replace(b"<v>Ann Lee<", b"<v><![CDATA[Ann Lee]]><"),
    "an extension within a cell": lambda part: part.replace(
        b"<v>Ann Lee</v>", b'<v>Ann Lee</v><extLst><ext uri="{0}"><v>9</v></ext></extLst>'
    ),
    "UTF-16": lambda part: part.replace(b"UTF-8", b"UTF-16").decode().encode("utf-16"),
}


@pytest.mark.matrix(1)
@pytest.mark.parametrize("way", AS_PLAIN)
def test_an_xlsx_is_read_in_whatever_way_its_xml_is_written(way: str) -> None:
    """ECMA-376, part 1, 18.3.1.4 (CT_Cell has an extLst); part 2, 8.1.4 (parts are UTF-8 or UTF-16)."""
    plain = written_with_formulas()
    content = changed(plain, SHEET, AS_PLAIN[way])
    assert changed(plain, SHEET, lambda part: part) != content
    assert read_file(content).rows.equals(read_file(plain).rows)


def test_each_such_xlsx_is_still_needed_to_be_mended() -> None:
    of_cdata, with_extension, of_utf16 = (changed(written_with_formulas(), SHEET, each) for each in AS_PLAIN.values())
    assert raw(of_cdata)[2][1] == ""
    assert raw(of_utf16) == []
    with pytest.raises(python_calamine.CalamineError):
        raw(with_extension)


def test_a_workbook_in_utf_16_counts_its_days_as_it_says() -> None:
    """The number 1 is 2 January 1904 in a workbook that counts from 1904."""
    content = xlsx([["Email", "Since"], ["a@example.com", date(2026, 1, 5)]], date_1904=True)
    content = changed(content, "xl/workbook.xml", AS_PLAIN["UTF-16"])
    assert read_file(content).rows["Since"].to_list() == ["2026-01-05"]


@pytest.mark.parametrize(("content", "kind"), [(xls(ROWS), "xls"), (ods(ROWS), "ods"), (xlsx(ROWS), "xlsx")])
def test_a_workbook_that_needs_no_mend_is_given_as_it_is(content: bytes, kind: str) -> None:
    assert mended(content, kind) is content


@pytest.mark.parametrize("name", ["sheetjs.xls", "perl.xls", "gnumeric.xls"])
def test_a_stream_changes_in_its_place_and_nowhere_else(name: str) -> None:
    """Small streams lie in pieces of 64 bytes, others in sectors."""
    content = (HERE / name).read_bytes()
    before = ole2.streams_of(content, len(content))
    for own, stream in before.items():
        swapped = bytes(reversed(stream))
        after = ole2.streams_of(ole2.with_stream(content, own, swapped), len(content))
        assert after == {**before, own: swapped}


def test_a_stream_that_is_not_there_cannot_change() -> None:
    with pytest.raises(ole2.Broken):
        ole2.with_stream(xls(ROWS), "nothing", b"")


def test_the_mends_of_an_old_workbook_end_where_its_records_do() -> None:
    content = (HERE / "perl.xls").read_bytes()
    cut = ole2.with_stream(content, "workbook", ole2.streams_of(content, 700)["workbook"].ljust(4096, b"\xff"))
    assert isinstance(mended(cut, "xls"), bytes)
