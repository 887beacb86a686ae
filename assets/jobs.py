"""The jobs that people start: importing, undoing, prioritising, rebuilding, publishing.

Lives here: each job with its typed form. Not here: what it does (`pipelines/`).
"""

from datetime import date

import dagster as dg

from assets.customers import (
    DEPENDENCIES,
    POOL,
    book_imports,
    customers_snapshot,
    snapshot_metadata,
    table_metadata,
)
from assets.files import stage_and_judge
from assets.resources import Clock, Workspace
from pipelines import booking
from pipelines.publish import publish
from pipelines.warehouse import Connection, working

import_files = dg.define_asset_job(
    "import_files",
    selection=dg.AssetSelection.assets(stage_and_judge, book_imports, customers_snapshot),
    description="Import files: stage, judge, book, publish. One partition per file.",
)


class UndoConfig(dg.Config):
    """Which import to undo, and who says so."""

    import_id: str
    by: str


class PrioritiseConfig(dg.Config):
    """The day to count months to (YYYY-MM-DD); today where none is given."""

    as_of: str | None = None


@dg.op(pool=POOL)
def undo_one_import(context: dg.OpExecutionContext, config: UndoConfig, workspace: Workspace, clock: Clock) -> None:
    """Take out exactly what an import contributed, and publish."""
    with working(workspace.folders.working) as connection:
        count, _ = booking.undo(connection, config.import_id, config.by, clock.now())
        _publish(context, connection, workspace)
    context.log.info(f"{count} supprimés par {config.by}.")


@dg.op(pool=POOL)
def prioritise_everyone(
    context: dg.OpExecutionContext, config: PrioritiseConfig, workspace: Workspace, clock: Clock
) -> None:
    """Recompute every customer's priority as of a day, and publish."""
    as_of = date.fromisoformat(config.as_of) if config.as_of else clock.now().date()
    with working(workspace.folders.working) as connection:
        booking.prioritise_all(connection, as_of)
        _publish(context, connection, workspace)


@dg.op(pool=POOL)
def rebuild_everything(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Fold every customer again from the ledger, and publish."""
    with working(workspace.folders.working) as connection:
        booking.rebuild(connection)
        _publish(context, connection, workspace)


@dg.op(pool=POOL)
def publish_again(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Publish the snapshot as the working database stands."""
    with working(workspace.folders.working) as connection:
        _publish(context, connection, workspace)


def _publish(context: dg.OpExecutionContext, connection: Connection, workspace: Workspace) -> None:
    """Publish, and note on every table's asset what it holds now."""
    counts = publish(connection, workspace.folders.published)
    for name in DEPENDENCIES:
        metadata = table_metadata(connection, name)
        context.log_event(dg.AssetMaterialization(asset_key=name, metadata=metadata))
    metadata = snapshot_metadata(workspace.folders, counts)
    context.log_event(dg.AssetMaterialization(asset_key="customers_snapshot", metadata=metadata))


@dg.job(description="Undo one import: what it contributed goes, everything else stays.")
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
