"""What a workbook says of cells beside their values: padded numbers, errors, formulas without a result, hidden rows."""

import io
import re
import struct
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
import python_calamine
import xlwt
from hypothesis import given
from hypothesis import strategies as st

from pipelines.models.sheet import Sheet
from pipelines.parsing.numbers.numbers import parse_amounts, parse_counts
from pipelines.reading.cell_formats.ods_cells import is_padded, looks_of_ods
from pipelines.reading.cell_formats.shown_cells import NOT_COMPUTED, Looks, with_looks
from pipelines.reading.cell_formats.xls_cells import looks_of_xlsb
from pipelines.reading.containers.binary_records import binary_records
from pipelines.reading.containers.number_formats import is_percent, mask_of, of_xlsx
from pipelines.reading.read_file import read_file
from pipelines.reading.workbooks.repairs import long_cells
from schemas.sentences.note import Note
from tests.pipelines.reading.workbooks.test_percent_cells import record, wide
from tests.support.workbooks import archive, changed, ods, openpyxl_xlsx, xls, xlsx

TITLES = ["email", "name", "total", "count"]


def codes(sheet: Sheet) -> list[str]:
    return [note.code for note in sheet.warnings]


def column(content: bytes, title: str) -> list[tuple[str, bool]]:
    sheet = read_file(content)
    rows = sheet.rows[title]
    return list(zip(rows, sheet.typed.get(title, pl.repeat(False, len(rows), eager=True)), strict=True))


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ("000000", "42", "000042"),
        ("00000", "75001", "75001"),
        ("00000", "1234567", "1234567"),
        ("00000;-00000", "42", "00042"),
        ("00\\-000", "950", "00-950"),
        ("00-000", "950", "00-950"),
        ("00000-0000", "10010001", "01001-0001"),
        ('"C-"0000', "7", "C-0007"),
        ("0# ## ## ## ##", "612345678", "06 12 34 56 78"),
        ('0#" "##" "##" "##" "##', "612345678", "06 12 34 56 78"),
        ("[$-40C]00000", "1000", "01000"),
        ("[Red]000", "7", "007"),
        ("(000) 000", "12034", "(012) 034"),
        ("00_)", "5", "05"),
    ],
)
def test_a_format_of_zeros_pads_as_spreadsheets_do(code: str, number: str, shown: str) -> None:
    mask = mask_of(code)
    assert mask is not None
    assert mask.shown(number) == shown


@pytest.mark.parametrize(
    "code",
    [
        "General",
        "0",
        '0 "pcs"',
        "0.00",
        "#,##0",
        "0,000",
        "#,##0.00 €",
        "0%",
        "00%",
        "0.00E+00",
        "##0",
        "# ?/?",
        "dd/mm/yyyy",
        "yyyy-mm-dd",
        "hh:mm",
        "[h]:mm",
        "[<=9999]0000;00000",
        "@",
        '""',
        "$0000",
        "",
        '_-* #,##0.00\\ "€"_-',
    ],
)
def test_any_other_format_pads_nothing(code: str) -> None:
    assert mask_of(code) is None


@given(st.text('0#-"\\ [];,.%_*$', max_size=12), st.integers(0, 10**12))
def test_whatever_a_format_shows_has_the_numbers_digits(code: str, number: int) -> None:
    mask = mask_of(code)
    if mask is not None:
        digits = re.sub(r"\D", "", mask.shown(str(number)))
        assert str(number) in digits


@pytest.mark.rule("PIT-60")
@pytest.mark.parametrize(
    ("code", "percent"), [("0%", True), ("0.0 %", True), ('0" % of all"', False), ("0\\%", False), ("0", False)]
)
def test_a_format_shows_percents_where_the_sign_is_no_text(code: str, percent: bool) -> None:
    assert is_percent(code) == percent


def test_a_style_without_a_format_has_the_first_one() -> None:
    """excel4node 1.8.2 writes its first style without numFmtId; ECMA-376, part 1, 18.8.45."""
    styles = (
        b'<styleSheet xmlns="x"><numFmts><numFmt numFmtId="164" formatCode="0%"/></numFmts><cellXfs><xf fontId="0"/>'
    )
    assert of_xlsx(styles + b'<xf numFmtId="164"/><xf numFmtId="9"/></cellXfs></styleSheet>') == ("General", "0%", "0%")
    assert of_xlsx(b"no xml") == ()


