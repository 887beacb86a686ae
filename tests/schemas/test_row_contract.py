"""The row gate: one bad row is caught for each code, with all its reasons; a clean frame passes."""

from datetime import date
from decimal import Decimal
from typing import Any

import pandera.polars as pa
import polars as pl
import pytest

from schemas.codes import codes
from schemas.fields import BY_NAME, Grain, fields_of
from schemas.files import FAULT, FAULTS, TYPES, missing_code, row_contract

AS_OF = date(2026, 6, 15)
REQUIRED: dict[Grain, tuple[str, ...]] = {
    "customer": ("email", "name", "city"),
    "payment": ("email", "amount", "payment_date"),
}
GRAINS = pytest.mark.parametrize("grain", REQUIRED)

FAULTY = [
    (grain, field.name + FAULT, code)
    for grain in REQUIRED
    for field in fields_of(grain)
    for code in (*FAULTS[field.kind], *((missing_code(field.name),) if field.name in REQUIRED[grain] else ()))
]


def contract_of(grain: Grain) -> pa.DataFrameSchema:
    return row_contract(fields_of(grain), REQUIRED[grain], AS_OF)


def rows(grain: Grain, *values: dict[str, Any]) -> pl.DataFrame:
    """A judged frame of clean rows, with what each of them says on top."""
    dtypes: dict[str, Any] = {"row_number": pl.Int64}
    for field in fields_of(grain):
        dtypes |= {field.name: TYPES[field.kind], field.name + FAULT: pl.String}
    blank = dict.fromkeys(dtypes)
    return pl.DataFrame([blank | {"row_number": n} | row for n, row in enumerate(values, 2)], schema=dtypes)


def failures(frame: pl.DataFrame, grain: Grain) -> list[tuple[int, str]]:
    """Position and code of every broken check."""
    try:
        contract_of(grain).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as broken:
        cases = broken.failure_cases.select("index", "check").unique().sort("index", "check")
        return [(int(position), code) for position, code in cases.iter_rows()]
    return []


@GRAINS
def test_every_code_that_the_contract_can_give_is_listed(grain: Grain) -> None:
    contract = contract_of(grain)
    checks = [check for column in contract.columns.values() for check in column.checks] + contract.checks
    assert {codes()[check.error].level for check in checks} == {"row"}


@GRAINS
def test_a_clean_frame_passes(grain: Grain) -> None:
    assert failures(rows(grain, {}, {"email": "a@x.fr"}), grain) == []


@pytest.mark.parametrize(("grain", "column", "code"), FAULTY)
def test_one_row_with_a_fault_is_caught_and_no_other(grain: Grain, column: str, code: str) -> None:
    assert failures(rows(grain, {}, {column: code}, {}), grain) == [(1, code)]


@pytest.mark.parametrize("field", ["total_spent", "monthly_spend"])
def test_an_amount_below_zero_is_caught_and_zero_is_not_pit_22(field: str) -> None:
    amounts = [{field: Decimal(amount)} for amount in ("0", "-0.001", "0.001")]
    assert failures(rows("customer", *amounts), "customer") == [(1, "NEGATIVE_AMOUNT")]


@pytest.mark.parametrize(
    ("grain", "field"), [("payment", "amount"), ("payment", "refunded_amount"), ("customer", "refund_volume")]
)
def test_a_refund_may_be_written_below_zero_pit_22(grain: Grain, field: str) -> None:
    assert failures(rows(grain, {field: Decimal(-5)}), grain) == []


@pytest.mark.parametrize(
    ("grain", "field"),
    [("customer", "first_payment_date"), ("customer", "last_payment_date"), ("payment", "payment_date")],
)
def test_a_date_may_lie_one_day_after_as_of_and_no_more_pit_40(grain: Grain, field: str) -> None:
    days = [{field: date(2026, 6, day)} for day in (15, 16, 17)]
    assert failures(rows(grain, *days), grain) == [(2, "DATE_IN_FUTURE")]


def test_the_last_payment_may_not_precede_the_first_au_10_pit_41() -> None:
    first, last = date(2024, 3, 1), date(2024, 2, 29)
    frame = rows(
        "customer",
        {"first_payment_date": first, "last_payment_date": last},
        {"first_payment_date": first, "last_payment_date": first},
        {"first_payment_date": first},
        {"last_payment_date": last},
    )
    assert failures(frame, "customer") == [(0, "DATES_INVERTED")]


def test_all_reasons_of_one_row_are_reported_at_once_au_21() -> None:
    worst = {
        "email_fault": "MISSING_EMAIL",
        "name_fault": "MISSING_NAME",
        "total_spent": Decimal(-1),
        "first_payment_date": date(2030, 1, 1),
        "last_payment_date": date(2024, 1, 1),
        "payment_count_fault": "INVALID_NUMBER",
    }
    found = failures(rows("customer", {}, worst), "customer")
    assert found == [
        (1, code)
        for code in (
            "DATES_INVERTED",
            "DATE_IN_FUTURE",
            "INVALID_NUMBER",
            "MISSING_EMAIL",
            "MISSING_NAME",
            "NEGATIVE_AMOUNT",
        )
    ]


def test_a_field_that_is_not_required_has_no_check_for_blanks() -> None:
    frame = rows("customer", {"company_fault": "MISSING_REQUIRED_FIELD"})
    assert failures(frame, "customer") == []


@pytest.mark.parametrize("absent", ["email", "email" + FAULT, "row_number"])
def test_a_frame_without_a_column_of_the_contract_is_refused(absent: str) -> None:
    with pytest.raises(pa.errors.SchemaError):
        contract_of("customer").validate(rows("customer", {}).drop(absent))


def test_dates_are_compared_only_where_both_columns_exist() -> None:
    contract = row_contract((BY_NAME["email"], BY_NAME["last_payment_date"]), ("email",), AS_OF)
    assert contract.checks == []
