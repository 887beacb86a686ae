"""The currency that a cell's format names counts as one written beside the amount."""

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openpyxl
import polars as pl
import pytest
import xlwt
from odf import number, opendocument, style, table, text

from pipelines.parsing.numbers.numbers import parse_amounts, parse_averages
from pipelines.parsing.numbers.typed_cells import without_looks
from pipelines.reading.cell_formats.currency_formats import currency_mark
from pipelines.reading.read_file import read_file
from schemas.fields import BY_NAME
from tests.support.workbooks import xls, xlsx

FOREIGN = "CURRENCY_NOT_CONVERTIBLE"
NAMED = [
    ("[$€-2] #,##0.00", "EUR"),
    ("[$€-407]#,##0.00", "EUR"),
    ("#,##0.00 [$EUR]", "EUR"),
    ("#,##0.00\\ [$zł-415]", "PLN"),
    ('#,##0.00 "zł"', "PLN"),
    ('"€"#,##0', "EUR"),
    ("€ #,##0", "EUR"),
    ("#,##0.00\u00a0€", "EUR"),
    ("[$£-809]#,##0.00", "£"),
    ("_-* #,##0.00\\ [$€-1]_-;-* #,##0.00\\ [$€-1]_-", "EUR"),
    ('_("$"* #,##0.00_);_("$"* \\(#,##0.00\\)', "$"),
    ("[$$-409]#,##0.00", "$"),
    ("$#,##0.00_);[Red]($#,##0.00)", "$"),
    ("[Red][>100]-€0", "EUR"),
    ("#,##0.00\\ [$kr-41D]", "kr"),
    ('0.00 "kr."', "kr"),
    ("[$CHF-807] 0.00", "CHF"),
    ("[$¥-411]#,##0", "¥"),
    ("General\\ [$€-1]", "EUR"),
    ('#,##0,"k€"', "€"),
    ('#,##0.00 "€/month"', "€"),
    ('#,##0.00 "€ TTC"', "EUR"),
    ("[$BTC] 0.00", "BTC"),
]
UNNAMED = [
    "General",
    "#,##0.00",
    "[$-409]#,##0.00",
    "[$-F800]dddd",
    "0.00%",
    '0 "pcs"',
    "0.00E+00",
    "dd/mm/yyyy",
    "@",
    "00000",
]
UNNAMED += ['d "de" mmmm', "[h]:mm:ss", "[$-409]d-mmm-yy;@", '"€"', "_-* #,##0.00_-", "[Red]0.00", "(0)"]


@pytest.mark.parametrize(("code", "mark"), NAMED)
def test_a_format_names_its_currency(code: str, mark: str) -> None:
    assert currency_mark(code) == mark


@pytest.mark.parametrize("code", UNNAMED)
def test_a_format_without_a_currency_names_none(code: str) -> None:
    assert currency_mark(code) is None


def by_xlsxwriter(code: str, *numbers: float) -> bytes:
    def change(book: Any, sheet: Any) -> None:
        shown = book.add_format({"num_format": code})
        for row, value in enumerate(numbers, 1):
            sheet.write_number(row, 1, value, shown)

    return xlsx([["email", "total spent"], *[[f"a{row}@example.com", ""] for row in range(len(numbers))]], change)


def by_openpyxl(code: str, *numbers: float) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["email", "total spent"])
    for row, value in enumerate(numbers, 2):
        book.active.append([f"a{row}@example.com", value])
        book.active.cell(row, 2).number_format = code
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def by_xlwt(code: str, *numbers: float) -> bytes:
    def change(_: Any, sheet: Any) -> None:
        for row, value in enumerate(numbers, 1):
            sheet.write(row, 1, value, xlwt.easyxf(num_format_str=code))

    return xls([["email", "total spent"], *[[f"a{row}@example.com"] for row in range(len(numbers))]], change)


