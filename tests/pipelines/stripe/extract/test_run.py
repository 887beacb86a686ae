"""Reading whole accounts: everything comes, once, whatever happens on the way."""

import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.errors import CursorGone, PageBroken, WarehouseBusy
from pipelines.home import Home
from pipelines.stripe.api.protocol import Query
from pipelines.stripe.extract import run
from pipelines.stripe.extract.plan import DAY, Known, PlanOptions, ReadBefore, planned
from pipelines.stripe.extract.run import CustomersBefore, Manner, Progress, extract
from pipelines.stripe.extract.store import ExtractStore, Step, opened
from pipelines.warehouse.database import working
from tests.pipelines.stripe.extract.readings import NOW, T, account_of, extracted, ids, plan_of, silent
from tests.pipelines.stripe.lists import Lists, body, charge, customer, refund


@pytest.mark.matrix(5)
@pytest.mark.scenario(24)
@pytest.mark.parametrize("sequential", [True, False])
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 10_000])
def test_an_account_of_any_size_is_read_whole(tmp_path: Path, count: int, sequential: bool) -> None:
    account = Lists([charge(n, T - 1 - n * 977) for n in range(count)])
    read = extracted(account, tmp_path, plan_of(sequential=sequential))
    assert ids(read.charges) == [one["id"] for one in account.objects["charges"]]
    asked = [query for query in account.asked if query.stream == "charges"]
    cuts = len({query.gte for query in asked} | {query.lt for query in asked}) - 2
    assert len(asked) <= max(1, -(-count // 100)) + max(0, cuts)
    assert {query.gte for query in asked} == {None} if sequential else None not in {query.gte for query in asked}
    assert read.counters["charges"] == (count, len(asked), len(asked), False)


def test_cutting_costs_few_requests_stripe_md_6_2(tmp_path: Path) -> None:
    account = Lists([charge(n, T - 1 - n * 3000) for n in range(10_000)])
    extracted(account, tmp_path)
    assert len(account.asked) <= 100 * 1.15


@pytest.mark.scenario(25)
def test_a_burst_in_one_second_is_read_whole(tmp_path: Path) -> None:
    account = Lists([charge(n, T - 500) for n in range(1500)] + [charge(n, T - n) for n in range(1500, 3000)])
    read = extracted(account, tmp_path)
    assert read.charges.height == read.counters["charges"].objects == 3000


@pytest.mark.scenario(26)
def test_objects_at_the_bounds_are_read_once(tmp_path: Path) -> None:
    since = T - DAY - 45 * DAY
    account = Lists([charge(n, at) for n, at in enumerate([since - 1, since, T - 1, T])])
    known = Known(charges=50_000, customers=50_000)
    read = extracted(account, tmp_path, plan_of("incremental", known=known))
    assert ids(read.charges) == ["ch_000001", "ch_000002"]
    assert read.counters["charges"].objects == 2


@pytest.mark.scenario(27)
@pytest.mark.parametrize("sequential", [True, False])
def test_what_appears_while_pages_are_read_waits_for_the_next_sync(tmp_path: Path, sequential: bool) -> None:
    def arrives(query: Query) -> None:
        if len(account.asked) == 5:
            account.objects["charges"].append(charge(9999, T + 3))

    account = account_of(1000, before=arrives)
    read = extracted(account, tmp_path, plan_of(sequential=sequential))
    assert ids(read.charges) == [f"ch_{n:06d}" for n in range(1000)]
    later = planned(PlanOptions("run-2", "incremental", 1), ReadBefore(T), NOW + timedelta(hours=1))
    assert "ch_009999" in ids(extracted(account, tmp_path, later).charges)


@pytest.mark.scenario(28)
def test_what_shows_up_late_is_in_the_next_sync(tmp_path: Path) -> None:
    account = account_of(100)
    extracted(account, tmp_path)
    account.objects["charges"].append(charge(9999, T - 5))
    later = planned(PlanOptions("run-2", "incremental", 0), ReadBefore(T), NOW + timedelta(minutes=5))
    assert "ch_009999" in ids(extracted(account, tmp_path, later).charges)


@pytest.mark.scenario(29)
@pytest.mark.parametrize("sequential", [True, False])
def test_a_cursor_that_is_deleted_between_pages(tmp_path: Path, sequential: bool) -> None:
    def deletes(query: Query) -> None:
        deletions.append(query) if query.cursor and len(deletions) < 3 else None
        if deletions and deletions[-1] is query:
            account.objects["customers"] = [one for one in account.objects["customers"] if one["id"] != query.cursor]

    deletions: list[Query] = []
    account = Lists(customers=[customer(n, T - 9000 + n // 7) for n in range(1500)], before=deletes)
    read = extracted(account, tmp_path, plan_of(sequential=sequential))
    assert len(deletions) == 3
    assert set(ids(read.customers)) >= {one["id"] for one in account.objects["customers"]}
    assert len(ids(read.customers)) == len(set(ids(read.customers))) == 1500
    assert len([query for query in account.asked if query.stream == "customers"]) < 60


def test_cursors_that_all_vanish_come_to_an_end(tmp_path: Path) -> None:
    def vanishes(query: Query) -> None:
        if query.cursor:
            raise CursorGone(f"No such customer: {query.cursor}")

    account = Lists(customers=[customer(n, T - 9000) for n in range(300)], before=vanishes)
    with pytest.raises(CursorGone):
        extracted(account, tmp_path)
    assert len(account.asked) < 100


class Endless(Lists):
    """An account whose charges never end, by pages that are empty or always the same."""

    def __init__(self, *told: object) -> None:
        super().__init__()
        self.told = told

    def page(self, query: Query) -> bytes:
        self.asked.append(query)
        return body(self.told, more=True) if query.stream == "charges" else body([])


@pytest.mark.scenario(30)
@pytest.mark.parametrize("told", [[], [charge(1, 60), charge(2, 50)]])
def test_a_list_that_would_never_end_is_an_error(tmp_path: Path, told: list[object]) -> None:
    account = Endless(*told)
    with pytest.raises(PageBroken, match="never end"):
        extracted(account, tmp_path)
    assert len(account.asked) < 10


@pytest.mark.scenario(33)
def test_a_second_sync_of_the_same_source_is_told_to_wait(tmp_path: Path) -> None:
    with opened(tmp_path, "billing", 0) as store:
        store.begin(plan_of())
        with pytest.raises(WarehouseBusy, match=str(os.getpid())), opened(tmp_path, "billing", 0):
            pass
        with opened(tmp_path, "another", 0) as other:
            assert other.plan() is None
    with opened(tmp_path, "billing", 0) as store:
        assert store.plan() == plan_of()


def test_imports_go_on_while_an_account_is_read(tmp_path: Path, home: Home) -> None:
    with opened(home.extracts, "billing", 0) as store:
        store.begin(plan_of())
        with working(home.working, 0) as connection:
            assert connection.execute("SELECT count(*) FROM ledger.imports").fetchall() == [(0,)]


def test_charges_and_refunds_are_read_side_by_side_and_customers_last(tmp_path: Path) -> None:
    account = account_of(3000)
    extracted(account, tmp_path, workers=2)
    streams = [query.stream for query in account.asked]
    assert streams.index("customers") == len(streams) - streams.count("customers")
    assert streams.index("refunds") < streams.count("charges") / 2


def test_no_more_pages_are_held_than_workers_and_commits_need(tmp_path: Path) -> None:
    held: list[int] = []
    gate = threading.Semaphore(4)

    class Watched(Lists):
        def page(self, query: Query) -> bytes:
            assert gate.acquire(blocking=False), "more requests at once than workers"
            try:
                return super().page(query)
            finally:
                gate.release()

    def commit(store: ExtractStore, steps: list[Step]) -> None:
        whole(store, steps)
        held.append(len(steps))

    whole = ExtractStore.commit
    account = Watched(charge(n, T - 1 - n * 977) for n in range(6000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ExtractStore, "commit", commit)
        patch.setattr(run, "COMMIT_PAGES", 8)
        extracted(account, tmp_path, workers=4)
    assert sum(held) == len(account.asked)
    assert max(held) <= 8 + 2 * 4


@pytest.mark.scenario(36)
def test_a_server_with_the_oldest_first_is_read_whole_page_after_page(tmp_path: Path) -> None:
    account = Lists(
        [charge(n, T - 9000 + n) for n in range(777)],
        [refund(n, T - 9000 + n) for n in range(5)],
        [customer(n, T - 9000 + n) for n in range(301)],
        oldest_first=True,
    )
    read = extracted(account, tmp_path, plan_of(sequential=True))
    assert [frame.height for frame in read[:3]] == [777, 5, 301]
    assert len(account.asked) == 8 + 1 + 4


@pytest.mark.scenario(44)
def test_a_surprise_is_kept_beside_the_rest(tmp_path: Path) -> None:
    account = Lists([charge(1, 70), charge(2, 60, amount="12"), charge(3, 50, status="weird", brand_new=[1])])
    read = extracted(account, tmp_path)
    assert ids(read.charges) == ["ch_000001", "ch_000003"]
    assert read.surprises.select("stream", "id").rows() == [("charges", "ch_000002")]
    assert '"12"' in read.surprises["raw"][0]
    assert read.counters["charges"].objects == 3


@pytest.mark.scenario(44)
def test_an_object_without_an_amount_fails_the_reading(tmp_path: Path) -> None:
    with pytest.raises(PageBroken, match="object 1 has no amount"):
        extracted(Lists([charge(1, 70, amount=None)]), tmp_path)


@pytest.mark.scenario(21)
def test_customers_that_no_list_gave_are_asked_for(tmp_path: Path) -> None:
    charges = [
        charge(n, 100 - n, customer=name) for n, name in enumerate(["cus_000001", "cus_old", "cus_gone", "cus_2"])
    ]
    stub = {"id": "cus_old", "object": "customer", "deleted": True}
    account = Lists(charges, customers=[customer(1, 50)], singles={"cus_old": stub})
    read = extracted(account, tmp_path, customers=CustomersBefore(["cus_2"]))
    assert sorted(account.asked_alone) == ["cus_gone", "cus_old"]
    assert read.customers.select("id", "deleted").rows() == [
        ("cus_000001", False),
        ("cus_gone", True),
        ("cus_old", True),
    ]
    assert read.charges.height == 4


@pytest.mark.rule("PIT-77", "PIT-78")
def test_objects_that_may_still_change_are_read_again(tmp_path: Path) -> None:
    old = T - 300 * DAY
    account = Lists(
        [charge(1, old, customer="cus_x"), charge(2, T - 9)], [refund(3, old)], singles={"cus_x": customer(5, old)}
    )
    again = {"charges": ("ch_000001", "ch_000002", "ch_lost"), "refunds": ("re_000003",)}
    known = Known(charges=50_000, customers=50_000)
    read = extracted(account, tmp_path, plan_of("incremental", known=known, again=again))
    assert ids(read.charges) == ["ch_000001", "ch_000002"]
    assert ids(read.refunds) == ["re_000003"]
    assert sorted(account.asked_alone[:3]) == ["ch_000001", "ch_lost", "re_000003"]
    assert account.asked_alone[3:] == ["cus_x"]
    assert read.surprises.select("id", "reason").rows() == [("ch_lost", "gone: no such charges: ch_lost")]


def test_of_what_is_read_twice_the_latest_counts(tmp_path: Path) -> None:
    account = Lists([charge(1, T - 50, status="pending")])
    with opened(tmp_path, "billing", 0) as store:
        extract(account, store, plan_of(), Manner(silent))
        account.objects["charges"] = [charge(1, T - 50, status="failed")]
        page = run.fetched(account, plan_of(), run.Single("charges", "ch_000001"))
        store.commit([Step("charges", page), Step("charges", page)])
        assert store.frames().charges["status"].to_list() == ["failed"]


@pytest.mark.rule("AU-18")
def test_progress_is_told_while_it_goes_on(tmp_path: Path) -> None:
    told: list[Progress] = []
    known = Known(charges=12_000)
    with opened(tmp_path, "billing", 0) as store:
        extract(account_of(2000), store, plan_of(known=known), Manner(told.append, report_seconds=0.0))
    assert len(told) > 3
    assert [one.objects for one in told] == sorted(one.objects for one in told)
    assert (told[-1].objects, told[-1].pages) == (2600, len_of_pages(tmp_path))
    assert any(one.seconds_left and one.per_second for one in told)


def len_of_pages(folder: Path) -> int:
    with opened(folder, "billing", 0) as store:
        return sum(counter.requests for counter in store.counters().values())
