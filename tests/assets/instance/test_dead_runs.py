"""Runs whose process is gone are marked as failed by whatever comes next; those of living processes are left alone."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from assets.instance.dead_runs import BY_COMMAND, GONE, free_dead_runs
from assets.instance.environment import PROJECT
from assets.instance.resources import Workspace
from assets.sensors import dead_runs
from pipelines.home import Home
from pipelines.intake.attempts import begun, stopped, unheard
from tests.support.flow import drop, table

NOW = datetime.now(UTC)
LATER = NOW + timedelta(minutes=10)
STARTED = dg.DagsterRunStatus.STARTED


def a_run(instance: dg.DagsterInstance, defs: dg.Definitions, status: dg.DagsterRunStatus, **tags: str) -> str:
    job = defs.resolve_job_def("publish_snapshot")
    return instance.create_run_for_job(job, status=status, tags=tags).run_id


def status_of(instance: dg.DagsterInstance, run: str) -> str:
    found = instance.get_run_by_id(run)
    assert found
    return found.status.value


def test_a_run_whose_lock_nobody_holds_is_failed_and_says_why(
    instance: dg.DagsterInstance, defs: dg.Definitions, home: Home
) -> None:
    dead, alive = (a_run(instance, defs, STARTED) for _ in range(2))
    with begun(home, dead, {}):
        pass
    with begun(home, alive, {}):
        assert free_dead_runs(instance, home, NOW) == [dead]
        assert free_dead_runs(instance, home, LATER) == []
        assert status_of(instance, alive) == "STARTED"
    assert status_of(instance, dead) == "FAILURE"
    assert GONE in [record.event_log_entry.message for record in instance.get_records_for_run(dead).records]


@pytest.mark.parametrize(("status", "freed"), [("STARTED", True), ("CANCELING", True), ("SUCCESS", False)])
def test_a_run_that_left_no_lock_is_dead_once_it_had_time_to_take_one(
    instance: dg.DagsterInstance, defs: dg.Definitions, home: Home, status: str, freed: bool
) -> None:
    run = a_run(instance, defs, dg.DagsterRunStatus(status))
    assert free_dead_runs(instance, home, NOW) == []
    assert (free_dead_runs(instance, home, LATER) == [run]) == freed


def test_the_daemon_looks_for_dead_runs_too(
    instance: dg.DagsterInstance, defs: dg.Definitions, workspace: Workspace, home: Home
) -> None:
    run = a_run(instance, defs, STARTED)
    with begun(home, run, {}):
        pass
    with dg.build_sensor_context(instance=instance, definitions=defs, resources={"workspace": workspace}) as context:
        skipped = dead_runs(context)
        assert isinstance(skipped, dg.SkipReason)
        assert run in str(skipped.skip_message)
        assert "alive" in str(dead_runs(context).skip_message)


@pytest.mark.parametrize(("tags", "open_questions"), [({}, 0), ({BY_COMMAND: "publish_snapshot"}, 1)])
def test_what_a_worker_did_is_told_on_its_page_and_what_a_command_did_when_it_was_shown(
    instance: dg.DagsterInstance, defs: dg.Definitions, home: Home, tags: dict[str, str], open_questions: int
) -> None:
    run = a_run(instance, defs, dg.DagsterRunStatus.SUCCESS, **tags)
    with begun(home, run, {"job": "x"}):
        pass
    free_dead_runs(instance, home, NOW)
    assert len(unheard(home)) == len(stopped(home, {"job": "x"})) == open_questions


HOLDER = "import sys; from pathlib import Path; from pipelines.warehouse.database import working\n"
HOLDER += "with working(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"


def command(home: Home, *words: str, wait: str = "600") -> subprocess.Popen[str]:
    environment = os.environ | {"CUSTOMERS_HOME": str(home.root), "CUSTOMERS_WAIT_SECONDS": wait}
    arguments = [sys.executable, "-m", "assets.cli", *words, "--json"]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        arguments, env=environment | {"PYTHONPATH": str(PROJECT)}, cwd=home.root, stdout=pipe, stderr=pipe, text=True
    )


@pytest.mark.rule("PIT-70")
@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_command_that_waits_says_so_and_ends_at_once_when_told_to(home: Home, by: signal.Signals) -> None:
    """Killed instead, it holds up nobody either; the next one commits what it left, and calls it done."""
    drop(home, "email,name,total_spent\nana@example.com,Ana,10\n", "crm")
    holding = [sys.executable, "-c", HOLDER, str(home.working)]
    with subprocess.Popen(holding, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT) as holder:
        assert holder.stdout and holder.stdout.readline() == b"held\n"
        waiting = command(home, "import")
        assert waiting.stderr
        told = waiting.stderr.readline()
        assert f"waiting for process {holder.pid}, which has been writing since" in told
        ended = time.monotonic()
        waiting.send_signal(by)
        out, err = waiting.communicate(timeout=300)
        assert time.monotonic() - ended < 60
        impatient = command(home, "import", wait="0")
        late, why = impatient.communicate(timeout=300)
        assert (impatient.returncode, late) != (0, "")
        assert f"held by process {holder.pid}" in why + late
        holder.communicate()
    assert waiting.returncode == (-9 if by == signal.SIGKILL else 2)
    assert out == "" and "Traceback" not in err
    again = command(home, "import")
    out, err = again.communicate(timeout=300)
    assert again.returncode == 0, out + err
    (entry,) = json.loads(out)["imports"]
    assert (entry["status"], entry["rows_accepted"]) == ("done", 1)
    assert table(home)["total_spent"].to_list() == [10]
