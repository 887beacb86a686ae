"""Cells shown in percent, told in every format: their numbers are a hundredth of what people see."""

import struct
from typing import Any

import pytest
import xlwt
from hypothesis import given
from hypothesis import strategies as st

from pipelines.reading.read_file import read_file
from pipelines.reading.workbooks.percent_cells import in_ods, in_xls, in_xlsb
from schemas.sentences.note import Note
from tests.support.workbooks import archive, changed, ods, xls, xlsx

LIST: list[list[Any]] = [["email", "name", "total", "share"], ["a@x.fr", "Zoé", 10, ""], ["b@x.fr", "Max", 20, ""]]


def in_percent(book: Any, sheet: Any) -> None:
    percent = book.add_format({"num_format": "0.0 %"})
    for row in (1, 2):
        sheet.write_number(row, 3, 0.07, percent)


def in_percent_of_xls(book: Any, sheet: Any) -> None:
    style = xlwt.easyxf(num_format_str='0.0" of "%')
    sheet.write(1, 3, 0.075, style)
    sheet.write(2, 3, 7, style)
    sheet.write(3, 3, 0.5, xlwt.easyxf(num_format_str='0" % of all"'))


def ods_in_percent() -> bytes:
    blank, shown = b"<table:table-cell/>", b'<table:table-cell office:value-type="percentage" office:value="0.07"/>'
    return changed(ods(LIST), "content.xml", lambda text: text.replace(blank, shown))


@pytest.mark.rule("PIT-60")
@pytest.mark.parametrize("content", [xlsx(LIST, in_percent), xls(LIST, in_percent_of_xls), ods_in_percent()])
def test_cells_in_percent_are_told_with_the_first_ones_title(content: bytes) -> None:
    assert Note("PERCENT_CELLS", found=2, header="share") in read_file(content).warnings


@pytest.mark.parametrize("content", [xlsx(LIST), xls(LIST), ods(LIST)])
def test_other_numbers_are_not_told(content: bytes) -> None:
    assert "PERCENT_CELLS" not in [note.code for note in read_file(content).warnings]


def record(kind: int, data: bytes) -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(data)]) + data


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb() -> bytes:
    """The parts of a binary workbook that tell its percents: style 1 has a format of its own, style 0 none."""
    style = struct.pack("<HH", 0, 164) + bytes(12)
    styles = record(44, struct.pack("<H", 164) + wide("0.0%")) + record(47, style)
    styles += record(617, bytes(4)) + record(47, bytes(16)) + record(47, style) + record(618, b"")
    cells = [(2, 0), (3, 1), (30, 1)]
    sheet = b"".join(record(5, struct.pack("<II", column, used) + bytes(8)) for column, used in cells)
    return archive(
        {
            "xl/workbook.bin": record(156, bytes(8) + wide("rId7") + wide("List")),
            "xl/_rels/workbook.bin.rels": '<Relationships><Relationship Id="rId7" Target="worksheets/sheet1.bin"/>'
            "</Relationships>",
            "xl/styles.bin": styles,
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


@pytest.mark.rule("PIT-60")
def test_a_binary_workbook_tells_them_too() -> None:
    assert in_xlsb(xlsb(), "List") == (2, "D")
    assert in_xlsb(xlsb(), "Other") == (0, "")


@pytest.mark.parametrize(("content", "found"), [(xls(LIST, in_percent_of_xls), in_xls), (ods_in_percent(), in_ods)])
def test_another_sheet_has_none(content: bytes, found: Any) -> None:
    assert found(content, "Other") == (0, "")


@given(st.binary(max_size=80))
def test_parts_that_are_cut_off_tell_what_they_have(part: bytes) -> None:
    damaged = archive({"xl/workbook.bin": part, "xl/_rels/workbook.bin.rels": part, "xl/styles.bin": part})
    assert in_xlsb(damaged, "List") == (0, "")
