"""Formulas without a result, and errors, are told in every format of a workbook, and stand for no value."""

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine
import xlwt

from pipelines.models.sheet import Sheet
from pipelines.reading.cell_formats.shown_cells import NOT_COMPUTED
from pipelines.reading.containers.binary_records import binary_records
from pipelines.reading.read_file import read_file
from pipelines.reading.workbooks.repairs import long_cells
from schemas.sentences.note import Note
from tests.pipelines.reading.cell_formats.shown import TITLES, column, ods_with
from tests.pipelines.reading.workbooks.test_percent_cells import record
from tests.support.workbooks import archive, changed, openpyxl_xlsx, xls, xlsx


def codes(sheet: Sheet) -> list[str]:
    return [note.code for note in sheet.warnings]


@pytest.mark.rule("PIT-57")
def test_a_formula_that_nobody_computed_is_told_and_stands_for_an_error() -> None:
    """openpyxl 3.1 stores formulas without a result."""
    content = openpyxl_xlsx([TITLES, ["a@x.fr", "A", "=1+1", 1], ["b@x.fr", "B", 5, 1], ["c@x.fr", '="C"&"c"', 5, 1]])
    sheet = read_file(content)
    assert sheet.rows["total"].to_list() == [NOT_COMPUTED, "5", "5"]
    assert sheet.rows["name"][2] == NOT_COMPUTED
    assert codes(sheet) == ["FORMULA_NOT_COMPUTED"]
    assert sheet.warnings == (Note("FORMULA_NOT_COMPUTED", found=2, header="total", row=2),)


@pytest.mark.slow
def test_zeros_of_a_workbook_that_is_computed_on_load_are_no_results() -> None:
    """XlsxWriter 3.3 stores 0 for every formula without a value and asks the spreadsheet to compute."""

    def change(_: Any, sheet: Any) -> None:
        for row in (1, 2):
            sheet.write_string(row, 0, f"{row}@x.fr")
            sheet.write_formula(row, 1, '="A"&"b"')
            sheet.write_formula(row, 2, "=10*2")
            sheet.write_formula(row, 3, "=2-2", None, 0)
        sheet.write_formula(2, 3, "=2-1", None, 1)

    content = xlsx([TITLES], change)
    assert column(content, "total") == [(NOT_COMPUTED, True), (NOT_COMPUTED, True)]
    assert column(content, "name") == [(NOT_COMPUTED, True), (NOT_COMPUTED, True)]
    assert column(content, "count") == [("0", True), ("1", True)], "a column with a result has been computed"
    computed = changed(content, "xl/workbook.xml", lambda text: text.replace(b' fullCalcOnLoad="1"', b""))
    assert column(computed, "total") == [("0", True), ("0", True)]
    assert column(computed, "name") == [(NOT_COMPUTED, True)] * 2, "a formula that joins text gives no 0"


def test_empty_text_is_a_result() -> None:
    """Excel writes the type of an empty text (`t="str"`)."""
    content = openpyxl_xlsx([TITLES, ["a@x.fr", "A", '=IF(1,"","x")', 1]])
    typed = changed(content, "xl/worksheets/sheet1.xml", lambda text: text.replace(b'"C2"><f>', b'"C2" t="str"><f>'))
    assert typed != content
    assert column(typed, "total") == [("", False)]
    assert codes(read_file(typed)) == []


def test_a_form_full_of_formulas_below_its_rows_has_no_more_rows() -> None:
    rows = [TITLES, ["a@x.fr", "A", 5, 1], *[["", "", "=C1*2", "=1+1"] for _ in range(50)]]
    assert read_file(openpyxl_xlsx(rows)).rows.height == 1
    made = xlsx(rows[:2], lambda _, sheet: [sheet.write_formula(row, 2, "=1*2") for row in range(2, 52)] and None)
    assert read_file(made).rows.height == 1


def xls_formula(result: bytes | None = None, flags: int = 0) -> bytes:
    """An xls with two formulas: xlwt stores a blank result and no flags; others store 0 and a flag."""

    def change(_: Any, sheet: Any) -> None:
        sheet.write(1, 2, xlwt.Formula("C3*2"))
        sheet.write(1, 1, xlwt.Formula('"A"&"b"'))

    content = xls([TITLES, ["a@x.fr", "", "", 1], ["b@x.fr", "B", 5, 1]], change)
    blank = struct.pack("<QH", 0xFFFF000000000003, 0)
    assert content.count(blank) == 2
    return content if result is None else content.replace(blank, result + struct.pack("<H", flags))


def test_formulas_of_an_xls_that_nobody_computed_are_told() -> None:
    assert column(xls_formula(), "total") == [(NOT_COMPUTED, True), ("5", True)], "xlwt 1.3.0"
    assert column(xls_formula(bytes(8), 3), "total") == [(NOT_COMPUTED, True), ("5", True)], "Perl's and PHP's writers"
    assert column(xls_formula(bytes(8), 2), "total") == [(NOT_COMPUTED, True), ("5", True)], "Apache POI, JExcelApi"


