"""Keeping what is derived up to date: priorities, all tables, the published file.

Lives here: each job with its typed form. Not here: what it does (`pipelines/ledger/recompute.py`).
"""

from datetime import date

import dagster as dg

from assets.instance.resources import Clock, Workspace
from assets.jobs.ops import explained, show_tables
from pipelines.configuration.segments import segment_rows
from pipelines.ledger import recompute
from pipelines.ledger.decisions.note_segments import note_segments


class PrioritiseConfig(dg.Config):
    """The day to count months to (YYYY-MM-DD); today where none is given."""

    as_of: str | None = None


@dg.op
def prioritise_everyone(
    context: dg.OpExecutionContext, config: PrioritiseConfig, workspace: Workspace, clock: Clock
) -> None:
    """Recompute every customer's priority as of a day."""
    as_of = date.fromisoformat(config.as_of) if config.as_of else clock.now().date()
    with explained():
        recompute.prioritise_all(workspace.folders, as_of)
    show_tables(context, workspace)


@dg.job(description="Recompute every customer's priority; the clock alone moves it.")
def prioritise_customers() -> None:
    """See `prioritise_everyone`."""
    prioritise_everyone()


@dg.op
def rebuild_everything(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Fold every customer again from the ledger."""
    with explained():
        recompute.rebuild(workspace.folders)
    show_tables(context, workspace)


@dg.job(description="Fold every customer again from the ledger; the tables come out as they were.")
def rebuild_customers() -> None:
    """See `rebuild_everything`."""
    rebuild_everything()


@dg.op
def publish_again(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Publish the snapshot as the ledger stands."""
    with explained():
        if not note_segments(workspace.folders, segment_rows(workspace.sources().segments)):
            recompute.publish(workspace.folders)
    show_tables(context, workspace)


@dg.job(description="Publish `customers.duckdb` again from the working database.")
def publish_snapshot() -> None:
    """See `publish_again`."""
    publish_again()
