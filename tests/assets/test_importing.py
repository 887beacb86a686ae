"""Files as runs: one run for many, each its own partition, a bad one holds up nobody and is named."""

from pathlib import Path

import dagster as dg
import pytest

from assets.definitions import build_definitions
from assets.instance.resources import FixedClock, Progress, Workspace
from pipelines.home import Home
from pipelines.intake.inbox import key_of
from pipelines.ledger.checks.rules import RULES
from tests.assets.import_runs import GOOD, dies, drop, imported, run, statuses, tags_of
from tests.support.flow import NOW, table

BAD = "name,total_spent\nAna,10\n"


@pytest.mark.rule("AU-17", "UP-12", "SC-06")
def test_one_file_runs_green_and_shows_counts(defs: dg.Definitions, instance: dg.DagsterInstance, home: Home) -> None:
    key = key_of(drop(home, "a.csv", GOOD.format(amount=10)))
    assert table(home).is_empty(), "a file that lies there is not imported until a run is started"
    result = run(defs, instance, [key])
    assert result.success
    shown = {
        event.asset_key.to_user_string(): event.step_materialization_data.materialization.metadata
        for event in result.get_asset_materialization_events()
    }
    assert shown["validated_rows"]["rows_accepted"].value == 1
    assert shown["customers"]["dagster/row_count"].value == 1
    assert shown["customers_snapshot"]["dagster/row_count"].value == 1
    assert all(evaluation.passed for evaluation in result.get_asset_check_evaluations())
    assert len(result.get_asset_check_evaluations()) == len(RULES) + len(("imported", "nothing_waits"))


def test_a_batch_commits_the_good_files_and_the_bad_one_says_what_is_wrong_with_it_without_a_crash(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home
) -> None:
    texts = [GOOD.format(amount=10), BAD, GOOD.format(amount=20)]
    keys = [key_of(drop(home, f"{place}.csv", text)) for place, text in enumerate(texts)]
    result = run(defs, instance, keys)
    assert result.success, "a sender's mistake is no failure of ours"
    assert statuses(instance, "validated_rows", keys) == ["MATERIALIZED", "MATERIALIZED", "MATERIALIZED"]
    checked = imported(result)
    assert [checked[key].passed for key in keys] == [True, False, True]
    assert checked[keys[1]].severity == dg.AssetCheckSeverity.ERROR
    assert "1.csv is refused: No column for email" in (checked[keys[1]].description or "")
    tags = tags_of(instance, result)
    assert (tags["status"], tags["source"]) == ("✔ 2 done · ✖ 1 refused", "shop")
    assert (tags["rows"], tags["money"]) == ("2 accepted, 1 rejected", "30.00 USD")
    assert "send it again" in tags["next"]
    assert table(home)["total_spent"].sum() == 30
    assert table(home, "import_history")["status"].sort().to_list() == ["done", "done", "refused"]


def test_files_leave_the_inbox_and_are_archived(defs: dg.Definitions, instance: dg.DagsterInstance, home: Home) -> None:
    arrival = drop(home, "a.csv", GOOD.format(amount=10))
    content = arrival.path.read_bytes()
    key = key_of(arrival)
    run(defs, instance, [key])
    assert not arrival.path.exists()
    assert (home.archive / key / "a.csv").read_bytes() == content


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_what_a_dead_run_left_behind_is_committed_by_the_next(
    defs: dg.Definitions, instance: dg.DagsterInstance, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = key_of(drop(home, "a.csv", GOOD.format(amount=10)))
    monkeypatch.setattr("assets.customers.commit_waiting", dies)
    run(defs, instance, [first])
    monkeypatch.undo()
    assert table(home).is_empty()
    second = key_of(drop(home, "b.csv", GOOD.format(amount=5)))
    run(defs, instance, [second])
    assert table(home)["total_spent"].to_list() == [15]


@pytest.mark.slow
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
