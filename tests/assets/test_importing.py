"""Files as runs: one run for many, each its own partition, a bad one holds up nobody and is named."""

from pathlib import Path
from typing import NoReturn

import dagster as dg
import pytest

from assets.definitions import build_definitions
from assets.files import unread_outcome
from assets.instance.resources import FixedClock, Progress, Workspace
from assets.partitions import add_partitions, imports, range_tags
from assets.sensors import inbox
from pipelines.home import Home
from pipelines.intake.inbox import Arrival, key_of
from pipelines.models.staged_file import attempt_of, save_record
from tests.support.flow import NOW, table

GOOD = "email,name,total_spent\nana@example.com,Ana,{amount}\n"
BAD = "name,total_spent\nAna,10\n"


def drop(home: Home, name: str, text: str, source: str = "shop") -> Arrival:
    path = home.inbox / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return Arrival(path, source)


def run(defs: dg.Definitions, instance: dg.DagsterInstance, keys: list[str]) -> dg.ExecuteInProcessResult:
    instance.add_dynamic_partitions("imports", keys)
    return defs.resolve_job_def("import_files").execute_in_process(
        instance=instance,
        raise_on_error=False,
        partition_key=keys[0] if len(keys) == 1 else None,
        tags=range_tags(keys) if len(keys) > 1 else None,
    )


def statuses(instance: dg.DagsterInstance, asset: str, keys: list[str]) -> list[str | None]:
    found = instance.get_status_by_partition(dg.AssetKey(asset), keys, imports)
    return [found[key].value if found and found[key] else None for key in keys]


def test_one_file_runs_green_and_shows_counts(defs: dg.Definitions, instance: dg.DagsterInstance, home: Home) -> None:
    result = run(defs, instance, [key_of(drop(home, "a.csv", GOOD.format(amount=10)))])
    assert result.success
    shown = {
        event.asset_key.to_user_string(): event.step_materialization_data.materialization.metadata
        for event in result.get_asset_materialization_events()
    }
    assert shown["validated_rows"]["rows_accepted"].value == 1
    assert shown["customers"]["dagster/row_count"].value == 1
    assert shown["customers_snapshot"]["dagster/row_count"].value == 1
    assert all(evaluation.passed for evaluation in result.get_asset_check_evaluations())
    assert len(result.get_asset_check_evaluations()) == 6


