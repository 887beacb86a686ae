"""Running jobs from the command line, in this process, on the same Dagster instance that the UI shows.

Lives here: the instance, partitions for files, what became of a run. Not here: arguments or output.
"""

import os
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import dagster as dg

from assets.cli.exit_codes import tell
from assets.cli.garbage_collection import leave_imported_alone
from assets.customers import NO_FILE, outcomes_of
from assets.files import unread_outcome
from assets.instance.compile_once import compile_once
from assets.instance.dead_runs import BY_COMMAND, asked_to, free_dead_runs
from assets.instance.environment import environment, sources_of
from assets.instance.keep_open import kept_open
from assets.instance.news import Teller, tell_news
from assets.instance.resources import Clock, Progress, workspace_of
from assets.instance.run_origin import REPOSITORY_TAG
from assets.jobs.listed.one_job import FILES, definitions_of_job
from assets.partitions import add_partitions, file_tags, range_tags
from pipelines.configuration.sources_file import usable_sources
from pipelines.errors import AlreadyDone, CustomersError, Permanent, TryAgain, WrongUse
from pipelines.home import Home
from pipelines.intake import attempts
from pipelines.intake.inbox import Arrival, arrival_of, as_named, keyed, look, waiting, without_those_written
from pipelines.interrupts import interrupted
from pipelines.models.staged_file import Outcome, attempt_of, load_outcome, told_late
from pipelines.progress import COMMIT_STAGES, FILE_STAGES, Report

# Dagster prints every event on the error output; the command has its own progress bar and its own errors.
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class RunFailed(Permanent):
    """A Dagster run failed; its id leads to the run's page in the UI."""


class Stopped(TryAgain):
    """A Dagster run was told to end, by Ctrl-C or a signal."""


@dataclass(frozen=True)
class Imported:
    """What became of each file, how long the runs took, without the start of the process, and what was not read.

    `failure`: what ended the last of the runs, if anything did; the files of the others are in the table.
    """

    outcomes: list[Outcome]
    seconds: float
    unread: list[str]
    failure: Exception | None = None


@dataclass(frozen=True)
class Ran:
    """A run that came to its end, and those before it that were asked for the same, died, and told nobody.

    `told`: what its last step told of itself.
    """

    run_id: str
    earlier: Sequence[str]
    told: Mapping[str, object]


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
    # Only for the bar's length: the inbox may have changed when the import looks at it.
    count = len(files) or len(waiting(home.inbox))
    return count * len(FILE_STAGES) + len(COMMIT_STAGES)


def import_files(
    home: Home, files: Sequence[Path], source: str, config: Mapping[str, object], progress: Progress | None = None
) -> Imported:
    """Import these files, or without any those in the inbox: one run for all that are new to Dagster."""
    arrivals, closed = ([arrival_of(path, source, home.inbox) for path in files], []) if files else look(home.inbox)
    if not files:  # a half-copied one is whole, and taken, the next time
        arrivals, written = without_those_written(arrivals)
        closed += written
    found, unread = keyed(arrivals)
    # Two files of one content for one source have one key: the later stands for both.
    keys = {key: arrival for arrival, key in found.items()}
    outcomes: dict[str, Outcome] = {}
    failure: Exception | None = None
    with _instance(home) as instance:
        started = time.monotonic()
        # Whoever names files asks of these alone; a look at the inbox also tells what earlier looks could not.
        untold = [] if files else earlier_outcomes(home)
        try:
            for group in add_partitions(instance, list(keys)):
                named = {key: keys[key] for key in group}
                outcomes |= _import_group(home, instance, _definitions(FILES, progress), named, config)
        # Not raised: the runs before it have committed, and their files belong into the answer.
        except CustomersError as error:
            failure = error
        # The wall clock may be set back during a run.
        seconds = time.monotonic() - started
    told = [outcome for outcome in untold if outcome.import_id not in {one.import_id for one in outcomes.values()}]
    known = [outcomes[key] for key in keys if key in outcomes]
    return Imported([*told, *known], seconds, [*closed, *unread], failure)


def earlier_outcomes(home: Home) -> list[Outcome]:
    """What became of files in runs that died before they told it; they are told with the next answer."""
    runs = attempts.unheard(home, "import_files")
    attempts.answer(home, runs)
    folders = [folder for run in runs for folder in sorted((home.staging / attempt_of(run)).glob("*"))]
    return [told_late(outcome) for outcome in map(load_outcome, folders) if outcome]


def run_job(
    home: Home,
    name: str,
    config: Mapping[str, Mapping[str, object]],
    partition: str | None = None,
    progress: Progress | None = None,
) -> Ran:
    """Run a job to its end.

    Raises what its step raised where that is ours to explain, else RunFailed; Stopped where it was told to end.
    """
    ops = {op: {"config": values} for op, values in config.items()}
    # The id is made here: the lock on the run's part of staging is taken before Dagster creates the run.
    asked, run_id = asked_to(name, ops, partition), str(uuid4())
    with _instance(home) as instance:
        # Before the run begins, which would itself count among those that were asked for the same.
        earlier = attempts.stopped(home, asked)
        job = _definitions(name, progress).resolve_job_def(name)
        with attempts.begun(home, run_id, asked):
            result = job.execute_in_process(
                run_config=QUIET | {"ops": ops},
                instance=instance,
                # The result tells which step failed and why; raised, only the last error would be left.
                raise_on_error=False,
                partition_key=partition,
                tags={BY_COMMAND: name} | REPOSITORY_TAG,
                run_id=run_id,
            )
    if not result.success:
        raise _failure(result)
    attempts.answer(home, [run_id, *earlier])
    return Ran(run_id, earlier, _metadata_of_last_step(result))


