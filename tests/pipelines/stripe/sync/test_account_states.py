"""A Stripe account becomes customers: stripe.md 6.4, scenarios 1–23, 34, 42, 50, from an extract to the tables."""

from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.errors import WrongUse
from pipelines.home import Home
from tests.pipelines.stripe.states import Account, charge, customer, refund, sync, terms
from tests.pipelines.stripe.sync.account_tables import ANA, emails, of, totals
from tests.support.flow import table

TOTALS = ("total_spent", "payment_count", "refund_volume")


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


@pytest.mark.matrix(2)
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


@pytest.mark.rule("AU-32", "PIT-92")
@pytest.mark.scenario(12)
def test_the_minimum_spend_is_inclusive_and_after_the_merge(home: Home) -> None:
    owners = [customer(name, f"{name}@example.com") for name in ("a", "b", "c")] + [customer("d", "a@example.com")]
    paid = [charge("1", 999, "cus_a"), charge("2", 1000, "cus_b"), charge("3", 1001, "cus_c")]
    sync(home, Account(paid, customers=owners), min_spend=Decimal(10))
    assert emails(home) == {"b@example.com", "c@example.com"}
    (told,) = table(home, "import_history")["warnings"][0]
    assert told.startswith("UNDER_MIN_SPEND: 1 customer spent less than 10 ")
    assert table(home, "rejected_rows").is_empty(), "who is filtered is counted, and rejected nowhere"
    sync(home, Account([*paid, charge("4", 1, "cus_d")], customers=owners), 31, min_spend=Decimal(10))
    assert totals(home, "a@example.com")[:2] == ("10.000", 2)


@pytest.mark.scenario(13)
def test_amounts_at_the_top_are_exact(home: Home) -> None:
    paid = [charge(str(number), 9_999_999_999_999, "cus_ana") for number in range(100)]
    sync(home, Account(paid, customers=[ANA]))
    assert totals(home)[:2] == ("9999999999999.000", 100)


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
