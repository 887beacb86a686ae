"""The row gate: one bad row is caught for each code, with all its reasons; a clean frame passes."""

from datetime import date
from decimal import Decimal
from typing import Any

import pandera.polars as pa
import polars as pl
import pytest

from schemas.codes import codes
from schemas.fields import BY_NAME, Grain, fields_of
from schemas.files import COST_THEIR_VALUE, FAULT, FAULTS, TYPES, missing_code, row_contract
from schemas.profiles import PROFILES, Profile

AS_OF = date(2026, 6, 15)
REQUIRED: dict[Grain, tuple[str, ...]] = {
    "customer": ("email", "name", "city"),
    "payment": ("email", "amount", "payment_date"),
    "event": ("event_kind", "event_at", "email"),
}
GRAINS = pytest.mark.parametrize("grain", REQUIRED)

FAULTY = [
    (grain, field.name + FAULT, code)
    for grain in REQUIRED
    for field in fields_of(grain)
    for code in (*FAULTS[field.kind], *((missing_code(field.name),) if field.name in REQUIRED[grain] else ()))
]


def contract_of(grain: Grain) -> pa.DataFrameSchema:
    return row_contract(fields_of(grain), Profile("any", "of a test", grain, REQUIRED[grain]), AS_OF)


def rows(grain: Grain, *values: dict[str, Any]) -> pl.DataFrame:
    """A validated frame of clean rows of one company, with what each of them says on top."""
    dtypes: dict[str, Any] = {"row_number": pl.Int64}
    for field in fields_of(grain):
        dtypes |= {field.name: TYPES[field.kind], field.name + FAULT: pl.String}
    blank = dict.fromkeys(dtypes) | {"company": "Acme"}
    return pl.DataFrame([blank | {"row_number": n} | row for n, row in enumerate(values, 2)], schema=dtypes)


def failures(frame: pl.DataFrame, grain: Grain, profile: Profile | None = None) -> list[tuple[int, str]]:
    """Position and code of every broken check."""
    contract = row_contract(fields_of(grain), profile, AS_OF) if profile else contract_of(grain)
    try:
        contract.validate(frame, lazy=True)
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


@pytest.mark.matrix(40)
@pytest.mark.parametrize(("grain", "column", "code"), FAULTY)
def test_one_row_with_a_fault_is_caught_and_one_with_a_value_less_is_not(grain: Grain, column: str, code: str) -> None:
    field = BY_NAME[column.removesuffix("_fault")]
    costs_its_value = field.kind == "identifier" or field.name in COST_THEIR_VALUE
    caught = [(1, code)] if codes()[code].level == "row" and not costs_its_value else []
    assert failures(rows(grain, {}, {column: code}, {}), grain) == caught


@pytest.mark.rule("PIT-106")
def test_a_shortened_reference_costs_the_row_whose_key_it_is() -> None:
    told = {"external_id_fault": "SCIENTIFIC_NOTATION", "name": "A"}
    keyed = failures(rows("customer", told), "customer", PROFILES["upflow"])
    assert (0, "SCIENTIFIC_NOTATION") in keyed
    assert failures(rows("customer", told | {"email": "a@x.fr"}), "customer") == []


@pytest.mark.rule("PIT-22")
@pytest.mark.parametrize("field", ["total_spent", "monthly_spend"])
def test_an_amount_below_zero_is_caught_and_zero_is_not(field: str) -> None:
    amounts = [{field: Decimal(amount)} for amount in ("0", "-0.001", "0.001")]
    assert failures(rows("customer", *amounts), "customer") == [(1, "NEGATIVE_AMOUNT")]


@pytest.mark.rule("PIT-22")
@pytest.mark.parametrize(
    ("grain", "field"), [("payment", "amount"), ("payment", "refunded_amount"), ("customer", "refund_volume")]
)
def test_a_refund_may_be_written_below_zero(grain: Grain, field: str) -> None:
    assert failures(rows(grain, {field: Decimal(-5)}), grain) == []


