"""What the ops of all jobs have in common: errors explained, deaths made up for, tables shown.

Lives here: what stands around an op's work. Not here: the work (`pipelines/`), the jobs (the modules beside).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import dagster as dg

from assets.customers import snapshot_metadata, tables_metadata
from assets.instance.dead_runs import asked_of
from assets.instance.resources import Workspace
from pipelines.errors import AlreadyDone, CustomersError
from pipelines.home import Home
from pipelines.intake import attempts

T = TypeVar("T")


@contextmanager
def explained() -> Iterator[None]:
    """An error that is ours to explain leads the run's page with its own sentence."""
    try:
        yield
    except CustomersError as error:
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
    """Note on every table's asset what it holds now."""
    home = workspace.folders
    told = tables_metadata(home) | {"customers_snapshot": snapshot_metadata(home)}
    for name, metadata in told.items():
        context.log_event(dg.AssetMaterialization(asset_key=name, metadata=metadata))