def by_odfpy(symbol: str, *numbers: float, attribute: str | None = None) -> bytes:
    book = opendocument.OpenDocumentSpreadsheet()
    shown = number.CurrencyStyle(name="N1")
    shown.addElement(number.Number(decimalplaces=2, minintegerdigits=1, grouping=True))
    shown.addElement(number.Text(text=" "))
    shown.addElement(number.CurrencySymbol(text=symbol))
    book.automaticstyles.addElement(shown)
    look = style.Style(name="ce1", family="table-cell", datastylename="N1")
    book.automaticstyles.addElement(look)
    sheet = table.Table(name="List")
    for row, value in enumerate(["total spent", *numbers]):
        line = table.TableRow()
        for cell in (f"a{row}@example.com" if row else "email", value):
            told = {"currency": attribute} if attribute else {"stylename": look}
            kind = {"valuetype": "currency" if attribute else "float", "value": cell, **told}
            made = table.TableCell(**({"valuetype": "string"} if isinstance(cell, str) else kind))
            made.addElement(text.P(text=str(cell)))
            line.addElement(made)
        sheet.addElement(line)
    book.spreadsheet.addElement(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def amounts(content: bytes, currency: str) -> list[Decimal | str | None]:
    sheet = read_file(content)
    assert sheet.typed["total spent"].all()
    parsed = parse_amounts(sheet.rows["total spent"], 2, "de-DE", sheet.typed["total spent"], currency)
    assert parsed.notes == ()
    return [fault or value for value, fault in zip(parsed.values, parsed.faults, strict=True)]


WRITERS = [by_xlsxwriter, by_openpyxl, by_xlwt, lambda _, *numbers: by_odfpy("€", *numbers)]
WRITERS += [lambda _, *numbers: by_odfpy("", *numbers, attribute="EUR")]


@pytest.mark.matrix(1)
@pytest.mark.parametrize("writer", WRITERS)
def test_euros_are_euros_in_the_workbooks_of_every_writer(writer: Callable[..., bytes]) -> None:
    content = writer("#,##0.00\\ [$€-407]", 10, -12.5, 1234.25)
    assert amounts(content, "EUR") == [Decimal(10), Decimal("-12.5"), Decimal("1234.25")]
    assert amounts(content, "USD") == [FOREIGN] * 3


@pytest.mark.parametrize("currency", ["USD", "CAD"])
def test_a_dollar_is_the_dollar_of_the_source(currency: str) -> None:
    content = by_xlsxwriter("[$$-409]#,##0.00", 10, 1.5)
    assert amounts(content, currency) == [10, Decimal("1.5")]
    assert amounts(content, "EUR") == [FOREIGN] * 2


def test_an_unknown_mark_of_money_is_no_amount_in_our_currency() -> None:
    assert amounts(by_openpyxl("[$BTC] 0.00", 10), "USD") == ["INVALID_NUMBER"]


def test_a_format_without_a_currency_changes_nothing() -> None:
    content = by_xlsxwriter("[$-409]#,##0.00", 10, 1.5)
    assert read_file(content).rows["total spent"].to_list() == ["10", "1.5"]
    assert amounts(content, "PLN") == [10, Decimal("1.5")]


@pytest.mark.parametrize("name", ["payment_count", "external_id", "phone", "postal_code", "payment_date", "company"])
def test_what_is_no_money_loses_the_currency_of_its_format(name: str) -> None:
    written, typed = pl.Series(["EUR 42", "$ -1.5", "€ 7", "#N/A", None]), pl.Series([True, True, False, True, False])
    assert without_looks(BY_NAME[name], written, typed).to_list() == ["42", "-1.5", "€ 7", "#N/A", None]


def test_averages_have_currencies_too() -> None:
    parsed = parse_averages(pl.Series(["EUR 1.2345", "3.5"]), None, pl.Series([True, True]), "USD")
    assert parsed.faults.to_list() == [FOREIGN, None]