@pytest.mark.rule("PIT-40")
@pytest.mark.parametrize(
    ("grain", "field"),
    [("customer", "first_payment_date"), ("customer", "last_payment_date"), ("payment", "payment_date")],
)
def test_a_date_may_lie_one_day_after_as_of_and_no_more(grain: Grain, field: str) -> None:
    days = [{field: date(2026, 6, day)} for day in (15, 16, 17)]
    assert failures(rows(grain, *days), grain) == [(2, "DATE_IN_FUTURE")]


@pytest.mark.rule("AU-10", "PIT-41")
def test_the_last_payment_may_not_precede_the_first() -> None:
    first, last = date(2024, 3, 1), date(2024, 2, 29)
    frame = rows(
        "customer",
        {"first_payment_date": first, "last_payment_date": last},
        {"first_payment_date": first, "last_payment_date": first},
        {"first_payment_date": first},
        {"last_payment_date": last},
    )
    assert failures(frame, "customer") == [(0, "DATES_INVERTED")]


@pytest.mark.rule("AU-21")
def test_all_reasons_of_one_row_are_reported_at_once() -> None:
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
    contract = row_contract((BY_NAME["email"], BY_NAME["last_payment_date"]), PROFILES["default"], AS_OF)
    assert contract.checks == []


REVEAL, UPFLOW = PROFILES["reveal_field"], PROFILES["upflow"]
NOBODY = {"company": None}


@pytest.mark.rule("RF-11")
@pytest.mark.parametrize("name", ["first_name", "last_name", "name"])
@pytest.mark.parametrize("number", ["phone", "mobile"])
def test_a_contact_of_reveal_field_needs_one_name_and_one_number(name: str, number: str) -> None:
    frame = rows("customer", {name: "Ana", number: "+1"}, {name: "Ana"}, {number: "+1"}, {})
    assert failures(frame, "customer", REVEAL) == [
        (1, "MISSING_PHONE"),
        (2, "MISSING_NAME"),
        (3, "MISSING_NAME"),
        (3, "MISSING_PHONE"),
    ]


@pytest.mark.rule("RF-11")
def test_a_number_with_a_fault_is_no_number() -> None:
    faulty = {"name": "Ana", "phone_fault": "INVALID_PHONE"}
    frame = rows("customer", faulty, faulty | {"mobile": "+1"})
    found = [code for code in failures(frame, "customer", REVEAL) if code[1] != "INVALID_PHONE"]
    assert found == [(0, "MISSING_PHONE")]


@pytest.mark.rule("AMB-25", "UP-20", "UP-24", "UP-25", "UP-26", "UP-27", "UP-28", "UP-29", "UP-30", "UP-31")
@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ({"name": "Acme"}, []),
        ({"name": "Acme", "city": "Lyon", "vat_number": "FR1"}, []),
        ({"external_id": "1", "city": "Lyon"}, ["MISSING_NAME"]),
        ({"external_id": "1"}, ["MISSING_NAME"]),
        ({"external_id": "1", "account_manager": "m@x.fr"}, []),
        ({"external_id": "1", "account_manager_fault": "ACCOUNT_MANAGER_NOT_FOUND"}, []),
        ({"external_id": "1", "dunning_plan": "Standard"}, []),
        ({"dunning_plan": "Standard"}, ["MISSING_NAME", "MISSING_REQUIRED_FIELD", "ORPHAN_ROW"]),
        ({"name": "Acme", "dunning_plan": "Standard"}, ["MISSING_REQUIRED_FIELD"]),
        ({"name": "Acme", "account_manager": "m@x.fr"}, ["MISSING_REQUIRED_FIELD"]),
        ({"name": "Acme", "external_id": "1", "account_manager": "m@x.fr"}, []),
        ({"external_id": "1", "groups": ["VIP"]}, []),
        ({"name": "Acme", "contact_email": "c@x.fr", "position": "buyer"}, []),
        ({"external_id": "1", "contact_email": "c@x.fr"}, []),
        ({"contact_email": "c@x.fr", "contact_last_name": "Roe"}, ["CONTACT_WITHOUT_CLIENT"]),
        ({"name": "Acme", "contact_last_name": "Roe"}, ["MISSING_EMAIL"]),
        ({"name": "Acme", "group_reference": "G1"}, ["MISSING_REQUIRED_FIELD"]),
    ],
)
def test_each_row_of_upflow_keeps_the_rules_of_the_blocks_it_fills(row: dict[str, Any], codes: list[str]) -> None:
    found = failures(rows("customer", NOBODY | row), "customer", UPFLOW)
    assert [code for _, code in found if code != "ACCOUNT_MANAGER_NOT_FOUND"] == codes


