"""A Stripe account becomes customers: stripe.md 6.4, scenarios 1–23, 34, 42, 50, from an extract to the tables."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.errors import AccountChanged, AccountTaken, WrongUse
from pipelines.home import Home
from pipelines.ledger import recompute
from pipelines.ledger.take_out_account import take_out
from pipelines.ledger.undo import undo_import
from pipelines.publishing.exports import read as read_table
from tests.pipelines.stripe.states import Account, charge, customer, refund, sync, terms
from tests.support.flow import NOW, import_text, table, undo

ANA = customer("ana", "ana@example.com", "Ana Lima")
TOTALS = ("total_spent", "payment_count", "refund_volume")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "data")


def of(home: Home, email: str) -> dict[str, Any]:
    rows = table(home).filter(pl.col("email") == email)
    assert rows.height == 1, f"{email}: {rows.height} customers"
    return rows.row(0, named=True)


def totals(home: Home, email: str = "ana@example.com") -> tuple[str, int, str]:
    row = of(home, email)
    return str(row["total_spent"]), row["payment_count"], str(row["refund_volume"])


def emails(home: Home) -> set[str]:
    return set(table(home)["email"].drop_nulls())


def everything(home: Home) -> dict[str, pl.DataFrame]:
    names = ("customers", "customer_priority", "stripe_charges", "stripe_refunds", "stripe_customers", "stripe_spend")
    return {name: table(home, name) for name in (*names, "stripe_apart", "import_history", "spend_by_currency")}


def same(left: dict[str, pl.DataFrame], right: dict[str, pl.DataFrame]) -> bool:
    return all(left[name].equals(right[name]) for name in left)


@pytest.mark.rule("AU-36", "AU-37")
@pytest.mark.scenario(1)
def test_charges_and_refunds_come_to_totals_and_days(home: Home) -> None:
    paid = [charge("1", 1000, "cus_ana", 3), charge("2", 2000, "cus_ana", 1), charge("3", 3000, "cus_ana", 9)]
    sync(home, Account(paid, [refund("1", 500, of="1")], [ANA]))
    assert totals(home) == ("60.000", 3, "5.000")
    row = of(home, "ana@example.com")
    assert (str(row["first_payment_date"]), str(row["last_payment_date"])) == ("2026-01-02", "2026-01-10")
    assert (row["name"], row["origin"], str(row["net_spent"])) == ("Ana Lima", "stripe", "55.000")


@pytest.mark.rule("AMB-16")
@pytest.mark.scenario(2)
@pytest.mark.parametrize(("counted", "told"), [("settled", ("20.000", 1)), ("all", ("30.000", 2))])
def test_a_failed_charge_is_no_payment(home: Home, counted: str, told: tuple[str, int]) -> None:
    paid = [charge("1", 1000, "cus_ana", status="failed", captured=False), charge("2", 2000, "cus_ana")]
    sync(home, Account(paid, customers=[ANA]), count_charges=counted)
    assert totals(home)[:2] == told


@pytest.mark.scenario(3)
def test_an_authorisation_counts_when_it_is_captured_and_once(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_ana", captured=False)], customers=[ANA]))
    assert totals(home) == ("0.000", 0, "0.000")
    for day in (31, 32):
        sync(home, Account([charge("1", 1000, "cus_ana")], customers=[ANA]), day, full=False)
        assert totals(home) == ("10.000", 1, "0.000")


@pytest.mark.scenario(4)
@pytest.mark.parametrize(
    ("option", "told"), [("amount", ("20.000", "15.000")), ("amount_captured", ("5.000", "0.000"))]
)
def test_a_partial_capture_counts_as_the_source_says(home: Home, option: str, told: tuple[str, str]) -> None:
    """stripe.md D2."""
    released = [refund("1", 1500, of="1")]
    sync(home, Account([charge("1", 2000, "cus_ana", amount_captured=500)], released, [ANA]), amount_field=option)
    assert totals(home)[::2] == told


@pytest.mark.scenario(5)
def test_a_pending_debit_that_fails_never_counts(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_ana", status="pending")], customers=[ANA]))
    assert totals(home)[:2] == ("0.000", 0)
    sync(home, Account([charge("1", 1000, "cus_ana", status="failed")], customers=[ANA]), 40, full=False)
    assert totals(home)[:2] == ("0.000", 0)


@pytest.mark.rule("PIT-77")
@pytest.mark.scenario(6)
def test_a_pending_refund_that_fails_goes_back(home: Home) -> None:
    paid = [charge("1", 1000, "cus_ana")]
    sync(home, Account(paid, [refund("1", 400, of="1", status="pending")], [ANA]))
    assert totals(home) == ("10.000", 1, "4.000")
    sync(home, Account([], [refund("1", 400, of="1", status="failed")], []), 50, full=False)
    assert totals(home) == ("10.000", 1, "0.000")


@pytest.mark.rule("PIT-76")
@pytest.mark.scenario(7)
def test_a_late_refund_finds_its_old_charge(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_ana", day=-400)], customers=[ANA]))
    synced = sync(home, Account([], [refund("1", 1000, of="1", day=31)], []), 32, full=False)
    assert totals(home) == ("10.000", 1, "10.000")
    assert synced.objects_changed == 1


@pytest.mark.rule("PIT-81")
@pytest.mark.scenario(8)
def test_many_refunds_of_one_charge_all_count(home: Home) -> None:
    given = [refund(str(number), 50, of="1") for number in range(12)]
    sync(home, Account([charge("1", 1000, "cus_ana")], given, [ANA]))
    assert totals(home) == ("10.000", 1, "6.000")


@pytest.mark.scenario(9)
@pytest.mark.parametrize(
    ("currency", "minor", "amount"),
    [
        ("jpy", 500, "500.000"),
        ("isk", 500, "5.000"),
        ("ugx", 500, "5.000"),
        ("kwd", 5120, "5.120"),
        ("huf", 1000, "10.000"),
    ],
)
def test_minor_units_are_those_of_the_currency(home: Home, currency: str, minor: int, amount: str) -> None:
    paid = [charge("1", minor, "cus_ana", currency=currency)]
    sync(home, Account(paid, customers=[ANA]), base=currency.upper())
    assert totals(home)[0] == amount


@pytest.mark.rule("AMB-19")
@pytest.mark.scenario(10)
def test_other_currencies_are_kept_beside_the_total(home: Home) -> None:
    """stripe.md D6."""
    paid = [charge("1", 1000, "cus_ana"), charge("2", 700, "cus_ana", currency="eur")]
    synced = sync(home, Account(paid, customers=[ANA]))
    assert totals(home)[:2] == ("10.000", 1)
    spend = table(home, "spend_by_currency").select("currency", "total_spent", "payment_count").rows()
    assert spend == [("EUR", Decimal("7.000"), 1), ("USD", Decimal("10.000"), 1)]
    assert [warning.split(":")[0] for warning in synced.warnings] == ["CURRENCY_NOT_CONVERTED"]


@pytest.mark.rule("PIT-27")
def test_who_paid_only_in_another_currency_has_an_unknown_total_not_zero(home: Home) -> None:
    sync(home, Account([charge("1", 700, "cus_ana", currency="eur")], customers=[ANA]))
    row = of(home, "ana@example.com")
    assert (row["total_spent"], row["payment_count"], row["first_payment_date"]) == (None, None, None)


def test_a_table_of_rates_converts_by_the_day_of_the_charge(home: Home, tmp_path: Path) -> None:
    """stripe.md D6."""
    rates = tmp_path / "rates.csv"
    rates.write_text("date,currency,rate\n2026-01-01,EUR,1.10\n2026-01-06,EUR,1.20\n", "utf-8")
    paid = [charge("1", 1000, "cus_ana", 2, currency="eur"), charge("2", 1000, "cus_ana", 8, currency="eur")]
    back = [refund("1", 1000, of="1", day=9, currency="eur")]
    sync(home, Account(paid, back, [ANA]), rates=rates)
    assert totals(home) == ("23.000", 2, "11.000"), "a refund is converted as its charge"
    assert table(home, "spend_by_currency").select("currency", "total_spent").rows() == [("EUR", Decimal("20.000"))]


@pytest.mark.parametrize("line", ["2026-13-01,EUR,1.1", "2026-01-01,EUR,0", "2026-01-01,EUR,eins", "2026-01-01,,1"])
def test_a_wrong_line_of_rates_is_named(home: Home, tmp_path: Path, line: str) -> None:
    rates = tmp_path / "rates.csv"
    rates.write_text(f"date,currency,rate\n2026-01-02,EUR,1.10\n{line}\n", "utf-8")
    with pytest.raises(WrongUse, match="line 3"):
        terms(rates=rates)


@pytest.mark.rule("AU-32")
@pytest.mark.scenario(11)
@pytest.mark.parametrize(("minimum", "present"), [(None, True), (Decimal(1), False)])
def test_a_customer_without_charges_is_there_unless_a_minimum_is_set(
    home: Home, minimum: Decimal | None, present: bool
) -> None:
    paid = [charge("1", 500, "cus_bo")]
    sync(home, Account(paid, customers=[ANA, customer("bo", "bo@example.com")]), min_spend=minimum)
    assert ("ana@example.com" in emails(home)) is present
    if present:
        assert totals(home) == ("0.000", 0, "0.000")
        assert of(home, "ana@example.com")["first_payment_date"] is None


@pytest.mark.rule("PIT-92")
@pytest.mark.scenario(12)
def test_the_minimum_spend_is_inclusive_and_after_the_merge(home: Home) -> None:
    owners = [customer(name, f"{name}@example.com") for name in ("a", "b", "c")] + [customer("d", "a@example.com")]
    paid = [charge("1", 999, "cus_a"), charge("2", 1000, "cus_b"), charge("3", 1001, "cus_c")]
    sync(home, Account(paid, customers=owners), min_spend=Decimal(10))
    assert emails(home) == {"b@example.com", "c@example.com"}
    (told,) = table(home, "import_history")["warnings"][0]
    assert told.startswith("UNDER_MIN_SPEND: 1 customer spent less than 10 ")
    sync(home, Account([*paid, charge("4", 1, "cus_d")], customers=owners), 31, min_spend=Decimal(10))
    assert totals(home, "a@example.com")[:2] == ("10.000", 2)


@pytest.mark.scenario(13)
def test_amounts_at_the_top_are_exact(home: Home) -> None:
    paid = [charge(str(number), 9_999_999_999_999, "cus_ana") for number in range(100)]
    sync(home, Account(paid, customers=[ANA]))
    assert totals(home)[:2] == ("9999999999999.000", 100)


@pytest.mark.rule("PIT-85")
@pytest.mark.scenario(14)
def test_customers_of_one_address_are_one(home: Home) -> None:
    """stripe.md D7."""
    both = [customer("1", "A@x.example ", "Old", day=1), customer("2", "a@x.example", "New", day=2)]
    paid = [charge("1", 1000, "cus_1", day=3), charge("2", 500, "cus_2", day=8)]
    sync(home, Account(paid, customers=both))
    assert totals(home, "A@x.example")[:2] == ("15.000", 2)
    assert of(home, "A@x.example")["name"] == "New", "the name of the customer with the latest payment"
    ids = table(home, "stripe_customers").select("stripe_customer_id", "customer_id")
    assert ids["customer_id"].n_unique() == 1 and ids.height == 2


@pytest.mark.scenario(15)
def test_an_address_that_changed_takes_its_money_along(home: Home) -> None:
    import_text(home, "email,name,total spent\nold@example.com,Ana,5.00\n")
    paid = [charge("1", 1000, "cus_ana"), charge("2", 200, "cus_bo")]
    people = [customer("ana", "old@example.com", "Ana"), customer("bo", "bo@example.com")]
    sync(home, Account(paid, customers=people))
    assert totals(home, "old@example.com")[0] == "15.000"
    sync(
        home,
        Account([], [], [customer("ana", "new@example.com", "Ana"), customer("bo", "bob@example.com")]),
        40,
        full=False,
    )
    assert totals(home, "old@example.com")[0] == "5.000", "what the file said stays"
    assert totals(home, "new@example.com")[:2] == ("10.000", 1)
    assert emails(home) == {"old@example.com", "new@example.com", "bob@example.com"}


@pytest.mark.scenario(16)
def test_a_customer_without_address_takes_the_payers(home: Home) -> None:
    """stripe.md D8."""
    paid = [
        charge("1", 1000, "cus_1", day=1, receipt_email="older@example.com"),
        charge("2", 500, "cus_1", day=5, receipt_email="newer@example.com"),
        charge("3", 700, "cus_2", receipt_email="no address"),
    ]
    sync(home, Account(paid, customers=[customer("1", None), customer("2", None, "Nobody")]))
    assert totals(home, "newer@example.com")[:2] == ("15.000", 2)
    apart = table(home, "stripe_unattributed").select("charge_id", "reason", "amount").rows()
    assert apart == [("ch_3", "customer_without_email", Decimal("7.000"))]


GUEST = charge("g", 700, None, 4, billing_email="Guest@Example.com", billing_name="Gil Guest")


@pytest.mark.rule("PIT-84")
@pytest.mark.scenario(17)
@pytest.mark.parametrize(("guests", "counted"), [("attach", False), ("create", True), ("park", False)])
def test_a_guest_is_never_lost(home: Home, guests: str, counted: bool) -> None:
    """stripe.md D9."""
    synced = sync(home, Account([GUEST, charge("1", 100, "cus_ana")], customers=[ANA]), guests=guests)
    assert any(warning.startswith("CHARGES_APART: 1 ") for warning in synced.warnings) is not counted
    assert ("Guest@Example.com" in emails(home)) is counted
    apart = [row[0] for row in table(home, "stripe_unattributed").select("amount").rows()]
    assert apart == ([] if counted else [Decimal("7.000")])


def test_a_guest_counts_as_soon_as_a_file_knows_the_address_and_no_longer(home: Home) -> None:
    sync(home, Account([GUEST], customers=[ANA]))
    told = import_text(home, "email,name,total spent\nguest@example.com,Gil,5.00\n")
    assert totals(home, "guest@example.com") == ("12.000", 1, "0.000")
    assert of(home, "guest@example.com")["origin"] == "file"
    assert table(home, "stripe_unattributed").is_empty()
    undo(home, told.import_id)
    assert emails(home) == {"ana@example.com"}
    assert table(home, "stripe_unattributed")["charge_id"].to_list() == ["ch_g"]


def test_the_order_of_file_and_sync_changes_nothing(tmp_path: Path) -> None:
    text = "email,name,total spent\nguest@example.com,Gil,5.00\nana@example.com,Anna,1.00\n"
    account = Account([GUEST, charge("1", 100, "cus_ana")], [], [ANA])
    one, other = Home(tmp_path / "one"), Home(tmp_path / "other")
    sync(one, account)
    import_text(one, text)
    import_text(other, text)
    sync(other, account)
    money = ("total_spent", "payment_count", "refund_volume", "sources", "first_payment_date", "last_payment_date")
    assert table(one).select("customer_id", *money).equals(table(other).select("customer_id", *money))


@pytest.mark.scenario(18)
def test_a_guest_who_becomes_a_customer_moves_and_is_not_counted_twice(home: Home) -> None:
    sync(home, Account([GUEST], customers=[ANA]))
    sync(home, Account([GUEST | {"customer": "cus_ana"}]), 31, full=False)
    assert totals(home)[:2] == ("7.000", 1)
    assert table(home, "stripe_unattributed").is_empty()


@pytest.mark.rule("PIT-86")
@pytest.mark.scenario(19)
def test_a_deleted_customer_goes_but_its_money_stays(home: Home) -> None:
    """stripe.md D13."""
    import_text(home, "email,name,total spent\nbo@example.com,Bo,5.00\n")
    paid = [charge("1", 1000, "cus_ana", billing_email="ana@example.com"), charge("2", 200, "cus_bo")]
    sync(home, Account(paid, customers=[ANA, customer("bo", "bo@example.com")]))
    assert totals(home, "bo@example.com")[0] == "7.000"
    stubs = [customer(name, None, created=None, livemode=None, deleted=True) for name in ("ana", "bo")]
    sync(home, Account(paid, customers=stubs), 40)
    assert emails(home) == {"bo@example.com"}
    assert totals(home, "bo@example.com")[0] == "7.000", "a file knows Bo, so what he paid counts"
    gone = table(home, "stripe_customers").select("email", "name", "deleted").unique().rows()
    assert gone == [(None, None, True)]
    assert table(home, "stripe_charges")["billing_email"].null_count() == 2
    assert table(home, "stripe_unattributed").select("reason", "amount").rows() == [
        ("deleted_customer", Decimal("10.000"))
    ]
    assert not sync(home, Account(paid, customers=stubs), 41).objects_changed, "a second look finds it as it is"


@pytest.mark.scenario(19)
def test_an_incremental_sync_deletes_nobody(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_ana")], customers=[ANA]))
    sync(home, Account(), 40, full=False)
    assert emails(home) == {"ana@example.com"}


@pytest.mark.scenario(20)
def test_the_stub_of_a_deleted_customer_is_understood(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_ana")], customers=[ANA]))
    stub = customer("ana", None, created=None, livemode=None, deleted=True)
    sync(home, Account(customers=[stub]), 40, full=False)
    assert emails(home) == set()
    assert table(home, "stripe_unattributed")["reason"].to_list() == ["deleted_customer"]


def test_deleted_customers_stay_where_the_source_says_so(home: Home) -> None:
    """stripe.md D13."""
    sync(home, Account([charge("1", 1000, "cus_ana")], customers=[ANA]), deleted_customers="keep")
    stub = customer("ana", None, created=None, livemode=None, deleted=True)
    sync(home, Account([charge("1", 1000, "cus_ana")], customers=[stub]), 40, deleted_customers="keep")
    assert totals(home)[0] == "10.000"


@pytest.mark.scenario(21)
def test_a_charge_of_an_unknown_customer_is_not_lost(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_nobody")]))
    assert table(home, "stripe_unattributed").select("reason", "amount").rows() == [
        ("customer_without_email", Decimal("10.000"))
    ]


@pytest.mark.rule("AMB-09")
@pytest.mark.scenario(22)
def test_a_file_and_a_sync_add_up_and_a_second_sync_does_not(home: Home) -> None:
    import_text(home, "email,name,total spent\nana@example.com,Ana,50.00\n")
    account = Account([charge("1", 6000, "cus_ana")], customers=[ANA])
    for day in (30, 31, 32):
        sync(home, account, day)
        assert totals(home)[0] == "110.000"


@pytest.mark.scenario(23)
@pytest.mark.parametrize("name", ["Zoë 🦊 «Łódź»", '=cmd|"/c calc"!A1', "O'Brien; DROP TABLE customers"])
def test_a_name_is_stored_as_it_is(home: Home, name: str) -> None:
    sync(home, Account([charge("1", 100, "cus_1")], customers=[customer("1", "a@example.com", name)]))
    assert of(home, "a@example.com")["name"] == name


@pytest.mark.rule("AMB-20")
def test_names_fall_back_and_a_guess_gives_way_to_what_anyone_says(home: Home) -> None:
    people = [
        customer("1", "one@example.com", individual_name="Una"),
        customer("2", "two@example.com", business_name="Duo Ltd"),
        customer("3", "three@example.com"),
        customer("4", "four.last@example.com"),
    ]
    import_text(home, "email,name,total spent\nthree@example.com,Drei,1.00\n")
    sync(home, Account([charge("1", 100, "cus_2", billing_name="Payer")], customers=people))
    named = {row["email"]: row["name"] for row in table(home).iter_rows(named=True)}
    assert named == {
        "one@example.com": "Una", "two@example.com": "Duo Ltd", "three@example.com": "Drei",
        "four.last@example.com": "four.last",
    }  # fmt: skip


@pytest.mark.scenario(34)
def test_nothing_changed_means_that_nothing_is_written(home: Home) -> None:
    account = Account([charge("1", 1000, "cus_ana"), GUEST], [refund("1", 100, of="1")], [ANA])
    sync(home, account)
    before, file = everything(home), home.published.stat()
    for day, full in ((31, True), (32, False), (33, True)):
        assert sync(home, account, day, full=full).import_id is None
    assert same(before, everything(home))
    assert home.published.stat().st_mtime_ns == file.st_mtime_ns, "not even the snapshot is made anew"


@pytest.mark.rule("PIT-87")
@pytest.mark.scenario(42)
def test_live_and_test_objects_never_meet(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_ana")], customers=[ANA]))
    before = everything(home)
    with pytest.raises(AccountChanged, match="live mode and in test mode"):
        sync(home, Account([charge("2", 1000, "cus_ana", livemode=True)]), 31, full=False)
    assert same(before, everything(home))


@pytest.mark.scenario(43)
def test_a_charge_that_vanished_is_another_account(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_ana")], customers=[ANA]))
    before = everything(home)
    with pytest.raises(AccountChanged, match=r"ch_1.*customers stripe connect billing"):
        sync(home, Account([charge("2", 1000, "cus_ana")], customers=[ANA]), 31)
    assert same(before, everything(home))


@pytest.mark.scenario(44)
def test_a_surprising_object_is_rejected_with_its_reason_and_once(home: Home) -> None:
    account = Account([charge("1", 1000, "cus_ana"), charge("2", -5, "cus_ana", currency="dollars")], [], [ANA])
    assert sync(home, account).objects_rejected == 1
    assert sync(home, account, 31).import_id is None
    found = table(home, "rejected_reasons").row(0, named=True)
    assert (found["code"], found["value"]) == ("SURPRISING_OBJECT", "ch_2")
    assert "amount is -0.05" in found["message"] and "currency is DOLLARS" in found["message"]
    assert totals(home)[:2] == ("10.000", 1)
    history = table(home, "import_history").row(0, named=True)
    assert (history["status"], history["rows_read"], history["rows_accepted"]) == ("done_with_rejects", 3, 2)


@pytest.mark.scenario(44)
def test_an_object_that_becomes_surprising_is_neither_vanished_nor_deleted(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_ana")], customers=[ANA]))
    odd = [
        {"stream": "charges", "id": "ch_1", "reason": "amount is a text", "row": '{"id": "ch_1"}'},
        {"stream": "customers", "id": "cus_ana", "reason": "email is a number", "row": '{"id": "cus_ana"}'},
    ]
    assert sync(home, Account(surprises=odd), 31).objects_rejected == 2
    assert totals(home)[:2] == ("10.000", 1)
    assert of(home, "ana@example.com")["name"] == "Ana Lima"


@pytest.mark.scenario(50)
def test_switching_the_minimum_and_back_gives_the_same_tables(home: Home) -> None:
    paid = [charge("1", 999, "cus_ana"), charge("2", 5000, "cus_bo")]
    account = Account(paid, customers=[ANA, customer("bo", "bo@example.com")])
    sync(home, account)
    before = table(home).drop("first_import_id", "last_import_id", "created_at", "updated_at")
    sync(home, Account(), 31, full=False, min_spend=Decimal(10))
    assert emails(home) == {"bo@example.com"}
    sync(home, Account(), 32, full=False)
    assert table(home).drop("first_import_id", "last_import_id", "created_at", "updated_at").equals(before)


def test_other_rules_for_counting_count_what_is_known_again(home: Home) -> None:
    paid = [charge("1", 1000, "cus_ana", captured=False), charge("2", 500, "cus_ana")]
    sync(home, Account(paid, customers=[ANA]))
    sync(home, Account(), 31, full=False, count_charges="succeeded")
    assert totals(home)[:2] == ("15.000", 2)
    assert table(home, "stripe_charges")["counted"].all()


@pytest.mark.rule("AMB-21")
def test_without_refunds_the_charges_say_what_was_given_back(home: Home) -> None:
    paid = [charge("1", 1000, "cus_ana", amount_refunded=300)]
    synced = sync(home, Account(paid, customers=[ANA]), detailed=False)
    assert totals(home) == ("10.000", 1, "3.000")
    assert any(warning.startswith("REFUND_DETAIL_UNAVAILABLE") for warning in synced.warnings)


def test_a_refund_of_a_charge_that_nobody_knows_is_told(home: Home) -> None:
    synced = sync(home, Account([], [refund("1", 100, of="other")], [ANA]))
    assert any(warning.startswith("REFUNDS_WITHOUT_CHARGE: 1 ") for warning in synced.warnings)


def test_a_refund_finds_its_charge_by_the_payment_intent(home: Home) -> None:
    back = refund("1", 100, of=None, payment_intent="pi_1")
    sync(home, Account([charge("1", 1000, "cus_ana", payment_intent="pi_1")], [back], [ANA]))
    assert totals(home)[2] == "1.000"


@pytest.mark.rule("PIT-83")
def test_a_disputed_charge_stays_in_the_total(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_ana", disputed=True)], customers=[ANA]))
    assert totals(home)[0] == "10.000"
    assert table(home, "stripe_charges")["disputed"].all()


@pytest.mark.rule("PIT-93")
@pytest.mark.parametrize(("option", "count"), [(False, 1), (True, 2)])
def test_nothing_paid_is_no_payment_unless_the_source_says_so(home: Home, option: bool, count: int) -> None:
    paid = [charge("1", 1000, "cus_ana"), charge("2", 0, "cus_ana")]
    sync(home, Account(paid, customers=[ANA]), count_zero_amounts=option)
    assert totals(home)[:2] == ("10.000", count)


PAYMENTS = "email,amount,date,payment id\nana@example.com,10.00,2026-01-02,ch_1\nbo@example.com,2.00,2026-01-02,x\n"
LIST = "email,name,total spent\nana@example.com,Ana,10.00\nbo@example.com,Bo,2.00\n"
ONE_CHARGE = Account([charge("1", 1000, "cus_ana")], customers=[ANA])


@pytest.mark.rule("AMB-10")
@pytest.mark.parametrize(("text", "profile"), [(PAYMENTS, "payments"), (LIST, "default")])
def test_the_same_money_in_a_file_and_in_stripe_is_told(tmp_path: Path, text: str, profile: str) -> None:
    one, other = Home(tmp_path / "one"), Home(tmp_path / "other")
    import_text(one, text, profile=profile)
    later = sync(one, ONE_CHARGE).warnings
    sync(other, ONE_CHARGE)
    earlier = import_text(other, text, profile=profile).warnings
    for warnings in (later, earlier):
        (told,) = [warning for warning in warnings if warning.startswith("POSSIBLE_DOUBLE_COUNT")]
        assert "1 customer " in told and "ana@example.com" in told and "bo@" not in told


def test_different_money_in_a_file_and_in_stripe_is_no_double(home: Home) -> None:
    import_text(home, LIST.replace("10.00", "10.01"))
    assert sync(home, ONE_CHARGE).warnings == []


def test_what_a_customer_paid_as_guest_and_under_two_rows_is_added_before_it_is_compared(tmp_path: Path) -> None:
    guest = charge("2", 500, None, 3, billing_email="ana@example.com")
    again = charge("3", 200, "cus_b", 4)
    account = Account([charge("1", 1000, "cus_ana"), guest, again], customers=[ANA, customer("b", "ana@example.com")])
    text = "email,name,total spent\nana@example.com,Ana,17.00\nbo@example.com,Bo,2.00\n"
    one, other = Home(tmp_path / "one"), Home(tmp_path / "other")
    import_text(one, text)
    sync(other, account)
    for warnings in (sync(one, account).warnings, import_text(other, text).warnings):
        assert any(told.startswith("POSSIBLE_DOUBLE_COUNT: 1 ") for told in warnings)


def test_the_files_of_several_months_are_added_before_they_are_compared(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_ana"), charge("2", 500, "cus_ana", 40)], customers=[ANA]))
    titles = "email,amount,date\n"
    first = import_text(home, titles + "ana@example.com,10,2026-01-02\n", profile="payments")
    assert import_text(home, titles + "ana@example.com,5,2026-02-10\n", name="b.csv", profile="payments").warnings
    assert first.warnings == ()


def test_an_undo_after_which_a_file_and_an_account_agree_says_so(home: Home) -> None:
    import_text(home, LIST)
    other = import_text(home, "email,name,total spent\nana@example.com,Ana,1.00\n", name="b.csv")
    sync(home, Account([charge("1", 1000, "cus_ana")], customers=[ANA]))
    undone = undo_import(home, other.import_id, "tester", NOW)
    assert any(told.startswith("POSSIBLE_DOUBLE_COUNT: 1 ") for told in undone.warnings)


@pytest.mark.rule("PIT-101")
@pytest.mark.scenario(66)
def test_an_account_belongs_to_one_source(home: Home) -> None:
    sync(home, ONE_CHARGE)
    before = table(home)
    second = replace(terms(), source="billing_again")
    with pytest.raises(AccountTaken, match="under the source billing"):
        sync(home, Account([charge("1", 1000, "cus_ana"), charge("9", 1)], customers=[]), on=second)
    with pytest.raises(AccountTaken, match="cus_ana"):
        sync(home, Account([], customers=[ANA]), on=second)
    assert table(home).equals(before)
    take_out(home, "billing", "Zoé", NOW)
    assert sync(home, ONE_CHARGE, on=second).import_id


def test_a_sync_cannot_be_undone_like_a_file(home: Home) -> None:
    synced = sync(home, Account([charge("1", 1000, "cus_ana")], customers=[ANA]))
    assert synced.import_id
    with pytest.raises(WrongUse, match="the account's next one replaces it"):
        undo(home, synced.import_id)


def test_an_account_is_taken_out_exactly_and_comes_back_whole(home: Home) -> None:
    import_text(home, "email,name,total spent\nana@example.com,Ana,5.00\n")
    before = table(home)
    account = Account([charge("1", 1000, "cus_ana"), GUEST], [refund("1", 100, of="1")], [ANA, customer("b", "b@c.de")])
    sync(home, account)
    after = table(home).drop("last_import_id")
    assert take_out(home, "billing", "Zoé", NOW) == 1
    assert table(home).equals(before)
    assert all(table(home, name).is_empty() for name in ("stripe_charges", "stripe_spend", "stripe_unattributed"))
    history = table(home, "import_history").filter(pl.col("source") == "billing").row(0, named=True)
    assert (history["status"], history["undone_by"], history["undone_count"]) == ("undone", "Zoé", 1)
    sync(home, account)
    assert table(home).drop("last_import_id", "first_import_id").equals(after.drop("first_import_id"))
    with pytest.raises(WrongUse, match="never synced"):
        take_out(home, "other", "Zoé", NOW)


def test_the_ledger_keeps_its_currency(home: Home) -> None:
    sync(home, Account([charge("1", 1000, "cus_ana")], customers=[ANA]))
    with pytest.raises(WrongUse, match="every amount in the ledger is in USD"):
        sync(home, Account([charge("2", 1000, "cus_ana")]), 31, full=False, base="EUR")


def test_rebuild_gives_the_same_tables(home: Home) -> None:
    import_text(home, "email,name,total spent\nguest@example.com,Gil,5.00\n")
    sync(home, Account([charge("1", 1000, "cus_ana"), GUEST], [refund("1", 100, of="1")], [ANA]))
    before = everything(home)
    recompute.rebuild(home)
    assert same(before, everything(home))
    assert read_table(home.published, "FROM deployment").rows() == [("USD",)]
