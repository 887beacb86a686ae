"""What the ops of all jobs have in common: errors explained, deaths made up for, tables shown.

Lives here: what stands around an op's work. Not here: the work (`pipelines/`), the jobs (the modules beside).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import dagster as dg

from assets.checks import evaluated, evaluations_of, tell_check
from assets.customers import snapshot_metadata, tables_metadata
from assets.instance.dead_runs import BY_COMMAND, asked_of
from assets.instance.resources import Workspace
from assets.pages import held_imports
from pipelines.configuration.asked import filled_in
from pipelines.errors import AlreadyDone, CustomersError
from pipelines.home import Home
from pipelines.intake import attempts
from pipelines.ledger.checks.verify import CheckResult
from pipelines.ledger.transaction import ChecksFailed

T = TypeVar("T")


@contextmanager
def explained(context: dg.OpExecutionContext) -> Iterator[None]:
    """An error that is ours to explain leads the run's page with its own sentence; a check that failed turns red."""
    try:
        if BY_COMMAND not in context.run.tags:
            filled_in(context.run.run_config.get("ops"))
        yield
    except ChecksFailed as failure:
        _tell_checks(context, failure.check_results)
        # No retry: the same facts break the same check again.
        raise dg.Failure(str(failure), allow_retries=False) from failure
    except CustomersError as error:
        context.log.error(str(error))  # a line of the log; a failure's own sentence stands behind a link
        # What ends in a sentence for people is mended by people; a retry would only repeat it.
        raise dg.Failure(str(error), allow_retries=False) from error


def unless_done(context: dg.OpExecutionContext, home: Home, do: Callable[[], T]) -> T | None:
    """What is done; None where a run did it that was asked for the same, and died before anybody heard of it."""
    try:
        return do()
    except AlreadyDone as error:
        if not attempts.stopped(home, asked_of(context.run)):
            raise
        context.log.info(f"{error}: by an earlier attempt that stopped; it is finished now")
        return None


def show_tables(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Note on every table's asset what it holds now, and the checks that the transaction just passed."""
    home = workspace.folders
    waiting = held_imports.held(home)
    told: Mapping[str, Mapping[str, Any]] = {
        **tables_metadata(home),
        "customers_snapshot": snapshot_metadata(home),
        held_imports.NAME: held_imports.metadata_of(home, waiting),
    }
    for name, metadata in told.items():
        # As an event, since an op makes no asset of its own; the asset's page shows it as any other.
        context.log_event(dg.AssetMaterialization(asset_key=name, metadata=metadata))
    _tell_checks(context, ())
    tell_check(context, evaluated(held_imports.result_of(waiting)))


def _tell_checks(context: dg.OpExecutionContext, check_results: Sequence[CheckResult]) -> None:
    """The checks as a transaction left them: none of it failed where it tells of none."""
    for evaluation in evaluations_of(check_results):
        tell_check(context, evaluation)
