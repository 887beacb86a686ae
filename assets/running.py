"""Running jobs from the command line, in this process, on the same Dagster instance that the UI shows.

Lives here: the instance, partitions for files, what became of a run. Not here: arguments or output.
"""

import os
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from assets import imported
from assets.customers import NO_FILE, outcomes_of
from assets.definitions import build_definitions
from assets.files import unread_outcome
from assets.keeping_open import kept_open
from assets.partitions import add_partitions, file_tags, range_tags
from assets.resources import Clock, Progress, workspace_of
from assets.surroundings import environment
from pipelines.errors import Permanent, WrongUse
from pipelines.files.arriving import Arrival, arrival_of, keyed, look, waiting
from pipelines.files.filing import Outcome
from pipelines.reporting import BOOKING_STAGES, FILE_STAGES, Report
from pipelines.settings import Home

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class RunFailed(Permanent):
    """A Dagster run failed; its id leads to the run's page in the UI."""


@dataclass(frozen=True)
class Imported:
    """What became of each file, how long the runs took, without the start of the process, and what was not read."""

    outcomes: list[Outcome]
    seconds: float
    unread: list[str]


class Told(Progress):
    """Progress told to a function, such as a bar on a terminal."""

    def __init__(self, tell: Report) -> None:
        """`tell` is called with each stage."""
        self._tell = tell

    def report(self, stage: str) -> None:
        """A stage begins."""
        self._tell(stage)


def stage_count(home: Home, files: Sequence[Path]) -> int:
    """How many stages an import of these files, or of the inbox, will report."""
    count = len(files) or len(waiting(home.inbox))
    return count * len(FILE_STAGES) + len(BOOKING_STAGES)


def import_files(
    home: Home, files: Sequence[Path], source: str, config: Mapping[str, object], progress: Progress | None = None
) -> Imported:
    """Import these files, or without any those in the inbox: one run for all that are new to Dagster."""
    arrivals, closed = ([arrival_of(path, source, home.inbox) for path in files], []) if files else look(home.inbox)
    found, unread = keyed(arrivals)
    keys = {key: arrival for arrival, key in found.items()}
    run_config = QUIET | {"ops": {"stage_and_judge": {"config": config}}}
    with _instance(home) as instance:
        started = time.monotonic()
        groups = add_partitions(instance, list(keys))
        told = [_import_group(home, instance, _definitions(progress), group, run_config, keys) for group in groups]
        seconds = time.monotonic() - started
    outcomes = {key: outcome for group in told for key, outcome in group.items()}
    return Imported([outcomes[key] for key in keys], seconds, [*closed, *unread])


def run_job(
    home: Home,
    name: str,
    config: Mapping[str, Mapping[str, object]],
    partition: str | None = None,
    progress: Progress | None = None,
) -> str:
    """Run a job to its end; returns the id of its run.

    Raises what its step raised where that is ours to explain, else RunFailed.
    """
    ops = {op: {"config": values} for op, values in config.items()}
    with _instance(home) as instance:
        job = _definitions(progress).resolve_job_def(name)
        result = job.execute_in_process(
            run_config=QUIET | {"ops": ops}, instance=instance, raise_on_error=False, partition_key=partition
        )
    if not result.success:
        raise _failure(result)
    return result.run_id


def sync_account(home: Home, source: str, full: bool, by: str, progress: Progress | None = None) -> str:
    """Read a Stripe account and book it; returns the id of the run. Raises as `run_job`."""
    config: dict[str, dict[str, object]] = {"stripe_extracts": {"full": full}, "book_account": {"by": by}}
    return run_job(home, "stripe_full_sync" if full else "stripe_sync", config, source, progress)


def _definitions(progress: Progress | None = None) -> dg.Definitions:
    return build_definitions(workspace_of(environment()), Clock(), progress or Progress())


def _import_group(
    home: Home,
    instance: dg.DagsterInstance,
    defs: dg.Definitions,
    group: Sequence[str],
    run_config: Mapping[str, object],
    arrivals: Mapping[str, Arrival],
) -> dict[str, Outcome]:
    """One run and what became of its files; a run that fails because one was refused is no failure of the command."""
    names = file_tags([arrivals[key].path.name for key in group])
    result = defs.resolve_job_def("import_files").execute_in_process(
        run_config=run_config,
        instance=instance,
        raise_on_error=False,
        partition_key=group[0] if len(group) == 1 else None,
        tags={**names, **(range_tags(group) if len(group) > 1 else {})},
    )
    published = any(event.step_key == "customers_snapshot" for event in result.get_asset_materialization_events())
    if not result.success and not published:
        raise _failure(result)
    found = outcomes_of(home, group, [result.run_id])
    return {key: found[key] or unread_outcome(arrivals[key], key, NO_FILE) for key in group}


def _failure(result: dg.ExecuteInProcessResult) -> Exception:
    """The error behind a failed run: wrong use as such, anything else with the run's id."""
    failed = next(iter(result.get_failed_step_keys()), "")
    error = next((event.step_failure_data.error for event in result.all_events if event.is_step_failure), None)
    cause = error.cause or error if error else None
    text = cause.message.strip() if cause else "no reason recorded"
    if cause and cause.cls_name == WrongUse.__name__:
        return WrongUse(text.removeprefix(_qualified(WrongUse)))
    return RunFailed(f"step {failed} of run {result.run_id} failed: {text}")


def _qualified(error: type[Exception]) -> str:
    return f"{error.__module__}.{error.__qualname__}: "


@contextmanager
def _instance(home: Home) -> Iterator[dg.DagsterInstance]:
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        with kept_open(), dg.DagsterInstance.get() as instance:
            imported()
            yield instance