def test_a_batch_commits_the_good_files_and_names_the_bad_one(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    texts = [GOOD.format(amount=10), BAD, GOOD.format(amount=20)]
    keys = [key_of(drop(home, f"{place}.csv", text)) for place, text in enumerate(texts)]
    result = run(defs, instance, keys)
    assert not result.success
    assert statuses(instance, "validated_rows", keys) == ["MATERIALIZED", "FAILED", "MATERIALIZED"]
    failure = next(event for event in result.all_events if event.is_step_failure)
    assert "1 of 3 files not imported; the other 2 are in the table. 1.csv: No column for email" in (
        failure.step_failure_data.error.message
    )
    assert table(home)["total_spent"].sum() == 30
    assert table(home, "import_history")["status"].sort().to_list() == ["done", "done", "refused"]


def test_files_leave_the_inbox_and_are_archived(defs: dg.Definitions, instance: dg.DagsterInstance, home: Home) -> None:
    arrival = drop(home, "a.csv", GOOD.format(amount=10))
    content = arrival.path.read_bytes()
    key = key_of(arrival)
    run(defs, instance, [key])
    assert not arrival.path.exists()
    assert (home.archive / key / "a.csv").read_bytes() == content


def test_the_same_file_again_changes_nothing_and_the_run_stays_green(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    key = key_of(drop(home, "a.csv", GOOD.format(amount=10)))
    run(defs, instance, [key])
    before = table(home), table(home, "import_history")
    drop(home, "again.csv", GOOD.format(amount=10))
    assert run(defs, instance, [key]).success
    assert before[0].equals(table(home))
    assert before[1].equals(table(home, "import_history"))


def test_a_partition_runs_again_from_the_archive_after_an_undo(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    key = key_of(drop(home, "a.csv", GOOD.format(amount=10)))
    run(defs, instance, [key])
    undo = {"ops": {"undo_one_import": {"config": {"import_id": key, "by": "Zoé"}}}}
    defs.resolve_job_def("undo_import").execute_in_process(instance=instance, run_config=undo)
    assert run(defs, instance, [key]).success
    assert table(home)["total_spent"].to_list() == [10]


def test_validating_without_committing_is_told_to_start_the_job(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    key = key_of(drop(home, "a.csv", GOOD.format(amount=10)))
    instance.add_dynamic_partitions("imports", [key])
    alone = defs.resolve_implicit_global_asset_job_def().get_subset(asset_selection={dg.AssetKey("validated_rows")})
    result = alone.execute_in_process(instance=instance, raise_on_error=False, partition_key=key)
    failure = next(event for event in result.all_events if event.is_step_failure)
    assert "start the job import_files" in failure.step_failure_data.error.message


def test_an_undo_that_cannot_be_leads_with_its_own_sentence(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    run(defs, instance, [key_of(drop(home, "a.csv", GOOD.format(amount=10)))])
    undo = {"ops": {"undo_one_import": {"config": {"import_id": "nope", "by": "Zoé"}}}}
    result = defs.resolve_job_def("undo_import").execute_in_process(
        instance=instance, run_config=undo, raise_on_error=False
    )
    failure = next(event for event in result.all_events if event.is_step_failure)
    assert "there is no import 'nope'" in failure.step_failure_data.error.message


def test_a_partition_without_a_file_is_red_and_says_so(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    result = run(defs, instance, ["shop-000000000000"])
    assert not result.success
    assert statuses(instance, "validated_rows", ["shop-000000000000"]) == ["FAILED"]


def test_undo_rebuild_prioritise_and_publish_are_jobs(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    key = key_of(drop(home, "a.csv", GOOD.format(amount=10)))
    run(defs, instance, [key])
    for job in ("rebuild_customers", "prioritise_customers", "publish_snapshot"):
        assert defs.resolve_job_def(job).execute_in_process(instance=instance).success
    assert table(home).height == 1
    undo = {"ops": {"undo_one_import": {"config": {"import_id": key, "by": "Zoé"}}}}
    assert defs.resolve_job_def("undo_import").execute_in_process(instance=instance, run_config=undo).success
    assert table(home).is_empty()
    entry = table(home, "import_history").row(0, named=True)
    assert (entry["status"], entry["undone_by"], entry["undone_count"]) == ("undone", "Zoé", 1)


def test_the_job_shows_the_effect_of_an_undo_first_and_writes_nothing(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    key = key_of(drop(home, "a.csv", GOOD.format(amount=10)))
    run(defs, instance, [key])
    form = {"import_id": key, "by": "Zoé", "preview": True}
    result = defs.resolve_job_def("undo_import").execute_in_process(
        instance=instance, run_config={"ops": {"undo_one_import": {"config": form}}}
    )
    [output] = [event.step_output_data for event in result.all_events if event.is_successful_output]
    assert (output.metadata["customers removed"].value, output.metadata["change of total_spent"].value) == (
        1,
        "-10.000",
    )
    assert table(home, "import_history")["status"].to_list() == ["done"]


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
    save_record(home.of(attempt_of(run_id)).staging / key, unread_outcome(Arrival(home.inbox, "shop"), key, "of ours"))
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
    monkeypatch.setattr("assets.files.look", _dies)
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


def test_what_a_dead_run_left_behind_is_committed_by_the_next(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = key_of(drop(home, "a.csv", GOOD.format(amount=10)))
    monkeypatch.setattr("assets.customers.commit_waiting", _dies)
    run(defs, instance, [first])
    monkeypatch.undo()
    assert not Path(home.published).exists()
    second = key_of(drop(home, "b.csv", GOOD.format(amount=5)))
    run(defs, instance, [second])
    assert table(home)["total_spent"].to_list() == [15]


def _dies(*_: object) -> NoReturn:
    raise MemoryError("the machine gave up")


def test_a_fault_in_the_sources_fails_the_file_and_the_next_run_mends_it(
    instance: dg.DagsterInstance, home: Home, tmp_path: Path
) -> None:
    home.inbox.mkdir(exist_ok=True)
    declared = tmp_path / "sources.yaml"
    declared.write_text("sources: {shop: {profil: payments}}", "utf-8")
    workspace = Workspace(home=str(home.root), sources_file=str(declared))
    defs = build_definitions(workspace, FixedClock(instant=NOW.isoformat()), Progress())
    key = key_of(drop(home, "a.csv", GOOD.format(amount=10)))
    assert not run(defs, instance, [key]).success
    assert table(home, "import_history")["status"].to_list() == ["failed"]
    declared.write_text("sources: {}", "utf-8")
    assert run(defs, instance, [key]).success
    assert table(home)["total_spent"].to_list() == [10]
