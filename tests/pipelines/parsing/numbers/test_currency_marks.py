"""Signs, parentheses and currency marks around an amount: read at the edges only, never guessed (PIT-21)."""

import pytest

from pipelines.parsing.numbers.currency_marks import currency_marks, read_mark
from pipelines.parsing.numbers.numbers import parse_amounts, parse_averages
from tests.pipelines.parsing.numbers.test_numbers import told
from tests.support.factories import texts


def amounts(*written: str | None, currency: str | None = None, locale: str | None = None) -> list[str | None]:
    """What each cell is read as: a number without trailing zeros, or the code of its fault."""
    return told(parse_amounts(texts(*written), 2, locale, currency=currency))


@pytest.mark.rule("PIT-21")
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("€ 12,50", "12.5"),
        ("€12.50", "12.5"),
        ("12,50 €", "12.5"),
        ("12,50€", "12.5"),
        ("1 234,56 zł", "1234.56"),
        ("1\u202f234,56\u00a0€", "1234.56"),
        ("PLN 1.234,56", "1234.56"),
        ("1,234.56 usd", "1234.56"),
        ("US$ 5", "5"),
        ("$1,190.00 AUD", "1190"),
        ("R$60,00", "60"),
        ("Fr. 12.50", "12.5"),
        ("Fr.12.50", "12.5"),
        ("Rs.500", "500"),
        ("Rs. .50", "0.5"),
        ("$.75", "0.75"),
        ("₽ 7362", "7362"),
        ("1 500 F CFA", "1500"),
        ("12 euros", "12"),
        ("12,00-", "-12"),
        ("12.00- €", "-12"),
        ("12,00 €-", "-12"),
        ("\u221212,00", "-12"),
        ("–12,00 €", "-12"),
        ("-€12.00", "-12"),
        ("€ -12.00", "-12"),
        ("CHF-12.00", "-12"),
        ("- 12", "-12"),
        ("+ 12 €", "12"),
        ("(12,00)", "-12"),
        ("(€ 1.234,00)", "-1234"),
        ("$(1,234.50)", "-1234.5"),
        ("(12.00) $", "-12"),
        ("1.234,-", "1234"),
        ("12,-", "12"),
        ("12.–", "12"),
        ("12,-- €", "12"),
        ("50,- Kč", "50"),
        ("-1.234,- kr", "-1234"),
        ("12€50", "12.5"),
        ("1.837, 32 €", "1837.32"),
    ],
)
def test_what_stands_at_the_edges_of_an_amount_is_read(written: str, read: str) -> None:
    assert amounts(written) == [read]
    assert told(parse_averages(texts(written), None)) == [read]


@pytest.mark.rule("PIT-21")
@pytest.mark.parametrize(
    "written",
    [
        "Price: $1,234.56",
        "12 k€",
        "12k",
        "1.5M",
        "3 Mio €",
        "12 TEUR",
        "12.00 CR",
        "12.00 DR",
        "12 %",
        "12%",
        "5 pcs",
        "10 € HT",
        "approx 12",
        "205,68 € 205.68",
        "12 - 15",
        "12-15",
        "12+",
        "12 -",
        "-12-",
        "(-12)",
        "(12",
        "12)",
        "--12",
        "$..75",
        "$.75,333",
        "EUR.75",
        "EUR - 12",
        "36, 24",
        "50 cents",
        "12 ct",
        "12²",
        "1½",
        "€",
        "1_000 €",
        "12\n13",
        "٥ €",
    ],
)
def test_an_amount_with_anything_else_beside_it_is_refused_never_misread(written: str) -> None:
    assert amounts(written, "0.50") == ["INVALID_NUMBER", "0.5"]


@pytest.mark.rule("PIT-21")
@pytest.mark.parametrize(
    ("currency", "written"),
    [
        ("USD", "12 €"),
        ("EUR", "$12"),
        ("PLN", "12 EUR"),
        ("EUR", "12 zł"),
        ("USD", "£ 12"),
        ("USD", "AU$ 12"),
        ("EUR", "12 DEM"),
        ("AUD", "$12 CAD"),
        (None, "12 € USD"),
    ],
)
def test_a_mark_of_another_currency_than_the_columns_is_refused(currency: str | None, written: str) -> None:
    assert amounts(written, "12", currency=currency) == ["CURRENCY_NOT_CONVERTIBLE", "12"]


@pytest.mark.rule("PIT-21")
@pytest.mark.parametrize(
    ("currency", "written"),
    [
        ("EUR", "12 €"),
        ("AUD", "$12"),
        ("CAD", "C$12"),
        ("PLN", "12 zl"),
        ("GBP", "£12"),
        ("SEK", "12 kr"),
        ("NOK", "12 kr."),
        ("JPY", "¥12"),
        ("CHF", "12 SFr."),
        ("SGD", "SGD12 $"),
    ],
)
def test_a_mark_that_several_currencies_share_fits_each_of_them(currency: str, written: str) -> None:
    assert amounts(written, currency=currency) == ["12"]


@pytest.mark.parametrize(
    ("currency", "written"),
    [
        ("USD", "12.50 (USD)"),
        ("USD", "$12.50 (US)"),
        ("USD", "$12.50 U.S."),
        ("USD", "US$ 12.50"),
        ("EUR", "12,50 EUR TTC"),
        ("EUR", "12,50 € TTC"),
        ("EUR", "12,50 TTC"),
        ("PLN", "12,50 zł brutto"),
        ("GBP", "£12.50 incl. VAT"),
        ("EUR", "12,50 € (TTC)"),
    ],
)
def test_a_mark_in_brackets_and_the_words_of_taxes_are_no_part_of_the_number(currency: str, written: str) -> None:
    assert amounts(written, currency=currency) == ["12.5"]
    assert amounts("(12.50)", "12.50 HT", "12.50 (x)", currency=currency) == ["-12.5", *["INVALID_NUMBER"] * 2]


def test_a_foreign_mark_decides_nothing_else_about_its_row() -> None:
    assert amounts("1,234 €", "5 zł", currency="PLN") == ["CURRENCY_NOT_CONVERTIBLE", "5"]


def test_no_mark_could_be_a_scale_or_the_side_of_an_account() -> None:
    assert not {"k", "m", "t", "g", "cr", "dr", "db", "%", "ct", "k€", "mio"} & set(currency_marks())
    assert read_mark("zł") == {"PLN"}
    assert read_mark("USD $") == {"USD"}
