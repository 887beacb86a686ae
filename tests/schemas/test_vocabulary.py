"""Fields and currencies: closed vocabularies that agree with each other."""

import pytest

from schemas.currencies import currencies, decimals_of
from schemas.fields import BY_NAME, FIELDS, fields_of
from schemas.files import FAULTS, TYPES
from schemas.ledger import (
    EARLIEST,
    FIRST_SEEN,
    LATEST,
    NEWEST,
    OF_A_PAYMENT,
    SUMMED,
    AcceptedDetails,
    AcceptedRows,
)
from schemas.wordlists import wordlist


def test_no_two_fields_share_a_name() -> None:
    assert len(BY_NAME) == len(FIELDS)


def test_every_kind_of_field_has_a_type_and_its_faults() -> None:
    kinds = {field.kind for field in FIELDS}
    assert kinds == TYPES.keys() == FAULTS.keys()


def test_a_payment_list_has_no_totals_and_a_customer_list_no_payments() -> None:
    customer, payment = ({field.name for field in fields_of(grain)} for grain in ("customer", "payment"))
    assert {"total_spent", "monthly_spend", "payment_count"} <= customer - payment
    assert {"amount", "payment_id", "payment_date"} <= payment - customer
    assert {"email", "name", "currency"} <= customer & payment


def test_every_text_field_of_lists_has_its_column_in_the_ledger() -> None:
    texts = {field.name for field in FIELDS if field.kind == "text" and field.grains != ("event",)}
    kept = AcceptedRows.to_schema().columns.keys() | AcceptedDetails.to_schema().columns.keys()
    assert texts <= kept


def test_every_column_of_the_ledger_folds_by_exactly_one_rule() -> None:
    rules = [*SUMMED, *NEWEST, *FIRST_SEEN, *EARLIEST, *LATEST]
    identity = ["row_number", "customer_key", *OF_A_PAYMENT]
    assert sorted(rules + identity) == sorted(AcceptedRows.to_schema().columns)


@pytest.mark.rule("AMB-06")
def test_averages_are_never_added_up() -> None:
    assert "reported_monthly_spend" in NEWEST
    assert "reported_monthly_spend" not in SUMMED


@pytest.mark.rule("PIT-31")
@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("JPY", 0), ("XOF", 0), ("KRW", 0), ("USD", 2), ("EUR", 2), ("PLN", 2), ("TND", 3), ("KWD", 3)],
)
def test_decimals_of_a_currency(currency: str, decimals: int) -> None:
    assert decimals_of(currency) == decimals


@pytest.mark.rule("PIT-31")
def test_the_table_of_currencies_holds_each_once_with_its_decimals() -> None:
    codes = [line["code"] for line in wordlist("currencies")]
    assert codes == sorted(set(codes))
    assert [decimals_of(code) for code in ("JPY", "TND", "PLN", "DEM")] == [0, 3, 2, 2]
    assert {currencies()[code].stripe_decimals for code in ("ISK", "UGX", "IQD")} == {2}


def test_the_marks_of_currencies_are_written_as_they_are_looked_up() -> None:
    for known in currencies().values():
        assert list(known.marks) == [mark.casefold() for mark in known.marks], known.code
        assert len(set(known.marks)) == len(known.marks), known.code