def test_formulas_of_an_xls_that_somebody_computed_have_results() -> None:
    assert column(xls_formula(bytes(8), 1), "total") == [("0", True), ("5", True)]
    assert column(xls_formula(bytes(8), 1), "name") == [(NOT_COMPUTED, True), ("B", False)], "joined text is no 0"
    assert column(xls_formula(struct.pack("<d", 7.5), 2), "total") == [("7.5", True), ("5", True)]


@pytest.mark.matrix(2)
@pytest.mark.rule("PIT-57")
@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (b'<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" xmlns:c="urn:'
         b'org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" c:value-type="error">'
         b"<text:p>#DIV/0!</text:p>"
         b"</table:table-cell>", "#DIV/0!"),
        (b'<table:table-cell table:formula="of:=x()" office:value-type="float" office:value="0"><text:p>#NAME?</text:p>'
         b"</table:table-cell>", "#NAME?"),
        (b'<table:table-cell table:formula="of:=(" office:value-type="float" office:value="0"><text:p>Err:508</text:p>'
         b"</table:table-cell>", "#Err:508"),
        (b'<table:table-cell table:formula="of:=1+1"/>', NOT_COMPUTED),
        (b'<table:table-cell table:formula="of:=1+1" office:value-type="float"/>', NOT_COMPUTED),
        (b'<table:table-cell table:formula="of:=[.A1]&amp;1" office:value-type="float" office:value="0"/>',
         NOT_COMPUTED),
        (b'<table:table-cell table:formula="of:=2-2" office:value-type="float" office:value="0"/>', "0"),
    ],
)  # fmt: skip
def test_formulas_of_an_open_document_that_failed_or_were_not_computed_are_told(cell: bytes, text: str) -> None:
    assert column(ods_with(cell), "total") == [(text, True), ("5", True)]
    told = {NOT_COMPUTED: ["FORMULA_NOT_COMPUTED"], "0": []}.get(text, ["ERROR_CELLS"])
    assert codes(read_file(ods_with(cell))) == told


def test_text_that_looks_like_an_error_is_text_in_an_open_document() -> None:
    content = ods_with(b'<table:table-cell office:value-type="string"><text:p>#N/A</text:p></table:table-cell>')
    assert column(content, "total")[0] == ("#N/A", False)


REAL, TOTALS = 5, struct.pack("<I", 7)
"""The kind of record of a number in an xlsb, and the column of the totals in it."""


def with_totals(kind: int, result: bytes) -> bytes:
    """The list that SheetJS wrote as xlsb, each total the record of a formula or of an error instead."""
    content = (Path(__file__).parents[3] / "writers" / "sheetjs.xlsb").read_bytes()

    def formulas(part: bytes) -> bytes:
        told = list(binary_records(long_cells(part) or part))
        return b"".join(
            record(kind, data[:8] + result) if each == REAL and data[:4] == TOTALS else record(each, data)
            for each, data in told
        )

    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts: dict[str, bytes | str] = {name: book.read(name) for name in book.namelist()}
    part = parts["xl/worksheets/sheet1.bin"]
    assert isinstance(part, bytes)
    return archive(parts | {"xl/worksheets/sheet1.bin": formulas(part)})


@pytest.mark.rule("PIT-57")
@pytest.mark.parametrize("kind", [3, 11])
def test_errors_of_an_xlsb_are_errors_as_in_an_xlsx(kind: int) -> None:
    sheet = read_file(with_totals(kind, b"\x2a" + (bytes(10) if kind == 11 else b"")))
    assert sheet.rows["Total spent"].to_list()[:2] == ["#N/A", "#N/A"]
    assert "ERROR_CELLS" in codes(sheet)


def test_errors_of_formulas_of_an_xlsb_are_still_needed_to_be_mended() -> None:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(with_totals(11, b"\x2a" + bytes(10))))
    assert book.get_sheet_by_index(0).to_python()[1][7] == "", "python-calamine 0.9.1: a blank"


@pytest.mark.parametrize(
    ("kind", "result", "found"),
    [
        (9, bytes(8) + b"\x02\x00", NOT_COMPUTED),
        (9, bytes(8) + b"\x00\x00", "0"),
        (9, struct.pack("<d", 12.5) + b"\x02\x00", "12.5"),
        (8, bytes(4) + b"\x02\x00", NOT_COMPUTED),
    ],
)
def test_formulas_of_an_xlsb_that_wait_to_be_computed_have_no_result(kind: int, result: bytes, found: str) -> None:
    sheet = read_file(with_totals(kind, result + bytes(8)))
    assert sheet.rows["Total spent"].to_list()[:2] == [found, found]
    assert ("FORMULA_NOT_COMPUTED" in codes(sheet)) == (found == NOT_COMPUTED)


def test_names_of_tables_and_formulas_come_from_this_sheet_alone() -> None:
    book = openpyxl.Workbook()
    book.active.append(["email"])
    book.active.append(["a@x.fr"])
    book.create_sheet("Other").append(["name", "=1+1"])
    out = io.BytesIO()
    book.save(out)
    assert codes(read_file(out.getvalue())) == ["OTHER_SHEETS"]
