"""Reading whole accounts: everything comes, once, whatever happens on the way."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import CursorGone, KeyRefused, PageBroken, PermissionMissing, StripeUnavailable, WarehouseBusy
from pipelines.home import Home
from pipelines.stripe.api.protocol import STREAMS, Query, Stream
from pipelines.stripe.extract import run
from pipelines.stripe.extract.plan import DAY, Known, Plan, planned
from pipelines.stripe.extract.run import Progress, extract
from pipelines.stripe.extract.store import Extracted, ExtractStore, Step, opened
from pipelines.warehouse.database import working
from tests.pipelines.stripe.lists import Lists, body, charge, customer, refund

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
T = int(NOW.timestamp())


def plan_of(mode: str = "full", **more: object) -> Plan:
    told: dict[str, object] = {"watermark": T - DAY, "look_back_days": 45, "known": None, **more}
    return planned(mode, "run-1", NOW, **told)  # type: ignore[arg-type]  # fields of a plan


def silent(progress: Progress) -> None:
    """Tell nobody."""


def account_of(count: int, **more: object) -> Lists:
    """An account over a year: `count` charges, a tenth of that refunds, a fifth customers, one of whom has no list."""
    return Lists(
        [charge(n, T - 1 - n * (365 * DAY // max(count, 1)), customer=f"cus_{n // 5:06d}") for n in range(count)],
        [refund(n, T - 5 - n * DAY) for n in range(count // 10)],
        [customer(n, T - 400 * DAY + n) for n in range(1, count // 5)],
        **more,  # type: ignore[arg-type]  # arguments of the account
    )


def extracted(account: Lists, folder: Path, plan: Plan | None = None, **more: object) -> Extracted:
    with opened(folder, "billing", 0) as store:
        extract(account, store, plan or plan_of(), silent, **more)  # type: ignore[arg-type]  # options of extract
        return store.frames()


def ids(frame: pl.DataFrame) -> list[str]:
    return frame["id"].to_list()


def same(one: Extracted, other: Extracted) -> bool:
    return all(left.equals(right) for left, right in zip(one[:4], other[:4], strict=True))


@contextmanager
def committing_every_page() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "COMMIT_PAGES", 1)
        yield patch


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
    later = planned("incremental", "run-2", NOW + timedelta(hours=1), watermark=T, look_back_days=1, known=None)
    assert "ch_009999" in ids(extracted(account, tmp_path, later).charges)


@pytest.mark.scenario(28)
def test_what_shows_up_late_is_in_the_next_sync(tmp_path: Path) -> None:
    account = account_of(100)
    extracted(account, tmp_path)
    account.objects["charges"].append(charge(9999, T - 5))
    later = planned("incremental", "run-2", NOW + timedelta(minutes=5), watermark=T, look_back_days=0, known=None)
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


class Killed(BaseException):
    """The end of a process, for a test within one."""


def die_at(commit: int, die: Callable[[], None], done: list[Query]) -> Callable[[ExtractStore, list[Step]], None]:
    """A commit that is the last thing that happens when it is the one numbered so, from 1; notes what is done."""

    def committed(store: ExtractStore, steps: list[Step]) -> None:
        whole(store, steps)
        done.extend(step.done.query for step in steps if step.done)
        if len(done) >= commit:
            die()

    whole = ExtractStore.commit
    return committed


def raised() -> None:
    raise Killed


def vanished() -> None:
    os._exit(9)


@pytest.mark.scenario(31)
def test_a_reading_that_ends_after_any_page_goes_on_from_there(tmp_path: Path) -> None:
    whole = extracted(account_of(450), tmp_path / "whole")
    for commit in range(1, 99):
        done: list[Query] = []
        with committing_every_page() as patch:
            patch.setattr(ExtractStore, "commit", die_at(commit, raised, done))
            try:
                extracted(account_of(450), tmp_path / str(commit), workers=3)
            except Killed:
                pass
            else:
                break
        account = account_of(450)
        resumed = extracted(account, tmp_path / str(commit), workers=3)
        assert same(resumed, whole)
        assert not set(done) & set(account.asked)
        assert [counter.objects for counter in resumed.counters.values()] == [450, 45, 90]
    assert commit > 8


def read_until_killed(folder: Path, commit: int) -> None:
    run.COMMIT_PAGES = 1
    ExtractStore.commit = die_at(commit, vanished, [])  # type: ignore[method-assign]  # this process ends there
    extracted(account_of(700), folder, plan_of(sequential=True), workers=3)


@pytest.mark.scenario(31)
@pytest.mark.parametrize("commit", [1, 3, 8])
def test_a_killed_process_leaves_whole_pages(tmp_path: Path, commit: int) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=read_until_killed, args=(tmp_path / "killed", commit))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    undisturbed, fresh = account_of(700), account_of(700)
    whole = extracted(undisturbed, tmp_path / "whole", plan_of(sequential=True))
    assert same(extracted(fresh, tmp_path / "killed", plan_of(sequential=True)), whole)
    assert len(fresh.asked) <= len(undisturbed.asked) - commit


@pytest.mark.scenario(32)
def test_an_extract_that_is_complete_is_not_read_again(tmp_path: Path) -> None:
    account = account_of(500)
    first = extracted(account, tmp_path)
    asked, alone = len(account.asked), len(account.asked_alone)
    with opened(tmp_path, "billing", 0) as store:
        plan = store.unfinished(NOW + timedelta(hours=23))
        assert plan == plan_of()
        extract(account, store, plan, silent)
        assert same(store.frames(), first)
    assert (len(account.asked), len(account.asked_alone)) == (asked, alone)


@pytest.mark.scenario(32)
def test_finished_ranges_are_not_fetched_again_and_the_bound_stays(tmp_path: Path) -> None:
    def fails(query: Query) -> None:
        if query.stream == "customers":
            raise StripeUnavailable("503, eight times")

    account = account_of(500, before=fails)
    with pytest.raises(StripeUnavailable):
        extracted(account, tmp_path)
    account.before = lambda query: None
    account.asked.clear()
    account.objects["customers"].append(customer(9999, T))
    with opened(tmp_path, "billing", 0) as store:
        plan = store.unfinished(NOW + timedelta(hours=2))
        assert plan is not None
        extract(account, store, plan, silent)
        read = store.frames()
    assert {query.stream for query in account.asked} == {"customers"}
    assert max(query.lt or 0 for query in account.asked) == T
    assert "cus_009999" not in ids(read.customers)


@pytest.mark.scenario(37)
@pytest.mark.parametrize("stream", STREAMS)
def test_a_key_that_is_revoked_midway_leaves_what_was_read(tmp_path: Path, stream: str) -> None:
    def refuses(query: Query) -> None:
        if query.stream == stream and sum(1 for asked in account.asked if asked.stream == stream) > 2:
            raise KeyRefused("api_key_expired")

    account = account_of(1500, before=refuses)
    with pytest.raises(KeyRefused), committing_every_page():
        extracted(account, tmp_path)
    with opened(tmp_path, "billing", 0) as store:
        counters = store.counters()
        assert counters["charges"].objects > 0
        account.before = lambda query: None
        extract(account, store, plan_of(), silent)
        read = store.frames()
    assert same(read, extracted(account_of(1500), tmp_path / "undisturbed"))


@pytest.mark.scenario(38)
def test_refunds_that_may_not_be_read_are_done_without(tmp_path: Path) -> None:
    def forbids(query: Query) -> None:
        if query.stream == "refunds" and len(account.asked) > 3:
            raise PermissionMissing("rak_refund_read is missing", "rak_refund_read")

    account = account_of(3000, before=forbids)
    plan = plan_of(again={"refunds": ("re_000001",)})
    read = extracted(account, tmp_path, plan)
    assert read.refunds_unavailable
    assert read.refunds.is_empty()
    assert read.charges.height == 3000
    assert "re_000001" not in account.asked_alone
    assert not extracted(account_of(10), tmp_path / "other").refunds_unavailable


@pytest.mark.scenario(38)
def test_refunds_stay_unavailable_when_the_reading_is_gone_on_with(tmp_path: Path) -> None:
    def forbids(query: Query) -> None:
        if query.stream == "refunds":
            raise PermissionMissing("rak_refund_read is missing", "rak_refund_read")
        if query.stream == "customers":
            raise StripeUnavailable("503, eight times")

    account = account_of(300, before=forbids)
    with pytest.raises(StripeUnavailable):
        extracted(account, tmp_path)
    account.before = lambda query: None
    account.asked.clear()
    read = extracted(account, tmp_path)
    assert read.refunds_unavailable
    assert {query.stream for query in account.asked} == {"customers"}


@pytest.mark.scenario(38)
def test_a_single_refund_that_may_not_be_read_makes_refunds_unavailable(tmp_path: Path) -> None:
    class Narrow(Lists):
        def one(self, stream: Stream, identity: str) -> bytes:
            raise PermissionMissing(f"{stream} may not be read alone", "rak_refund_read")

    plan = plan_of("incremental", again={"refunds": ("re_old",)})
    account = Narrow([charge(1, T - 50)], [refund(2, T - 50)])
    read = extracted(account, tmp_path, plan)
    assert (read.refunds_unavailable, read.refunds.height, read.charges.height) == (True, 0, 1)
    with pytest.raises(PermissionMissing, match="charges"):
        extracted(account, tmp_path, plan.model_copy(update={"again": {"charges": ("ch_old",)}}))


@pytest.mark.scenario(38)
@pytest.mark.parametrize("stream", ["charges", "customers"])
def test_charges_and_customers_must_be_readable(tmp_path: Path, stream: str) -> None:
    def forbids(query: Query) -> None:
        if query.stream == stream:
            raise PermissionMissing(f"{stream} may not be read", "rak_charge_read")

    with pytest.raises(PermissionMissing, match=stream), opened(tmp_path, "billing", 0) as store:
        extract(account_of(100, before=forbids), store, plan_of(), silent)
    with opened(tmp_path, "billing", 0) as store, pytest.raises(Exception, match="not complete"):
        store.frames()


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


def test_a_failure_leaves_even_an_extract_that_is_not_begun(tmp_path: Path) -> None:
    with pytest.raises(Killed), opened(tmp_path, "billing", 0):
        raise Killed
    assert (tmp_path / "billing.duckdb").exists()
    with opened(tmp_path, "billing", 0) as store:
        assert store.plan() is None
    assert not (tmp_path / "billing.duckdb").exists()


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


def test_a_failure_that_is_no_answer_leaves_what_was_read(tmp_path: Path) -> None:
    def breaks(query: Query) -> None:
        if len(account.asked) == 9:
            raise MemoryError

    account = account_of(2000, before=breaks)
    with pytest.raises(MemoryError):
        extracted(account, tmp_path)
    with opened(tmp_path, "billing", 0) as store:
        assert store.counters()["charges"].objects > 0
        assert store.ranges(STREAMS)


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
    read = extracted(account, tmp_path, known_customers=["cus_2"])
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
        extract(account, store, plan_of(), silent)
        account.objects["charges"] = [charge(1, T - 50, status="failed")]
        page = run._fetched(account, plan_of(), run.Single("charges", "ch_000001"))
        store.commit([Step("charges", page), Step("charges", page)])
        assert store.frames().charges["status"].to_list() == ["failed"]


def test_progress_is_told_while_it_goes_on(tmp_path: Path) -> None:
    told: list[Progress] = []
    known = Known(charges=12_000)
    with opened(tmp_path, "billing", 0) as store:
        extract(account_of(2000), store, plan_of(known=known), told.append, report_seconds=0.0)
    assert len(told) > 3
    assert [one.objects for one in told] == sorted(one.objects for one in told)
    assert (told[-1].objects, told[-1].pages) == (2600, len_of_pages(tmp_path))
    assert any(one.seconds_left and one.per_second for one in told)


def len_of_pages(folder: Path) -> int:
    with opened(folder, "billing", 0) as store:
        return sum(counter.requests for counter in store.counters().values())


def test_an_extract_that_was_committed_leaves_no_file(tmp_path: Path) -> None:
    with opened(tmp_path, "billing", 0) as store:
        extract(account_of(100), store, plan_of(), silent)
        store.discard()
        assert store.unfinished(NOW) is None
    assert [path.name for path in tmp_path.iterdir()] == ["billing.lock"]


def test_a_stale_extract_and_one_of_another_version_are_not_gone_on_with(tmp_path: Path) -> None:
    with opened(tmp_path, "billing", 0) as store:
        store.begin(plan_of())
        assert store.unfinished(NOW + timedelta(hours=24)) is None
        store.connection.execute("UPDATE plan SET layout = 'older'")
    with opened(tmp_path, "billing", 0) as store:
        assert store.unfinished(NOW) is None


def test_a_new_plan_begins_anew(tmp_path: Path) -> None:
    extracted(account_of(100), tmp_path)
    read = extracted(account_of(7), tmp_path, plan_of().model_copy(update={"run_id": "run-2"}))
    assert read.charges.height == read.counters["charges"].objects == 7
