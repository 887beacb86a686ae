"""The jobs that people start: importing, undoing, prioritising, rebuilding, publishing.

Lives here: each job with its typed form. Not here: what it does (`pipelines/`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import dagster as dg
from pydantic import Field

from assets.customers import POOL, book_imports, customers_snapshot, snapshot_metadata, tables_metadata
from assets.files import stage_and_judge
from assets.resources import Clock, Workspace
from pipelines import booking
from pipelines.errors import CustomersError

import_files = dg.define_asset_job(
    "import_files",
    selection=dg.AssetSelection.assets(stage_and_judge, book_imports, customers_snapshot),
    description="Import files: stage, judge, book, publish. One partition per file.",
)


class UndoConfig(dg.Config):
    """Which import to undo, and who says so."""

    import_id: str = Field(description="As in import_history, for example crm-678ae2851fbb")
    by: str = Field(description="Your name; it stays in the history")


class PrioritiseConfig(dg.Config):
    """The day to count months to (YYYY-MM-DD); today where none is given."""

    as_of: str | None = None


@dg.op(pool=POOL)
def undo_one_import(context: dg.OpExecutionContext, config: UndoConfig, workspace: Workspace, clock: Clock) -> None:
    """Take out exactly what an import contributed."""
    with _explained():
        count = booking.undo(workspace.folders, config.import_id, config.by, clock.now())
    context.log.info(f"{count} supprimés par {config.by}.")
    partition = "-".join(config.import_id.split("-")[:2])
    told: dict[str, Any] = {"status": "undone", "by": config.by, "customers removed": count}
    context.log_event(dg.AssetObservation(asset_key="judged_rows", partition=partition, metadata=told))
    _show(context, workspace)


@dg.op(pool=POOL)
def prioritise_everyone(
    context: dg.OpExecutionContext, config: PrioritiseConfig, workspace: Workspace, clock: Clock
) -> None:
    """Recompute every customer's priority as of a day."""
    as_of = date.fromisoformat(config.as_of) if config.as_of else clock.now().date()
    with _explained():
        booking.prioritise_all(workspace.folders, as_of)
    _show(context, workspace)


@dg.op(pool=POOL)
def rebuild_everything(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Fold every customer again from the ledger."""
    with _explained():
        booking.rebuild(workspace.folders)
    _show(context, workspace)


@dg.op(pool=POOL)
def publish_again(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Publish the snapshot as the ledger stands."""
    with _explained():
        booking.publish(workspace.folders)
    _show(context, workspace)


@contextmanager
def _explained() -> Iterator[None]:
    """An error that is ours to explain leads the run's page with its own sentence."""
    try:
        yield
    except CustomersError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def _show(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Note on every table's asset what it holds now."""
    home = workspace.folders
    told = tables_metadata(home) | {"customers_snapshot": snapshot_metadata(home)}
    for name, metadata in told.items():
        context.log_event(dg.AssetMaterialization(asset_key=name, metadata=metadata))


@dg.job(
    description="Undo one import: what it contributed goes, everything else stays.",
    config=dg.RunConfig(ops={"undo_one_import": UndoConfig(import_id="<import id>", by="<your name>")}),
)
def undo_import() -> None:
    """See `undo_one_import`."""
    undo_one_import()


@dg.job(description="Recompute every customer's priority; the clock alone moves it.")
def prioritise_customers() -> None:
    """See `prioritise_everyone`."""
    prioritise_everyone()


@dg.job(description="Fold every customer again from the ledger; the tables come out as they were.")
def rebuild_customers() -> None:
    """See `rebuild_everything`."""
    rebuild_everything()


@dg.job(description="Publish `customers.duckdb` again from the working database.")
def publish_snapshot() -> None:
    """See `publish_again`."""
    publish_again()


JOBS = (import_files, undo_import, prioritise_customers, rebuild_customers, publish_snapshot)
