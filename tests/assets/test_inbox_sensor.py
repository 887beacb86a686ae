"""The sensor of the inbox: which files it asks a run for, when, and never twice."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets.files import unread_outcome
from assets.instance.resources import Clock, Workspace
from assets.partitions import add_partitions
from assets.sensors import inbox
from pipelines.home import Home
from pipelines.intake.inbox import Arrival, key_of
from pipelines.models.staged_file import attempt_of, save_record
from tests.assets import import_runs
from tests.assets.import_runs import GOOD, dies, run, statuses
from tests.support.flow import table

BEGUN = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


class Waiting:
    """How long a sensor waited, and what others do meanwhile."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.meanwhile: Callable[[], object] = lambda: None


WAITING = Waiting()


class PassingClock(Clock):
    """A clock on which only waiting takes time, whatever the machine is doing; files are written by it too."""

    def now(self) -> datetime:
        return BEGUN + timedelta(seconds=WAITING.passed)

    def wait(self, seconds: float) -> None:
        WAITING.passed += seconds
        if seconds:
            WAITING.meanwhile()


def drop(home: Home, name: str, text: str) -> Arrival:
    """A file that is written now, by the clock that the sensor asks."""
    arrival = import_runs.drop(home, name, text)
    changed(arrival.path)
    return arrival


def changed(path: Path, hours_ago: float = 0) -> None:
    instant = PassingClock().now().timestamp() - hours_ago * 3600
    os.utime(path, (instant, instant))


@pytest.fixture(autouse=True)
def nobody_waits() -> None:
    WAITING.__init__()  # type: ignore[misc]  # each test begins anew


def tick(
    instance: dg.DagsterInstance, workspace: Workspace, defs: dg.Definitions, cursor: str | None
) -> dg.SensorResult:
    given = {"workspace": workspace, "clock": PassingClock()}
    with dg.build_sensor_context(instance=instance, cursor=cursor, definitions=defs, resources=given) as context:
        return inbox(context)


def requested(
    instance: dg.DagsterInstance, workspace: Workspace, defs: dg.Definitions, cursor: str | None = None
) -> int:
    return len(tick(instance, workspace, defs, cursor).run_requests or [])


