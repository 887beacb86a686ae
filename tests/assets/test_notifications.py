"""Whoever wants to be told of imports is told what became of their files, once each run ended, and nobody else is."""

import json
import sys
from pathlib import Path

import dagster as dg
import pytest

from assets.definitions import build_definitions
from assets.instance.environment import notifier_of
from assets.instance.resources import FixedClock, Progress, Workspace
from assets.notifications import run_command
from pipelines.home import Home
from pipelines.intake.inbox import key_of
from tests.assets.import_runs import GOOD, drop, run
from tests.support.flow import NOW

LIST = GOOD.format(amount=10) + "nobody,Eve,5\n"


def definitions(workspace: Workspace, command: tuple[str, ...]) -> dg.Definitions:
    return build_definitions(workspace, FixedClock(instant=NOW.isoformat()), Progress(), notifier=command)


def keeping(path: Path) -> tuple[str, ...]:
    """A command that keeps what it is told."""
    return (sys.executable, "-c", f"import sys; open({str(path)!r}, 'w').write(sys.stdin.read())")


def told(defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, key: str) -> bool:
    """Import a file, let the sensor of the run's end do its work; returns whether the run went well."""
    return told_of(defs, instance, workspace, run(defs, instance, [key]))


def told_of(
    defs: dg.Definitions, instance: dg.DagsterInstance, workspace: Workspace, result: dg.ExecuteInProcessResult
) -> bool:
    name = "tell_of_imports" if result.success else "tell_of_failed_imports"
    sensor = next(one for one in defs.get_repository_def().sensor_defs if one.name == name)
    made = dg.build_run_status_sensor_context(
        sensor_name=name,
        dagster_event=result.all_events[-1],
        dagster_instance=instance,
        dagster_run=result.dagster_run,
        resources={"workspace": workspace},
    )
    with made as context:
        sensor(context)  # type: ignore[operator]  # a sensor of runs may be called
    return result.success


@pytest.mark.rule("UP-13")
def test_the_command_is_told_what_became_of_each_file_and_nothing_of_its_rows(
    workspace: Workspace, instance: dg.DagsterInstance, home: Home, tmp_path: Path
) -> None:
    defs = definitions(workspace, keeping(tmp_path / "told.json"))
    assert told(defs, instance, workspace, key_of(drop(home, "list.csv", LIST)))
    text = (tmp_path / "told.json").read_text("utf-8")
    document = json.loads(text)
    assert (document["succeeded"], document["text"]) == (True, "list.csv: done_with_rejects, 1 of 2 rows accepted")
    (entry,) = document["imports"]
    assert (entry["source"], entry["rows_rejected"], entry["customers_created"]) == ("shop", 1, 1)
    assert "ana@example.com" not in text and "nobody" not in text


@pytest.mark.rule("UP-13")
def test_a_file_that_was_not_imported_is_told_too(
    workspace: Workspace, instance: dg.DagsterInstance, home: Home, tmp_path: Path
) -> None:
    defs = definitions(workspace, keeping(tmp_path / "told.json"))
    assert told(defs, instance, workspace, key_of(drop(home, "empty.csv", " "))), "the run itself goes well"
    document = json.loads((tmp_path / "told.json").read_text("utf-8"))
    assert (document["succeeded"], document["imports"][0]["status"]) == (False, "refused")
    assert document["text"].splitlines()[0] == "empty.csv: refused, 0 of 0 rows accepted"


def test_runs_of_other_jobs_are_told_to_nobody(
    workspace: Workspace, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    defs = definitions(workspace, keeping(tmp_path / "told.json"))
    other = defs.resolve_job_def("publish_snapshot").execute_in_process(instance=instance, raise_on_error=False)
    told_of(defs, instance, workspace, other)
    assert not (tmp_path / "told.json").exists()


@pytest.mark.rule("UP-13")
def test_nobody_is_told_unless_a_command_is_named(defs: dg.Definitions) -> None:
    assert notifier_of({}) == notifier_of({"CUSTOMERS_NOTIFY": " "}) == ()
    assert notifier_of({"CUSTOMERS_NOTIFY": "/opt/tell 'the team'"}) == ("/opt/tell", "the team")
    assert [sensor.name for sensor in defs.get_repository_def().sensor_defs] == ["dead_runs", "inbox"]


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ((sys.executable, "-c", "import sys; print('https://secret'); sys.exit(7)"), "ended with 7"),
        (("/nowhere/tell",), "could not be run (FileNotFoundError)"),
        ((sys.executable, "-c", "import time; time.sleep(9)"), "could not be run (TimeoutExpired)"),
        ((sys.executable, "-c", ""), ""),
    ],
)
def test_a_command_that_fails_is_told_without_what_it_printed(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], fault: str
) -> None:
    if "Timeout" in fault:  # the others may take as long as a loaded machine needs to start them
        monkeypatch.setattr("assets.notifications.LONGEST_SECONDS", 1)
    assert run_command(command, {"text": "x" * 100_000}) == fault
