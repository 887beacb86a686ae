"""What a sync reads: since when, until when, how."""

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.stripe.extract.plan import DAY, Known, Mode, Plan, PlanOptions, ReadBefore, is_resumable, planned
from pipelines.stripe.extract.ranges import Range

NOW = datetime(2026, 11, 23, 8, 0, 0, 700_000, tzinfo=UTC)
T = int(NOW.timestamp())
MANY = Known(charges=50_000, refunds=500, customers=10_001)


def plan(
    mode: Mode = "incremental",
    watermark: int | None = T - 3600,
    known: Known | None = MANY,
    look_back_days: int = 45,
    sequential: bool | None = None,
) -> Plan:
    return planned(PlanOptions("run-1", mode, look_back_days, sequential), ReadBefore(watermark, known), NOW)


def test_a_full_sweep_reads_everything_before_its_upper_bound() -> None:
    made = plan("full")
    assert made.mode == "full"
    assert made.whole == ("charges", "refunds", "customers")
    assert made.ranges == (Range("charges", 0, T), Range("refunds", 0, T), Range("customers", 0, T))
    assert made.expected == 60_501


@pytest.mark.rule("PIT-76", "PIT-79")
def test_an_incremental_sync_looks_back_from_the_last_upper_bound() -> None:
    made = plan()
    since = T - 3600 - 45 * DAY
    assert made.mode == "incremental"
    assert made.ranges == (
        Range("charges", since, T),
        Range("refunds", since, T),
        Range("customers", T - 3600 - DAY, T),
    )
    assert (made.whole, made.expected) == ((), None)


@pytest.mark.parametrize(("customers", "whole"), [(10_000, True), (10_001, False)])
def test_few_customers_are_listed_whole_each_time(customers: int, whole: bool) -> None:
    made = plan(known=Known(charges=50_000, customers=customers))
    assert ("customers" in made.whole) is whole


def test_at_least_ten_minutes_are_read_again() -> None:
    made = plan(watermark=T - 60, look_back_days=0)
    assert made.since["charges"] == T - 60 - 600


@pytest.mark.parametrize(("age", "mode"), [(30 * DAY, "incremental"), (30 * DAY + 1, "full"), (None, "full")])
def test_an_old_or_absent_watermark_asks_for_a_full_sweep(age: int | None, mode: Mode) -> None:
    assert plan(watermark=None if age is None else T - age).mode == mode


def test_a_watermark_of_the_future_is_taken_for_now() -> None:
    assert plan(watermark=T + 5000).since["charges"] == T - 45 * DAY


def test_nothing_is_older_than_the_epoch() -> None:
    made = plan(watermark=T, look_back_days=40_000)
    assert made.since["charges"] == 0


@pytest.mark.parametrize(("objects", "sequential"), [(0, True), (1_999, True), (2_000, False)])
def test_a_small_account_is_read_page_after_page(objects: int, sequential: bool) -> None:
    made = plan(known=Known(charges=objects))
    assert made.sequential is sequential
    assert made.mode == "incremental"
    if sequential:
        assert made.ranges == (Range("charges"), Range("refunds"), Range("customers"))
        assert made.whole == ("charges", "refunds", "customers")


def test_an_unknown_account_may_be_large() -> None:
    assert plan(watermark=None, known=None).sequential is False


@pytest.mark.parametrize("asked", [True, False])
def test_how_to_read_can_be_asked_for(asked: bool) -> None:
    assert plan(known=Known(charges=1_999 if not asked else 90_000), sequential=asked).sequential is asked


def test_a_plan_is_the_same_after_its_json() -> None:
    before = ReadBefore(T - 3600, MANY, {"charges": ("ch_1",), "refunds": ("re_1", "re_2")})
    made = planned(PlanOptions("run-1", "incremental", 45), before, NOW)
    assert Plan.model_validate_json(made.model_dump_json()) == made


@pytest.mark.parametrize(("hours", "resumable"), [(0, True), (23.9, True), (24, False), (-1, False)])
def test_an_unfinished_sync_is_gone_on_with_for_a_day(hours: float, resumable: bool) -> None:
    assert is_resumable(plan(), NOW + timedelta(hours=hours)) is resumable
