"""The sensor of the inbox: which files it asks a run for, when, and never twice."""

import dagster as dg
import pytest

from assets.files import unread_outcome
from assets.instance.resources import Workspace
from assets.partitions import add_partitions
from assets.sensors import inbox
from pipelines.home import Home
from pipelines.intake.inbox import Arrival, key_of
from pipelines.models.staged_file import attempt_of, save_record
from tests.assets.import_runs import GOOD, dies, drop, run, statuses
from tests.support.flow import table


def tick(
    instance: dg.DagsterInstance, workspace: Workspace, defs: dg.Definitions, cursor: str | None
) -> dg.SensorResult:
    with dg.build_sensor_context(
        instance=instance, cursor=cursor, definitions=defs, resources={"workspace": workspace}
    ) as context:
        return inbox(context)


@pytest.mark.rule("PIT-20")
def test_the_sensor_takes_a_file_only_when_it_stopped_changing(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    arrival = drop(home, "a.csv", "email,name\n")
    first = tick(instance, workspace, defs, None)
    arrival.path.write_text(GOOD.format(amount=1), "utf-8")
    second = tick(instance, workspace, defs, first.cursor)
    third = tick(instance, workspace, defs, second.cursor)
    for request in third.run_requests or []:
        launched(instance, defs, request, "STARTED")
    fourth = tick(instance, workspace, defs, third.cursor)
    assert [len(result.run_requests or []) for result in (first, second, third, fourth)] == [0, 0, 1, 0]


def test_a_daemon_that_ended_before_it_noted_its_request_asks_for_the_same_run_again(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    """Dagster starts a run key once."""
    drop(home, "a.csv", GOOD.format(amount=1))
    seen = tick(instance, workspace, defs, None)
    asked, again = (tick(instance, workspace, defs, seen.cursor).run_requests or [] for _ in range(2))
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
    cursor = tick(instance, workspace, defs, None).cursor
    (first,), cursor = next_request(instance, workspace, defs, cursor)
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
    cursor = tick(instance, workspace, defs, None).cursor
    (first,), cursor = next_request(instance, workspace, defs, cursor)
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
    (first,), cursor = next_request(instance, workspace, defs, tick(instance, workspace, defs, None).cursor)
    launched(instance, defs, first, status)
    for _ in range(2):
        requests, cursor = next_request(instance, workspace, defs, cursor)
        assert requests == []


def test_a_file_that_failed_for_a_reason_waits_for_a_person_and_for_no_other_run(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    drop(home, "a.csv", GOOD.format(amount=1))
    (first,), cursor = next_request(instance, workspace, defs, tick(instance, workspace, defs, None).cursor)
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
    (request,), _ = next_request(instance, workspace, defs, tick(instance, workspace, defs, None).cursor)
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


def test_a_burst_of_files_is_one_run(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    for number in range(25):
        drop(home, f"{number:02}.csv", GOOD.format(amount=number + 1))
    seen = tick(instance, workspace, defs, None)
    asked = tick(instance, workspace, defs, seen.cursor)
    assert len(asked.run_requests or []) == 1
    keys = list(instance.get_dynamic_partitions("imports"))
    assert len(keys) == 25
    assert run(defs, instance, keys).success
    assert table(home)["total_spent"].to_list() == [sum(range(1, 26))]
    assert statuses(instance, "staged_rows", keys) == ["MATERIALIZED"] * 25


def test_a_file_that_comes_back_after_an_undo_is_imported_again(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, home: Home
) -> None:
    key = key_of(drop(home, "a.csv", GOOD.format(amount=10)))
    run(defs, instance, [key])
    undo = {"ops": {"undo_one_import": {"config": {"import_id": key, "by": "Zoé"}}}}
    defs.resolve_job_def("undo_import").execute_in_process(instance=instance, run_config=undo)
    drop(home, "a.csv", GOOD.format(amount=10))
    cursor = tick(instance, workspace, defs, None).cursor
    requested = tick(instance, workspace, defs, cursor).run_requests or []
    assert [request.partition_key for request in requested] == [key]
    run(defs, instance, [key])
    assert table(home, "import_history")["import_id"].sort().to_list() == [key, f"{key}-2"]
    assert table(home)["total_spent"].to_list() == [10]
