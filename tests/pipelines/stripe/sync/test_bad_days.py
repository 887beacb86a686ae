"""A Stripe account on a bad day: lists that leave things out, clocks that go wrong, rights that are lost, sandboxes
that are wiped (stripe.md 7b, scenarios 51–64). What was known stays until Stripe says otherwise.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.errors import ChargesVanished, ObjectGone, PermissionMissing
from pipelines.home import Home
from pipelines.stripe.api.protocol import Query, Stream
from pipelines.stripe.extract.plan import DAY, Known, PlanOptions, ReadBefore, planned
from pipelines.stripe.sync.reconciliation import disagreements
from tests.pipelines.stripe import states, syncs
from tests.pipelines.stripe.lists import Lists, charge, customer, refund
from tests.pipelines.stripe.states import Account
from tests.support.flow import table

NOW = int(datetime(2026, 11, 23, 8, tzinfo=UTC).timestamp())
YEAR = 365 * DAY


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "data")


def emails(home: Home) -> set[str]:
    return set(table(home)["email"].drop_nulls())


def codes(warnings: object) -> list[str]:
    return [str(warning).split(":")[0] for warning in warnings]  # type: ignore[attr-defined]  # a list of texts


class Ticked(Lists):
    """An account whose list of customers leaves some out, though they are there."""

    left_out: frozenset[str] = frozenset()

    def _page(self, query: Query) -> bytes:
        whole = self.objects["customers"]
        self.objects["customers"] = [one for one in whole if one["id"] not in self.left_out]
        try:
            return super()._page(query)
        finally:
            self.objects["customers"] = whole


def account(**more: object) -> Ticked:
    paid = [charge(n, NOW - 5000 - n, customer=f"cus_{n:06d}") for n in range(4)]
    return Ticked(paid, [], [customer(n, NOW - YEAR + n) for n in range(4)], **more)  # type: ignore[arg-type]  # as Lists


@pytest.mark.slow
@pytest.mark.scenario(51)
def test_a_customer_that_the_list_leaves_out_is_asked_for_and_stays(home: Home) -> None:
    ours = account()
    syncs.sync(home, ours, NOW)
    ours.left_out = frozenset({"cus_000002"})
    synced = syncs.sync(home, ours, NOW + 3600, full=True)
    assert "cus_000002" in ours.asked_alone
    assert emails(home) == {f"c{n}@example.com" for n in range(4)}
    assert list(synced.warnings) == [], "it was asked for, and it is there"


@pytest.mark.slow
@pytest.mark.scenario(51)
def test_only_stripes_own_word_deletes_a_customer(home: Home) -> None:
    ours = account()
    syncs.sync(home, ours, NOW)
    ours.objects["customers"] = ours.objects["customers"][1:]
    ours.singles = {"cus_000000": {"id": "cus_000000", "object": "customer", "deleted": True}}
    syncs.sync(home, ours, NOW + 3600, full=True)
    assert emails(home) == {f"c{n}@example.com" for n in range(1, 4)}


@pytest.mark.slow
@pytest.mark.matrix(1)
@pytest.mark.scenario(52)
@pytest.mark.parametrize("listed", [0, 1])
def test_a_list_that_lacks_nearly_everybody_removes_nobody_and_is_told(home: Home, listed: int) -> None:
    ours = account()
    syncs.sync(home, ours, NOW)
    before = table(home)
    ours.objects["customers"] = ours.objects["customers"][:listed]
    synced = syncs.sync(home, ours, NOW + 3600, full=True)
    assert table(home).equals(before)
    assert codes(synced.warnings) == ["CUSTOMERS_NOT_LISTED"]
    assert f" {4 - listed} " in synced.warnings[0]


@pytest.mark.scenario(53)
@pytest.mark.parametrize("known", [10, 100_000])
def test_a_slow_clock_reads_no_less_than_before(known: int) -> None:
    told = Known(charges=known, customers=known, newest=NOW - 60)
    plan = planned(PlanOptions("run", "full", 45), ReadBefore(NOW, told), datetime.fromtimestamp(NOW - 3600, UTC))
    assert plan.upper_bound == NOW - 59


@pytest.mark.scenario(53)
def test_a_clock_that_is_an_hour_slow_makes_nobody_vanish(home: Home) -> None:
    ours = account()
    syncs.sync(home, ours, NOW)
    before = table(home)
    syncs.sync(home, ours, NOW - 3600, full=True)
    assert table(home).equals(before)


class Unreadable(Lists):
    """An account whose refunds may not be read."""

    def page(self, query: Query) -> bytes:
        if query.stream == "refunds":
            raise PermissionMissing("no right", "rak_charge_read")
        return super().page(query)

    def one(self, stream: Stream, identity: str) -> bytes:
        if stream == "refunds":
            raise PermissionMissing("no right", "rak_charge_read")
        return super().one(stream, identity)


@pytest.mark.slow
@pytest.mark.scenario(54)
def test_refunds_that_are_known_stay_when_the_right_to_read_them_is_lost(home: Home) -> None:
    paid = [charge(1, NOW - YEAR, customer="cus_000001", amount=5000), charge(2, NOW - 9000, customer="cus_000001")]
    owner = [customer(1, NOW - YEAR)]
    syncs.sync(home, Lists(paid, [refund(1, NOW - 8000, amount=2000)], owner), NOW)
    assert table(home)["refund_volume"].to_list() == [Decimal("20.000")]
    paid[1]["amount_refunded"] = 300
    synced = syncs.sync(home, Unreadable(paid, [], owner), NOW + DAY)
    assert table(home)["refund_volume"].to_list() == [Decimal("23.000")]
    (told,) = synced.warnings
    assert told.startswith("REFUND_DETAIL_UNAVAILABLE") and "2026-11-23" in told


@pytest.mark.slow
@pytest.mark.scenario(55)
def test_what_is_not_seen_without_refunds_is_said(home: Home) -> None:
    paid = [charge(1, NOW - YEAR, customer="cus_000001", amount=5000)]
    owner = [customer(1, NOW - YEAR)]
    (told,) = syncs.sync(home, Unreadable(paid, [], owner), NOW).warnings
    assert "older than 45 days at the next full sweep (30 3 * * 0)" in told
    paid[0]["amount_refunded"] = 1000
    syncs.sync(home, Unreadable(paid, [], owner), NOW + DAY, full=True)
    assert table(home)["refund_volume"].to_list() == [Decimal("10.000")]


@pytest.mark.scenario(58)
def test_a_redacted_customer_is_as_deleted_and_its_money_stays_a_guests(home: Home) -> None:
    paid = [states.charge("1", 1000, "cus_ana", receipt_email="ana@example.com", billing_name="Ana")]
    states.sync(home, Account(paid, customers=[states.customer("ana", "ana@example.com", "Ana")]))
    hidden = [paid[0] | {"receipt_email": "[redacted]", "billing_name": "[redacted]"}]
    states.sync(home, Account(hidden, customers=[states.customer("ana", "[redacted]", "[redacted]")]), 40)
    assert emails(home) == set()
    everything = [table(home, name) for name in ("stripe_customers", "stripe_charges", "stripe_unattributed")]
    told = str([rows.rows() for rows in everything]).lower()
    assert "ana@example.com" not in told and "redacted" not in told
    assert table(home, "stripe_unattributed").select("reason", "amount").rows() == [
        ("deleted_customer", Decimal("10.000"))
    ]


@pytest.mark.slow
@pytest.mark.scenario(59)
def test_an_authorisation_is_read_again_until_it_is_captured_whatever_its_age(home: Home) -> None:
    few = [customer(1, NOW - YEAR)]
    held = charge(1, NOW - 200 * DAY, customer="cus_000001", captured=False, amount_captured=0)
    others = [charge(n, NOW - 100 * DAY - n) for n in range(2, 5)]
    syncs.sync(home, Lists([held, *others], [], few), NOW, sequential=False)
    assert table(home)["total_spent"].to_list() == [Decimal(0)]
    taken = held | {"captured": True, "amount_captured": held["amount"]}
    ours = Lists([taken, *others], [], few)
    syncs.sync(home, ours, NOW + DAY, sequential=False)
    assert ours.asked_alone == ["ch_000001"]
    assert table(home)["total_spent"].to_list() == [Decimal("10.010")]
    again = Lists([taken, *others], [], few)
    syncs.sync(home, again, NOW + 2 * DAY, sequential=False)
    assert again.asked_alone == [], "it is final now"


@pytest.mark.slow
@pytest.mark.scenario(60)
def test_a_watermark_in_the_future_is_clipped_and_what_was_missed_is_read(home: Home) -> None:
    ours = account()
    syncs.sync(home, ours, NOW + 3 * YEAR)
    ours.objects["charges"].append(charge(9, NOW - 100 * DAY, customer="cus_000001"))
    assert syncs.sync(home, ours, NOW, sequential=False).mode == "full"
    assert table(home)["total_spent"].sum() == Decimal("10.09") + sum(Decimal(1000 + n) / 100 for n in range(4))
    assert syncs.sync(home, ours, NOW + 3600, sequential=False).mode == "incremental", "the watermark is right again"


@pytest.mark.scenario(61)
def test_a_charge_before_the_first_rate_is_told_with_both_days_and_the_others_count(home: Home, tmp_path: Path) -> None:
    rates = tmp_path / "rates.csv"
    rates.write_text("date,currency,rate\n2026-01-06,EUR,1.20\n", "utf-8")
    paid = [
        states.charge("1", 1000, "cus_ana", 2, currency="eur"),
        states.charge("2", 1000, "cus_ana", 8, currency="eur"),
    ]
    ana = states.customer("ana", "ana@example.com", "Ana")
    synced = states.sync(home, Account(paid, customers=[ana]), rates=rates)
    row = table(home).row(0, named=True)
    assert (row["total_spent"], row["payment_count"]) == (Decimal("12.000"), 1)
    assert str(row["first_payment_date"]) == "2026-01-09"
    (told,) = synced.warnings
    assert told.startswith("CHARGES_BEFORE_RATES: 10.000 EUR in 1 payment up to 2026-01-03")
    assert "begin on 2026-01-06" in told
    spend = table(home, "spend_by_currency").select("currency", "total_spent", "payment_count").rows()
    assert spend == [("EUR", Decimal("20.000"), 2)]


@pytest.mark.scenario(61)
def test_money_without_a_rate_is_unknown_so_a_minimum_or_a_clean_up_leaves_its_customer_alone(
    home: Home, tmp_path: Path
) -> None:
    rates = tmp_path / "rates.csv"
    rates.write_text("date,currency,rate\n2026-01-06,EUR,1.20\n", "utf-8")
    paid = [states.charge(str(day), 100, "cus_ana", day, currency="eur") for day in (2, 8)]
    ana = states.customer("ana", "ana@example.com", "Ana")
    states.sync(home, Account(paid, customers=[ana]), rates=rates, min_spend=Decimal(50))
    assert emails(home) == {"ana@example.com"}
    assert table(home, "low_spend_candidates").is_empty()


@pytest.mark.scenario(62)
def test_a_wiped_sandbox_is_told_as_such_with_the_way_out(home: Home) -> None:
    paid = [charge(1, NOW - 9000, customer="cus_000001", livemode=False)]
    syncs.sync(home, Lists(paid, [], [customer(1, NOW - YEAR, livemode=False)]), NOW)
    with pytest.raises(ChargesVanished, match=r"wiped.*customers stripe forget billing --with-data --by NAME"):
        syncs.sync(home, Lists(), NOW + DAY, full=True)
    assert emails(home) == {"c1@example.com"}


@pytest.mark.scenario(63)
def test_refunds_that_nobody_shows_fail_the_check(home: Home) -> None:
    states.sync(home, Account([states.charge("1", 1000, "cus_ana", amount_refunded=500)]), on=None)
    (found,) = disagreements(home, "billing")
    assert (found.charge_id, found.charge_says, found.refunds_say) == ("ch_1", "5.000", "0.000")


@pytest.mark.slow
@pytest.mark.scenario(64)
def test_a_deletion_that_only_a_sweep_finds_is_a_late_change(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.stripe.sync.sync_account.CUSTOMERS_READ_WHOLE", 2)
    monkeypatch.setattr("pipelines.stripe.extract.plan.CUSTOMERS_READ_WHOLE", 2)
    ours = account()
    syncs.sync(home, ours, NOW)
    ours.objects["customers"] = ours.objects["customers"][1:]
    ours.singles = {"cus_000000": {"id": "cus_000000", "object": "customer", "deleted": True}}
    assert syncs.sync(home, ours, NOW + 3600, sequential=False).late_changes == 0
    assert syncs.sync(home, ours, NOW + 7200, full=True, sequential=False).late_changes == 1


@pytest.mark.slow
def test_a_customer_that_stripe_does_not_know_stays_and_is_told(home: Home) -> None:
    class Nowhere(Ticked):
        def one(self, stream: Stream, identity: str) -> bytes:
            raise ObjectGone(f"No such {stream}: {identity}")

    ours = account()
    syncs.sync(home, ours, NOW)
    gone = Nowhere(ours.objects["charges"], [], ours.objects["customers"])
    gone.left_out = frozenset({"cus_000003"})
    synced = syncs.sync(home, gone, NOW + int(timedelta(hours=1).total_seconds()), full=True)
    assert len(emails(home)) == 4
    assert codes(synced.warnings) == ["CUSTOMERS_NOT_LISTED"]
