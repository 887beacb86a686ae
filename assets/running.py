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

from assets.customers import outcomes_of
from assets.definitions import build_definitions
from assets.partitions import file_tags, range_tags
from assets.resources import Clock, Progress, workspace_of
from assets.surroundings import environment
from pipelines.errors import Permanent, WrongUse
from pipelines.files.arriving import Arrival, key_of, waiting
from pipelines.files.filing import Outcome
from pipelines.reporting import BOOKING_STAGES, FILE_STAGES, Report
from pipelines.settings import Home

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class RunFailed(Permanent):
    """A Dagster run failed; its id leads to the run's page in the UI."""


@dataclass(frozen=True)
class Imported:
    """What became of each file, and how long the runs took, without the start of the process."""

    outcomes: list[Outcome]
    seconds: float


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
    arrivals = [Arrival(path.absolute(), source) for path in files] or waiting(home.inbox)
    keyed = {arrival: key_of(arrival) for arrival in arrivals}
    keys = list(dict.fromkeys(keyed.values()))
    run_config = QUIET | {"ops": {"stage_and_judge": {"config": config}}}
    with _instance(home) as instance:
        started = time.monotonic()
        known = set(instance.get_dynamic_partitions("imports"))
        new = [key for key in keys if key not in known]
        instance.add_dynamic_partitions("imports", new)
        for group in [new, *([key] for key in keys if key in known)]:
            if group:
                names = file_tags([arrival.path.name for arrival in arrivals if keyed[arrival] in group])
                _import_group(instance, _definitions(progress), group, run_config, names)
        seconds = time.monotonic() - started
    found = outcomes_of(home, keys)
    return Imported([outcome for outcome in found.values() if outcome], seconds)


def run_job(home: Home, name: str, config: Mapping[str, Mapping[str, object]]) -> None:
    """Run a job to its end. Raises what its step raised where that is ours to explain, else RunFailed."""
    ops = {op: {"config": values} for op, values in config.items()}
    with _instance(home) as instance:
        job = _definitions().resolve_job_def(name)
        result = job.execute_in_process(run_config=QUIET | {"ops": ops}, instance=instance, raise_on_error=False)
    if not result.success:
        raise _failure(result)


def _definitions(progress: Progress | None = None) -> dg.Definitions:
    return build_definitions(workspace_of(environment()), Clock(), progress or Progress())


def _import_group(
    instance: dg.DagsterInstance,
    defs: dg.Definitions,
    keys: Sequence[str],
    run_config: Mapping[str, object],
    names: Mapping[str, str],
) -> None:
    """One run; a run that fails because a file was refused is no failure of the command."""
    result = defs.resolve_job_def("import_files").execute_in_process(
        run_config=run_config,
        instance=instance,
        raise_on_error=False,
        partition_key=keys[0] if len(keys) == 1 else None,
        tags={**names, **(range_tags(keys) if len(keys) > 1 else {})},
    )
    published = any(event.step_key == "customers_snapshot" for event in result.get_asset_materialization_events())
    if not result.success and not published:
        raise _failure(result)


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
        with dg.DagsterInstance.get() as instance:
            yield instance