@pytest.mark.rule("UP-21", "UP-30")
def test_a_contact_of_a_name_that_several_clients_share_is_of_none_of_them() -> None:
    contact = {"contact_email": "c@x.fr"}
    clients = [{"name": "Acme", "external_id": "1"}, {"name": "ACME", "external_id": "2"}]
    frame = rows("customer", *clients, {"name": "Acme"} | contact, {"name": "Acme", "external_id": "2"} | contact)
    assert failures(frame, "customer", UPFLOW) == [(2, "CONTACT_WITHOUT_CLIENT")]
    assert failures(rows("customer", clients[0], {"name": "Acme"} | contact), "customer", UPFLOW) == []


@pytest.mark.rule("RF-13", "PIT-56")
@pytest.mark.parametrize(
    ("row", "orphaned"),
    [
        ({"city": "Lyon"}, True),
        ({"total_spent": Decimal(5)}, True),
        ({"phone": "+1"}, True),
        ({"total_spent_fault": "INVALID_NUMBER"}, True),
        ({}, False),
        ({"email": "a@x.fr", "city": "Lyon"}, False),
        ({"email_fault": "INVALID_EMAIL", "city": "Lyon"}, False),
        ({"email_fault": "MISSING_EMAIL", "city": "Lyon"}, True),
        ({"last_name": "Roe", "city": "Lyon"}, False),
        ({"company": "Acme", "city": "Lyon"}, False),
        ({"external_id": "1", "city": "Lyon"}, False),
    ],
)
def test_details_that_belong_to_nobody_are_an_orphan_row(row: dict[str, Any], orphaned: bool) -> None:
    found = failures(rows("customer", NOBODY | row), "customer")
    assert ((0, "ORPHAN_ROW") in found) is orphaned


@pytest.mark.rule("AMB-37")
@pytest.mark.parametrize(
    ("text", "codes"), [("0", []), ("false", []), ("1", ["MISSING_EMAIL"]), ("true", ["MISSING_EMAIL"])]
)
def test_only_a_yes_makes_a_row_a_contact(text: str, codes: list[str]) -> None:
    said = TYPES["flag"] == pl.Boolean()
    flag: Any = text in ("1", "true") if said else text
    found = failures(rows("customer", NOBODY | {"name": "Acme", "is_primary": flag}), "customer", UPFLOW)
    assert [code for _, code in found] == codes


def test_a_payment_without_an_address_is_no_orphan() -> None:
    frame = rows("payment", NOBODY | {"amount": Decimal(5), "email_fault": "MISSING_EMAIL"})
    assert failures(frame, "payment") == [(0, "MISSING_EMAIL")]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_the_rules_of_a_profile_hold_for_the_columns_that_a_file_has(profile: Profile) -> None:
    for field in fields_of(profile.grain):
        contract = row_contract((field,), profile, AS_OF)
        typed = {"row_number": pl.Int64, field.name: TYPES[field.kind], field.name + FAULT: pl.String}
        assert contract.validate(pl.DataFrame(schema=typed)).is_empty()
