"""Amounts in another currency than the deployment's are never added raw."""

import pytest

from tests.support.factories import codes_by_row, terms, validated

GOOD = "email,name,total_spent\na@x.fr,Ann,10\nb@x.fr,Bob,20.50\n"


@pytest.mark.rule("AMB-19", "PIT-32")
@pytest.mark.parametrize(
    ("written", "codes"),
    [("USD", []), ("usd", []), ("", []), ("EUR", ["CURRENCY_NOT_CONVERTIBLE"]), ("euro", ["CURRENCY_NOT_CONVERTIBLE"])],
)
def test_an_amount_in_another_currency_is_never_added_raw(written: str, codes: list[str]) -> None:
    verdict = validated(f"email,name,total_spent,currency\na@x.fr,Ann,10,{written}\n")
    assert codes_by_row(verdict) == ({2: codes} if codes else {})


@pytest.mark.rule("AMB-19")
def test_a_currency_without_an_amount_beside_it_costs_nothing() -> None:
    assert codes_by_row(validated("email,name,total_spent,currency\na@x.fr,Ann,,EUR\n")) == {}


@pytest.mark.rule("AMB-19")
def test_the_currency_of_the_source_stands_for_amounts_that_name_none() -> None:
    on = terms("payments", currency="EUR")
    verdict = validated("email,amount,date,currency\na@x.fr,5,2024-05-01,\na@x.fr,5,2024-05-01,USD\n", on)
    assert codes_by_row(verdict) == {2: ["CURRENCY_NOT_CONVERTIBLE"]}


@pytest.mark.rule("AMB-19")
def test_a_source_in_another_currency_keeps_only_rows_without_amounts() -> None:
    verdict = validated("email,name,total_spent\na@x.fr,Ann,10\nb@x.fr,Bob,\n", terms(currency="EUR"))
    assert codes_by_row(verdict) == {2: ["CURRENCY_NOT_CONVERTIBLE"]}
    assert verdict.accepted["email"].to_list() == ["b@x.fr"]


@pytest.mark.rule("PIT-99")
def test_a_source_in_the_base_currency_needs_no_rate() -> None:
    assert codes_by_row(validated(GOOD, terms(currency="EUR", base_currency="EUR"))) == {}


@pytest.mark.rule("PIT-24", "PIT-31")
@pytest.mark.parametrize(
    ("currency", "written", "fits"),
    [
        ("JPY", "10", True),
        ("JPY", "10.5", False),
        ("USD", "10.55", True),
        ("USD", "10.5555", False),
        ("TND", "10.5555", False),
    ],
)
def test_amounts_have_the_decimals_of_the_base_currency(currency: str, written: str, fits: bool) -> None:
    verdict = validated(f"email,name,total_spent\na@x.fr,Ann,{written}\n", terms(base_currency=currency))
    assert verdict.rejected.is_empty() == fits