def padded_xlsx(code: str, *numbers: float) -> bytes:
    def change(book: Any, sheet: Any) -> None:
        look = book.add_format({"num_format": code})
        for row, number in enumerate(numbers, 1):
            sheet.write_string(row, 0, f"{row}@x.fr")
            sheet.write_number(row, 2, number, look)

    return xlsx([TITLES], change)


def padded_xls(code: str, *numbers: float) -> bytes:
    def change(_: Any, sheet: Any) -> None:
        for row, number in enumerate(numbers, 1):
            sheet.write(row, 0, f"{row}@x.fr")
            sheet.write(row, 2, number, xlwt.easyxf(num_format_str=code))

    return xls([TITLES], change)


@pytest.mark.rule("PIT-54", "PIT-55")
@pytest.mark.parametrize("made", [padded_xlsx, padded_xls])
def test_padded_numbers_are_read_as_they_are_shown(made: Callable[..., bytes]) -> None:
    assert column(made("000000", 42, 120046, 1.5), "total") == [("000042", True), ("120046", True), ("1.5", True)]
    assert column(made("00-000", 950, 0), "total") == [("00-950", False), ("00-000", False)]


def test_padded_numbers_of_an_open_document_are_read_as_its_cells_show_them() -> None:
    cell = b'<table:table-cell office:value-type="float" office:value="950"/>'
    shown = cell[:-2] + b"><text:p>%b</text:p></table:table-cell>"
    for text, read in ((b"00950", "00950"), (b"00-950", "00-950"), (b"950", "950"), (b"950.00", "950")):
        content = changed(
            ods([TITLES, ["a@x.fr", "A", 950]]), "content.xml", lambda xml, t=text: xml.replace(cell, shown % t)
        )
        assert column(content, "total") == [(read, True)], text


@pytest.mark.parametrize(
    ("value", "shown", "padded"),
    [
        ("42", "000042", True),
        ("612345678", "06 12 34 56 78", True),
        ("12345", "12-345", True),
        ("12345", "12 345", False),
        ("12345", "12\u202f345", False),
        ("12345", "12,345", False),
        ("5", "5", False),
        ("0", "0", False),
        ("0", "000", True),
        ("5", "5 €", False),
        ("5", "06", False),
        ("5", "", False),
    ],
)
def test_zeros_and_signs_pad_but_groups_of_thousands_do_not(value: str, shown: str, padded: bool) -> None:
    assert is_padded(value, shown) == padded


def test_padded_amounts_and_counts_are_the_numbers_they_are() -> None:
    text, typed = pl.Series(["0042", "0005", "1200"]), pl.Series([True, True, True])
    assert parse_amounts(text, 2, None, typed).values.to_list() == [Decimal(42), Decimal(5), Decimal(1200)]
    assert parse_counts(text, None, typed).values.to_list() == [42, 5, 1200]


@pytest.mark.rule("PIT-57")
def test_a_formula_that_nobody_computed_is_told_and_stands_for_an_error() -> None:
    """openpyxl 3.1 stores formulas without a result."""
    content = openpyxl_xlsx([TITLES, ["a@x.fr", "A", "=1+1", 1], ["b@x.fr", "B", 5, 1], ["c@x.fr", '="C"&"c"', 5, 1]])
    sheet = read_file(content)
    assert sheet.rows["total"].to_list() == [NOT_COMPUTED, "5", "5"]
    assert sheet.rows["name"][2] == NOT_COMPUTED
    assert codes(sheet) == ["FORMULA_NOT_COMPUTED"]
    assert sheet.warnings == (Note("FORMULA_NOT_COMPUTED", found=2, header="total", row=2),)


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


def ods_with(cell: bytes) -> bytes:
    blank = b"<table:table-cell/>"
    return changed(ods([TITLES, ["a@x.fr", "A", "", 1], ["b@x.fr", "B", 5, 1]]), "content.xml",
                   lambda text: text.replace(blank, cell, 1))  # fmt: skip


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