@pytest.mark.rule("PIT-20")
def test_a_file_that_was_just_written_is_taken_within_the_same_look_around(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    drop(home, "a.csv", GOOD.format(amount=1))
    first = tick(instance, workspace, defs, None)
    (request,) = first.run_requests or []
    assert WAITING.passed == 3
    launched(instance, defs, request, "STARTED")
    assert requested(instance, workspace, defs, first.cursor) == 0


@pytest.mark.rule("PIT-20")
def test_a_file_that_is_moved_into_the_inbox_is_taken_at_once(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    written = drop(home, "a.csv", GOOD.format(amount=1)).path
    aged(written)
    assert requested(instance, workspace, defs) == 1
    assert WAITING.passed == 0


def aged(path: Path) -> None:
    """As a file that was written an hour ago."""
    changed(path, hours_ago=1)


def test_an_empty_inbox_is_looked_into_twice_each_time(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    assert requested(instance, workspace, defs) == 0
    assert WAITING.passed == 2.5
    WAITING.meanwhile = lambda: aged(drop(home, "a.csv", GOOD.format(amount=1)).path)
    assert requested(instance, workspace, defs) == 1
    assert WAITING.passed == 5


@pytest.mark.rule("PIT-20")
def test_a_copy_that_hangs_is_never_taken_half_however_long_it_hangs(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    path = drop(home, "a.csv", "email,name\n").path
    cursor = None
    with path.open("a") as copying:
        for _ in range(3):
            aged(path)
            result = tick(instance, workspace, defs, cursor)
            assert not result.run_requests
            WAITING.passed += 3600
            cursor = result.cursor
        copying.write("ana@example.com,Ana\n")
    aged(path)
    assert requested(instance, workspace, defs, cursor) == 1


@pytest.mark.rule("PIT-20")
def test_a_file_that_grows_piece_by_piece_is_taken_when_no_piece_came_for_a_while(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    path = drop(home, "a.csv", "email,name\n").path
    pieces = iter(f"p{number}@example.com,P\n" for number in range(4))

    def grow() -> None:
        with path.open("a") as file:
            file.write(next(pieces, ""))
        changed(path)

    WAITING.meanwhile = grow
    cursor = tick(instance, workspace, defs, None).cursor
    assert not path.read_text().endswith("p3@example.com,P\n")
    WAITING.meanwhile = lambda: None
    assert requested(instance, workspace, defs, cursor) == 1


@pytest.mark.rule("PIT-20")
def test_a_file_of_which_nobody_can_say_who_writes_it_has_to_stay_as_it_is_for_longer(
    defs: dg.Definitions,
    instance: dg.DagsterInstance,
    workspace: Workspace,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipelines.intake.inbox.is_being_written", lambda _: None)
    aged(drop(home, "a.csv", GOOD.format(amount=1)).path)
    cursor = None
    for _ in range(6):
        result = tick(instance, workspace, defs, cursor)
        cursor = result.cursor
        if result.run_requests:
            break
        WAITING.passed += 2.5  # the daemon rests
    assert 14 < WAITING.passed <= 20


@pytest.mark.rule("PIT-20")
def test_files_that_swap_their_names_are_each_taken_once_with_what_they_hold(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    one, two = (drop(home, name, GOOD.format(amount=amount)).path for name, amount in (("a.csv", 1), ("b.csv", 2)))

    def swap() -> None:
        WAITING.meanwhile = lambda: None
        between = one.with_name("between.part")
        one.rename(between)
        two.rename(one)
        between.rename(two)

    WAITING.meanwhile = swap
    cursor, found = None, []
    for _ in range(3):
        result = tick(instance, workspace, defs, cursor)
        cursor = result.cursor
        for request in result.run_requests or []:
            launched(instance, defs, request, "STARTED")
            found.append(request)
    keys = {key_of(Arrival(path, "shop")) for path in (one, two)}
    assert set(instance.get_dynamic_partitions("imports")) == keys
    asked = [file["path"] for request in found for file in form_of(request)]
    assert sorted(asked) == [str(one), str(two)]


def form_of(request: dg.RunRequest) -> Sequence[Mapping[str, str]]:
    """The files that a request names, as its form holds them."""
    files: Sequence[Mapping[str, str]] = request.run_config["ops"]["stage_and_validate"]["config"]["files"]
    return files


def test_a_daemon_that_ended_before_it_noted_its_request_asks_for_the_same_run_again(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    """Dagster starts a run key once."""
    drop(home, "a.csv", GOOD.format(amount=1))
    asked, again = (tick(instance, workspace, defs, None).run_requests or [] for _ in range(2))
    assert [request.run_key for request in asked] == [request.run_key for request in again]
    assert len(asked) == 1


def launched(instance: dg.DagsterInstance, defs: dg.Definitions, request: dg.RunRequest, status: str) -> str:
    """What the daemon makes of a request, as far as the sensor sees it."""
    tags = {**request.tags, "dagster/run_key": str(request.run_key)}
    job = defs.resolve_job_def("import_files")
    return instance.create_run_for_job(job, tags=tags, status=dg.DagsterRunStatus(status)).run_id


def next_request(
    instance: dg.DagsterInstance, workspace: Workspace, defs: dg.Definitions, cursor: str | None
) -> tuple[list[dg.RunRequest], str | None]:
    result = tick(instance, workspace, defs, cursor)
    return list(result.run_requests or []), result.cursor


def test_a_file_whose_run_could_not_be_submitted_is_requested_again_until_it_is(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    """The daemon keeps the cursor before it submits: that a run was asked for does not say that there is one."""
    drop(home, "a.csv", GOOD.format(amount=1))
    (first,), cursor = next_request(instance, workspace, defs, None)
    (again,), cursor = next_request(instance, workspace, defs, cursor)
    assert again.run_key == first.run_key
    launched(instance, defs, again, "STARTED")
    for _ in range(2):
        requests, cursor = next_request(instance, workspace, defs, cursor)
        assert requests == []


def test_a_file_whose_run_died_is_requested_again_and_one_whose_run_goes_on_is_not(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    drop(home, "a.csv", GOOD.format(amount=1))
    (first,), cursor = next_request(instance, workspace, defs, None)
    alive = launched(instance, defs, first, "STARTED")
    none, cursor = next_request(instance, workspace, defs, cursor)
    died = instance.get_run_by_id(alive)
    assert none == [] and died
    instance.report_run_failed(died)
    (second,), cursor = next_request(instance, workspace, defs, cursor)
    assert second.run_key != first.run_key
    assert second.partition_key == first.partition_key
    launched(instance, defs, second, "FAILURE")
    later, _ = next_request(instance, workspace, defs, cursor)
    assert later == []  # it may be what kills them: not at once again


@pytest.mark.parametrize("status", ["SUCCESS", "CANCELED"])
def test_a_file_that_stays_after_its_run_ended_well_or_by_a_person_is_not_requested_again(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home, status: str
) -> None:
    drop(home, "a.csv", GOOD.format(amount=1))
    (first,), cursor = next_request(instance, workspace, defs, None)
    launched(instance, defs, first, status)
    for _ in range(2):
        requests, cursor = next_request(instance, workspace, defs, cursor)
        assert requests == []


def test_a_file_that_failed_for_a_reason_waits_for_a_person_and_for_no_other_run(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    drop(home, "a.csv", GOOD.format(amount=1))
    (first,), cursor = next_request(instance, workspace, defs, None)
    run_id = launched(instance, defs, first, "FAILURE")
    key = str(first.partition_key)
    save_record(home.staging / attempt_of(run_id) / key, unread_outcome(Arrival(home.inbox, "shop"), key, "of ours"))
    requests, _ = next_request(instance, workspace, defs, cursor)
    assert requests == []


def test_a_run_hashes_its_own_files_and_not_the_whole_inbox(
    defs: dg.Definitions,
    instance: dg.DagsterInstance,
    workspace: Workspace,
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drop(home, "a.csv", GOOD.format(amount=1))
    (request,), _ = next_request(instance, workspace, defs, None)
    drop(home, "later.csv", GOOD.format(amount=2))
    monkeypatch.setattr("assets.files.look", dies)
    job = defs.resolve_job_def("import_files")
    result = job.execute_in_process(
        instance=instance, partition_key=request.partition_key, run_config=dict(request.run_config)
    )
    assert result.success
    assert table(home)["total_spent"].to_list() == [1]


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (25, [25]), (26, [25, 1]), (501, [25, 75, 200, 200, 1])])
def test_many_files_are_parted_into_runs_of_which_the_first_are_small(
    instance: dg.DagsterInstance, count: int, sizes: list[int]
) -> None:
    keys = [f"shop-{number:012}" for number in range(count)]
    parts = add_partitions(instance, keys)
    assert [len(part) for part in parts] == sizes
    assert [key for part in parts for key in part] == keys
    assert add_partitions(instance, keys) == parts  # known ones are batched like new ones


def test_known_and_new_files_stand_together_where_nothing_lies_between_them(instance: dg.DagsterInstance) -> None:
    instance.add_dynamic_partitions("imports", ["a", "b", "other", "c"])
    assert add_partitions(instance, ["new", "a", "c", "b"]) == [["a", "b"], ["c", "new"]]


@pytest.mark.slow
def test_a_burst_of_files_is_one_run(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    for number in range(25):
        drop(home, f"{number:02}.csv", GOOD.format(amount=number + 1))
    asked = tick(instance, workspace, defs, None)
    assert len(asked.run_requests or []) == 1
    keys = list(instance.get_dynamic_partitions("imports"))
    assert len(keys) == 25
    assert run(defs, instance, keys).success
    assert table(home)["total_spent"].to_list() == [sum(range(1, 26))]
    assert statuses(instance, "staged_rows", keys) == ["MATERIALIZED"] * 25


@pytest.mark.slow
def test_a_file_that_comes_back_after_an_undo_is_imported_again(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    key = key_of(drop(home, "a.csv", GOOD.format(amount=10)))
    run(defs, instance, [key])
    undo = {"ops": {"undo_one_import": {"config": {"import_id": key, "by": "Zoé"}}}}
    defs.resolve_job_def("undo_import").execute_in_process(instance=instance, run_config=undo)
    drop(home, "a.csv", GOOD.format(amount=10))
    asked = tick(instance, workspace, defs, None).run_requests or []
    assert [request.partition_key for request in asked] == [key]
    run(defs, instance, [key])
    assert table(home, "import_history")["import_id"].sort().to_list() == [key, f"{key}-2"]
    assert table(home)["total_spent"].to_list() == [10]
