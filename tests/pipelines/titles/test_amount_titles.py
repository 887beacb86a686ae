"""What titles say of amounts: the currency and the unit, in every usual way of writing, and words that say neither."""

import pytest

from pipelines.errors import FileRefused
from pipelines.mapping.map_columns import map_columns
from pipelines.titles.amount_titles import read_amount_title
from pipelines.validation.validate import ValidationResult
from schemas.profiles import PROFILES
from tests.support.factories import codes_by_row, terms, validated

CUSTOMERS = PROFILES["askusers"]


@pytest.mark.rule("PIT-107")
@pytest.mark.parametrize(
    ("title", "currency"),
    [
        ("Total (EUR)", "EUR"),
        ("Montant €", "EUR"),
        ("Kwota (zł)", "PLN"),
        ("Kwota w zł", "PLN"),
        ("total spent ₹", "INR"),
        ("Total (SGD)", "SGD"),
        ("Valor R$", "BRL"),
        ("Umsatz Fr.", "CHF"),
        ("Umsatz (sFr.)", "CHF"),
        ("Total A$", "AUD"),
        ("Total (NZ$)", "NZD"),
        ("Total US $", "USD"),
        ("Total in US dollars", "USD"),
        ("total_spent_usd", "USD"),
        ("total_eur_gross", "EUR"),
        ("Total (EUR TTC)", "EUR"),
        ("Total (incl. VAT, EUR)", "EUR"),
        ("Total [GBP]", "GBP"),
        ("Celkem (Kč)", "CZK"),
        ("Összeg (Ft)", "HUF"),
        ("Total (د.إ)", "AED"),
        ("Valor (reais)", "BRL"),
        ("Total MAD", "MAD"),
    ],
)
def test_a_title_may_name_the_currency_of_its_amounts(title: str, currency: str) -> None:
    assert read_amount_title(title).currencies == {currency}


@pytest.mark.parametrize(
    "title",
    [
        *("Total", "Nom", "Total du client", "Payment dt", "Peso totale", "Valor real", "Total (km)", "Total (FR)"),
        *("TOTAL ALL", "Total (ALL)", "Top spend", "total mad", "Cup size", "Franc de port", "Montant le plus grand"),
    ],
)
def test_words_that_are_no_currency_in_a_title_name_none(title: str) -> None:
    assert read_amount_title(title).currencies is None


@pytest.mark.rule("PIT-107")
def test_a_sign_that_several_currencies_share_is_the_sources_or_none() -> None:
    crowns, dollars = read_amount_title("Belopp (kr)"), read_amount_title("Total ($)")
    assert [crowns.currency(own) for own in ("SEK", "NOK", "USD")] == ["SEK", "NOK", None]
    assert [dollars.currency(own) for own in ("USD", "CAD", "EUR")] == ["USD", "CAD", None]
    assert read_amount_title("Total (EUR / USD)").currency("EUR") is None


@pytest.mark.rule("PIT-107")
@pytest.mark.parametrize(
    ("title", "shift"),
    [
        *((title, 3) for title in ("Turnover ($'000)", "Turnover ($’000)", "Total spent (000)", "Total (000s)")),
        *((title, 3) for title in ("Umsatz (TEUR)", "Umsatz T€", "CA (k€)", "CA k€", "Revenue KUSD", "Total EURk")),
        *((title, 3) for title in ("Total (k)", "Spend $K", "Omsättning tkr", "Revenue £000s", "Total (USD '000)")),
        *((title, 3) for title in ("Revenue in thousands", "Umsatz (in Tsd.)", "Umsatz Tsd. €", "Obroty w tys. zł")),
        *(
            (title, 3)
            for title in ("CA en milliers", "CA en milliers d'euros", "Gasto (miles de euros)", "Gasto en miles")
        ),
        *((title, 3) for title in ("Fatturato (migliaia di euro)", "Omzet in duizenden", "Total (milhares de euros)")),
        *((title, 3) for title in ("Umsatz in 1.000 €", "Umsatz (1.000 €)", "Total (x1000)", "Total × 1 000")),
        *((title, 3) for title in ("Total in thousands of US dollars", "All in thousands (total)")),
        *((title, 6) for title in ("CA (M€)", "Revenue €m", "Revenue (USD m)", "Umsatz Mio. €", "Obroty (mln PLN)")),
        *((title, 6) for title in ("Total (000,000)", "Total in millions", "Omsättning (Mkr)", "Total (MEUR)")),
        *((title, 9) for title in ("Total in billions", "Umsatz (Mrd. €)", "Total (USD bn)")),
        *((title, 5) for title in ("Total (Rs. in lakhs)",)),
        *((title, 7) for title in ("Total (₹ crore)",)),
        *((title, "minor") for title in ("amount_cents", "amountInCents", "Betrag in Cent", "Kwota w groszach")),
        *(
            (title, 0)
            for title in ("Total", "Total miles", "Top 1000 customers", "Total (FR)", "Kr. total", "Time", "KTM")
        ),
        *((title, 0) for title in ("Percent", "Total TRY", "Total MXN", "Total KES", "Telefon (000 000 000)")),
    ],
)
def test_a_title_may_name_the_unit_of_its_amounts(title: str, shift: object) -> None:
    assert read_amount_title(title).shift == shift


