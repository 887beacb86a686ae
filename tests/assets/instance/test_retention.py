"""Old runs leave Dagster's storage, with their files; what is known last of each asset and partition does not."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from assets.definitions import build_definitions
from assets.instance.resources import FixedClock, Progress, Workspace
from assets.instance.retention import old_runs, remove_runs
from assets.partitions import imports
from pipelines.home import Home
from pipelines.intake.inbox import Arrival, key_of
from tests.support.flow import drop
from tests.support.homes import begin

LATER = datetime.now(UTC) + timedelta(days=100)
ANA = "email,name,total_spent\nana@example.com,Ana,10\n"


@pytest.fixture
def kept(tmp_path: Path) -> dg.DagsterInstance:
    """An instance with the storage that Dagster has by default, as `dagster.yaml` leaves it."""
    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        yield instance


def imported(defs: dg.Definitions, instance: dg.DagsterInstance, home: Home) -> tuple[str, str]:
    key = key_of(Arrival(drop(home, ANA, "crm"), "crm"))
    instance.add_dynamic_partitions("imports", [key])
    job = defs.resolve_job_def("import_files")
    return key, job.execute_in_process(instance=instance, partition_key=key).run_id


def published(defs: dg.Definitions, instance: dg.DagsterInstance) -> str:
    return defs.resolve_job_def("publish_snapshot").execute_in_process(instance=instance).run_id


def state(instance: dg.DagsterInstance, key: str) -> dict[str, object]:
    """What Dagster's pages show of each asset: its latest row count, and the partition's status."""
    names = ("staged_rows", "validated_rows", "customers", "customers_snapshot")
    found = {name: instance.get_latest_materialization_event(dg.AssetKey(name)) for name in names}
    shown = {
        name: event.asset_materialization.metadata["dagster/row_count"].value if event else None
        for name, event in found.items()
    }
    status = instance.get_status_by_partition(dg.AssetKey("validated_rows"), [key], imports)
    return shown | {"status": status and status[key]}


@pytest.mark.slow
def test_old_runs_go_with_their_files_and_the_last_state_of_all_stays(
    defs: dg.Definitions, kept: dg.DagsterInstance, home: Home, tmp_path: Path
) -> None:
    key, first = imported(defs, kept, home)
    second = published(defs, kept)
    before = state(kept, key)
    runs = [record.dagster_run.run_id for record in old_runs(kept, 90, LATER)]
    assert runs == [first, second]
    remove_runs(kept, runs)
    assert state(kept, key) == before
    assert before["validated_rows"] == before["customers"] == 1
    assert list(kept.get_runs()) == []
    left = [path for path in tmp_path.rglob("*") if first in path.name or second in path.name]
    assert [path for path in left if "staging" not in path.parts] == []
    assert published(defs, kept)


@pytest.mark.slow
def test_young_runs_and_those_that_go_on_stay(defs: dg.Definitions, kept: dg.DagsterInstance, home: Home) -> None:
    _, done = imported(defs, kept, home)
    job = defs.resolve_job_def("publish_snapshot")
    going = kept.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED).run_id
    assert list(old_runs(kept, 90, datetime.now(UTC))) == []
    assert [record.dagster_run.run_id for record in old_runs(kept, 90, LATER)] == [done]
    assert kept.get_run_by_id(going)


@pytest.fixture
def short_periods(home: Home) -> dg.Definitions:
    """Definitions in a year to come, where runs are kept for a day and originals for thirty."""
    begin(home)
    declared = home.root / "sources.yaml"
    declared.write_text("retention: {runs: 1, archive: 30}", "utf-8")
    workspace = Workspace(home=str(home.root), sources_file=str(declared))
    return build_definitions(workspace, FixedClock(instant=LATER.isoformat()), Progress())


def tidied(defs: dg.Definitions, instance: dg.DagsterInstance, preview: bool) -> dict[str, object]:
    config = {"ops": {"remove_what_is_old": {"config": {"preview": preview}}}}
    result = defs.resolve_job_def("tidy").execute_in_process(instance=instance, run_config=config)
    (told,) = [event.step_output_data.metadata for event in result.all_events if event.is_successful_output]
    return {name: value.value for name, value in told.items()}


@pytest.mark.slow
def test_a_preview_removes_nothing_and_says_what_then_goes(
    short_periods: dg.Definitions, kept: dg.DagsterInstance, home: Home
) -> None:
    imported(short_periods, kept, home)
    (original,) = [path for path in home.archive.rglob("*") if path.is_file()]
    os.utime(original)
    told = tidied(short_periods, kept, preview=True)
    assert original.exists() and len(list(kept.get_runs())) == 2
    assert (told["runs_count"], told["archive_count"], told["removed_count"], told["removed_bytes"]) == (1, 0, 0, 0)
    assert told["runs_bytes"] > 50_000, "its events are a database of their own"
    done = tidied(short_periods, kept, preview=False)
    assert (done["runs_count"], done["removed_count"], done["removed_bytes"]) == (2, 2, done["runs_bytes"])
    assert {kind["kind"]: kind["kept_days"] for kind in done["kinds"]} == {
        "archive": 30,
        "staging": None,
        "rejects": None,
        "open_rejects": None,
        "reports": None,
        "logs": None,
        "rejected_rows": None,
        "runs": 1,
    }
    assert len(list(kept.get_runs())) == 1, "that which removed the others"