def sync_account(home: Home, source: str, full: bool, by: str, progress: Progress | None = None) -> Ran:
    """Read a Stripe account and commit it. Raises as `run_job`."""
    config: dict[str, dict[str, object]] = {"stripe_extracts": {"full": full}, "commit_account": {"by": by}}
    return run_job(home, "stripe_full_sync" if full else "stripe_sync", config, source, progress)


def _metadata_of_last_step(result: dg.ExecuteInProcessResult) -> Mapping[str, object]:
    """The metadata of what the last step gave, each as its value."""
    outputs = [event for event in result.all_events if event.is_successful_output]
    metadata = outputs[-1].step_output_data.metadata if outputs else {}
    return {name: value.value for name, value in metadata.items()}


def _definitions(job: str, progress: Progress | None = None) -> dg.Definitions:
    return definitions_of_job(job, workspace_of(environment()), Clock(), progress or Progress())


def _import_group(
    home: Home,
    instance: dg.DagsterInstance,
    defs: dg.Definitions,
    arrivals: Mapping[str, Arrival],
    config: Mapping[str, object],
) -> dict[str, Outcome]:
    """One run and what became of its files; a run that fails because one was refused is no failure of the command.

    `arrivals`: by import key, in the order of Dagster's list; `config`: the form of an import, but for its files.
    """
    group = list(arrivals)
    names = file_tags([arrival.path.name for arrival in arrivals.values()])
    tags = names | {BY_COMMAND: "import_files"} | REPOSITORY_TAG
    form = {**config, "files": as_named(arrivals.values())}
    run_id = str(uuid4())
    with attempts.begun(home, run_id, {"job": "import_files", "partitions": group}):
        result = defs.resolve_job_def(FILES).execute_in_process(
            run_config=QUIET | {"ops": {"stage_and_validate": {"config": form}}},
            instance=instance,
            raise_on_error=False,
            # `execute_in_process` takes one key; a range goes by tags.
            partition_key=group[0] if len(group) == 1 else None,
            tags={**tags, **(range_tags(group) if len(group) > 1 else {})},
            run_id=run_id,
        )
    published = any(event.step_key == "customers_snapshot" for event in result.get_asset_materialization_events())
    if not result.success and not published:
        raise _failure(result)
    found = outcomes_of(home, group, [run_id])
    attempts.answer(home, [run_id])
    return {key: found[key] or unread_outcome(arrivals[key], key, NO_FILE) for key in group}


def _failure(result: dg.ExecuteInProcessResult) -> Exception:
    """The error behind a failed run: wrong use as such, an interrupt, anything else with the run's id."""
    failed = next(iter(result.get_failed_step_keys()), "")
    of_steps = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    of_run = [event.job_failure_data.error for event in result.all_events if event.is_job_failure]
    error = next((each for each in (*of_steps, *of_run) if each), None)
    # Dagster wraps what a step raises in an error of its own that only names the step.
    cause = error.cause or error if error else None
    text = cause.message.strip() if cause else "no reason recorded"
    for kind in (WrongUse, AlreadyDone):
        # Dagster keeps an error as the name of its class and its text.
        if cause and cause.cls_name == kind.__name__:
            return kind(text.removeprefix(_qualified(kind)))
    if interrupted():
        return Stopped(f"run {result.run_id} was stopped. Ask again: whatever was done already is not done twice")
    return RunFailed(f"step {failed} of run {result.run_id} failed: {text}")


def _qualified(error: type[Exception]) -> str:
    return f"{error.__module__}.{error.__qualname__}: "


@contextmanager
def _instance(home: Home) -> Iterator[dg.DagsterInstance]:
    # `DagsterInstance.get` reads the folder from nowhere else.
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    compile_once()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)
        with kept_open(), dg.DagsterInstance.get() as instance:
            leave_imported_alone()
            # A run that was killed would otherwise stand as running until the daemon looks, if one runs at all.
            free_dead_runs(instance, home, datetime.now(UTC))
            began = datetime.now(UTC)
            try:
                yield instance
            finally:
                _tell_news(home, instance, began)


def _tell_news(home: Home, instance: dg.DagsterInstance, began: datetime) -> None:
    """Tell whoever wants to know of it; that nobody could is said, and changes no answer."""
    try:
        sources = usable_sources(sources_of(environment()))
        if not sources.notifications:
            return
        for fault in tell_news(Teller(home, sources, instance, datetime.now(UTC), began)):
            tell(f"Not told: {fault.name} ({fault.reason}); it is tried again.")
    except Exception as error:  # what was imported is imported, whatever becomes of its news
        tell(f"Nobody was told: {type(error).__name__}")
