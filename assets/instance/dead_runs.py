"""Runs whose process is gone: Dagster learns that they have failed, so that they hold no place of the living.

Lives here: telling them from those that go on, by the lock on their part of staging. Not here: the lock
(`pipelines/intake/attempts.py`), when it is looked (`assets/cli/run_job.py`, `sensors.py`), what becomes of their files
(`pipelines/ledger/commit_imports.py`).
Dagster asks the launcher whether a worker lives; the launcher of one machine cannot say it (1.13.27), and nobody can of
a run that a command had started: killed, it would count among the four of `max_concurrent_runs` for two hours.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import dagster as dg

from pipelines.home import Home
from pipelines.intake import attempts

BY_COMMAND = "customers/command"
"""The tag of runs that a command started: its answer is heard when the command has shown it."""

PARTITION = "dagster/partition"
GONE = "The process of this run is gone: it was killed, or its terminal or its machine was shut down. Start it again."
UNFINISHED = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)
GRACE = timedelta(minutes=1)
"""How long a run may be started without a lock: a worker takes it with its first step."""


def asked_of(run: dg.DagsterRun) -> dict[str, object]:
    """What a run was asked to do: two runs that were asked for the same have the same answer."""
    asked: dict[str, object] = {"job": run.job_name, "ops": run.run_config.get("ops", {})}
    if PARTITION in run.tags:
        asked[PARTITION] = run.tags[PARTITION]
    return asked


def asked_to(job: str, ops: Mapping[str, object], partition: str | None) -> dict[str, object]:
    """The same, before there is a run."""
    asked: dict[str, object] = {"job": job, "ops": dict(ops)}
    return asked | ({PARTITION: partition} if partition else {})


def free_dead_runs(instance: dg.DagsterInstance, home: Home, now: datetime) -> list[str]:
    """Mark as failed whatever is unfinished and has no living process; returns the ids of those runs.

    Also forgets the questions of runs that a daemon's worker ended well: their answer is on their page.
    """
    filters = dg.RunsFilter(statuses=list(UNFINISHED))
    dead = [record.dagster_run for record in instance.get_run_records(filters) if _is_dead(home, record, now)]
    freed = []
    for run in dead:
        latest = instance.get_run_by_id(run.run_id)  # it may have ended while we looked
        if latest and latest.status in UNFINISHED and not attempts.is_alive(home, run.run_id):
            instance.report_run_failed(latest, GONE)
            freed.append(run.run_id)
    _forget_answered(instance, home)
    return freed


def _is_dead(home: Home, record: dg.RunRecord, now: datetime) -> bool:
    run_id = record.dagster_run.run_id
    if attempts.left_traces(home, run_id):
        return not attempts.is_alive(home, run_id)
    # A queued run has no process yet, and left no trace: only one that said it began can be dead without one.
    started = record.dagster_run.status in (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
    return started and now - record.update_timestamp.replace(tzinfo=UTC) > GRACE


def _forget_answered(instance: dg.DagsterInstance, home: Home) -> None:
    ids = attempts.unheard(home)
    for run in instance.get_runs(dg.RunsFilter(run_ids=ids)) if ids else []:
        # A command's answer stays unheard until the command itself has shown it.
        if run.is_finished and BY_COMMAND not in run.tags:
            attempts.shown(home, run.run_id, well=run.is_success)


@contextmanager
def alive(home: Home, run: dg.DagsterRun | None) -> Iterator[None]:
    """Hold the lock of a run while its steps are worked on; outside a run, nothing."""
    if run is None:
        yield
        return
    with attempts.begun(home, run.run_id, asked_of(run)):
        yield
        if BY_COMMAND not in run.tags:
            attempts.shown(home, run.run_id, well=False)  # whether all went well is known when the run has ended