def hidden_ods() -> bytes:
    return changed(
        ods([TITLES, ["a@x.fr"], ["b@x.fr"], ["c@x.fr"]]),
        "content.xml",
        lambda text: text.replace(b"<table:table-row", b"<table:table-row table:visibility='visible'", 1)
        .replace(b"<table:table-row>", b'<table:table-row table:visibility="collapse">', 1)
        .replace(b"<table:table-row>", b'<table:table-row table:visibility="filter">', 1)
        .replace(b"</table:table>", b'<table:table-row table:visibility="collapse" table:number-rows-repeated="9">'
                 b"<table:table-cell/></table:table-row></table:table>"),
    )  # fmt: skip


def hidden_xls() -> bytes:
    def change(_: Any, sheet: Any) -> None:
        sheet.row(1).hidden = sheet.row(2).hidden = True

    return xls([TITLES, ["a@x.fr"], ["b@x.fr"], ["c@x.fr"]], change)


@pytest.mark.rule("PIT-58")
@pytest.mark.parametrize("content", [hidden_ods(), hidden_xls()])
def test_hidden_rows_are_told_in_xls_and_ods_too(content: bytes) -> None:
    sheet = read_file(content)
    assert sheet.rows.height == 3
    assert Note("HIDDEN_ROWS", found=2) in sheet.warnings


def test_an_xlsb_tells_its_padded_numbers_and_hidden_rows() -> None:
    styles = record(44, struct.pack("<H", 164) + wide("00000")) + record(617, bytes(4))
    styles += record(47, bytes(16)) + record(47, struct.pack("<HH", 0, 164) + bytes(12)) + record(618, b"")
    head = struct.pack("<IIHB", 6, 0, 300, 0)
    sheet = record(0, head + b"\x10") + record(5, struct.pack("<II", 2, 1) + bytes(8)) + record(0, head + b"\x00")
    content = archive(
        {
            "xl/workbook.bin": record(156, bytes(8) + wide("rId7") + wide("List")),
            "xl/_rels/workbook.bin.rels": '<Relationships><Relationship Id="rId7" Target="worksheets/sheet1.bin"/>'
            "</Relationships>",
            "xl/styles.bin": styles,
            "xl/worksheets/sheet1.bin": sheet,
        }
    )
    looks = looks_of_xlsb(content, "List")
    assert looks.hidden_rows == 1
    assert [(place, rows) for (place, _), rows in looks.masked.items()] == [(2, [6])]
    assert looks_of_xlsb(content, "Other") == Looks()


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


def test_looks_beyond_the_cells_that_were_read_change_nothing() -> None:
    cells = pl.DataFrame({"text 0": ["a"]})
    mask = mask_of("00")
    assert mask
    looks = Looks({(0, mask): [0, 9], (7, mask): [0]}, {(9, 0): "x", (0, 7): "x"}, {(9, 0), (0, 9)})
    assert with_looks(cells, looks).equals(cells)


def test_repeated_cells_and_rows_all_have_their_look() -> None:
    cell = b'<table:table-cell table:formula="of:=1+1" table:number-columns-repeated="2"/>'
    content = changed(
        ods_with(cell), "content.xml", lambda t: re.sub(rb"<table:table-row>(?=(?:(?!</table:table-row>).)*of:=1)",
        b'<table:table-row table:number-rows-repeated="2">', t))  # fmt: skip
    assert looks_of_ods(content, "List").not_computed == {(1, 2), (1, 3), (2, 2), (2, 3)}
    assert looks_of_ods(content, "Other") == Looks()


def test_names_of_tables_and_formulas_come_from_this_sheet_alone() -> None:
    book = openpyxl.Workbook()
    book.active.append(["email"])
    book.active.append(["a@x.fr"])
    book.create_sheet("Other").append(["name", "=1+1"])
    out = io.BytesIO()
    book.save(out)
    assert codes(read_file(out.getvalue())) == ["OTHER_SHEETS"]
