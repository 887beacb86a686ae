"""A reading that ends before its end, by a kill, a refusal or a failure, goes on from what it has."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.errors import KeyRefused, PermissionMissing, StripeUnavailable
from pipelines.stripe.api.protocol import STREAMS, Query, Stream
from pipelines.stripe.extract import run
from pipelines.stripe.extract.run import Manner, extract
from pipelines.stripe.extract.store import Extracted, ExtractStore, Step, opened
from tests.pipelines.stripe.extract.readings import NOW, T, account_of, extracted, ids, plan_of, silent
from tests.pipelines.stripe.lists import Lists, charge, customer, refund


def same(one: Extracted, other: Extracted) -> bool:
    return all(left.equals(right) for left, right in zip(one[:4], other[:4], strict=True))


@contextmanager
def committing_every_page() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "COMMIT_PAGES", 1)
        yield patch


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


@pytest.mark.slow
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
        extract(account, store, plan, Manner(silent))
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
        extract(account, store, plan, Manner(silent))
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
        extract(account, store, plan_of(), Manner(silent))
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
        extract(account_of(100, before=forbids), store, plan_of(), Manner(silent))
    with opened(tmp_path, "billing", 0) as store, pytest.raises(Exception, match="not complete"):
        store.frames()


def test_a_failure_leaves_even_an_extract_that_is_not_begun(tmp_path: Path) -> None:
    with pytest.raises(Killed), opened(tmp_path, "billing", 0):
        raise Killed
    assert (tmp_path / "billing.duckdb").exists()
    with opened(tmp_path, "billing", 0) as store:
        assert store.plan() is None
    assert not (tmp_path / "billing.duckdb").exists()


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


def test_an_extract_that_was_committed_leaves_no_file(tmp_path: Path) -> None:
    with opened(tmp_path, "billing", 0) as store:
        extract(account_of(100), store, plan_of(), Manner(silent))
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