@pytest.mark.rule("PIT-107")
@pytest.mark.parametrize(
    "title", ["Total spent (M)", "Total spent (T)", "Total spent (mm)", "Total spent (hundreds of thousands)"]
)
def test_a_letter_that_may_be_a_unit_refuses_the_file(title: str) -> None:
    for told in ({}, {title: "total_spent"}):
        with pytest.raises(FileRefused) as refused:
            map_columns(["Email", "Name", title], CUSTOMERS, explicit=told)
        assert refused.value.reason.code == "UNCLEAR_UNIT"


def list_of(title: str, *amounts: str, base: str = "USD", locale: str | None = "en") -> ValidationResult:
    rows = "".join(f"c{place}@example.com;Customer {place};{amount}\n" for place, amount in enumerate(amounts))
    return validated(f"Email;Name;{title}\n{rows}", terms("askusers", locale, base_currency=base))


def totals(validation: ValidationResult) -> list[str]:
    return [str(amount) for amount in validation.accepted["total_spent"]]


@pytest.mark.rule("PIT-107")
def test_thousands_are_multiplied_exactly_and_said() -> None:
    validation = list_of("Turnover ($'000)", "12", "3.5", "0.00001", "1.23457", "")
    assert totals(validation) == ["12000.000", "3500.000", "0.010", "1234.570", "None"]
    assert codes_by_row(validation) == {}
    assert any(
        note.code == "UNIT_IN_TITLE" and note.parameters["found"] == "12 → 12000.000" for note in validation.warnings
    )


def test_thousands_with_more_digits_than_cents_are_rejected_not_rounded() -> None:
    validation = list_of("Turnover ($'000)", "1.234567", "2")
    assert totals(validation) == ["2000.000"]
    assert list(codes_by_row(validation).values()) == [["INVALID_NUMBER"]]


def test_cents_are_divided_and_units_of_yen_are_yen() -> None:
    assert totals(list_of("total_spent_cents", "1250", "5")) == ["12.500", "0.050"]
    assert totals(list_of("Total spent (minor units)", "1250", base="JPY")) == ["1250.000"]


def test_a_count_in_thousands_is_multiplied_too() -> None:
    assert list_of("Orders (000)", "12").accepted["payment_count"].to_list() == [12_000]


@pytest.mark.rule("PIT-107")
def test_amounts_of_a_currency_that_the_title_alone_names_are_not_counted_as_ours() -> None:
    for title in ("total spent ₹", "Total spent (SGD)", "Total spent R$", "Total spent (kr)", "Total spent Fr."):
        validation = list_of(title, "12.00")
        assert codes_by_row(validation) == {2: ["CURRENCY_NOT_CONVERTIBLE"]}, title
    assert totals(list_of("Total spent (kr)", "12.00", base="SEK")) == ["12.000"]
    assert totals(list_of("Total spent ($)", "12.00", base="CAD")) == ["12.000"]


@pytest.mark.parametrize("cell", ["1.2k", "1.2 k€", "3 TUSD", "5 tys.", "2 mln", "4 '000", "7K", "$2M"])
def test_a_cell_in_thousands_beside_plain_ones_is_rejected_never_misread(cell: str) -> None:
    validation = list_of("Total spent", "12.00", cell, "8.50")
    assert totals(validation) == ["12.000", "8.500"]
    assert list(codes_by_row(validation).values()) == [["INVALID_NUMBER"]]
