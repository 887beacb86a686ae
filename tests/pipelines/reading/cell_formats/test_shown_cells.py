"""What a workbook says of cells beside their values: padded numbers, errors, formulas without a result, hidden rows."""

import re
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
import xlwt
from hypothesis import given
from hypothesis import strategies as st

from pipelines.parsing.numbers.numbers import parse_amounts, parse_counts
from pipelines.reading.cell_formats.ods_cells import is_padded, looks_of_ods
from pipelines.reading.cell_formats.shown_cells import Looks, with_looks
from pipelines.reading.cell_formats.xls_cells import looks_of_xlsb
from pipelines.reading.containers.number_formats import is_percent, mask_of, of_xlsx
from pipelines.reading.read_file import read_file
from schemas.sentences.note import Note
from tests.pipelines.reading.cell_formats.shown import TITLES, column, ods_with
from tests.pipelines.reading.workbooks.test_percent_cells import record, wide
from tests.support.workbooks import archive, changed, ods, xls, xlsx


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
