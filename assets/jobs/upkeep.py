"""Upkeep: what is derived is kept up to date, priorities, all tables, the published file; what is past its period goes.

Lives here: each job with its typed form. Not here: what it does (`pipelines/ledger/recompute.py`,
`pipelines/retention/`, `assets/instance/retention.py`), when it happens (`assets/schedules.py`).
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg
from pydantic import Field

from assets.instance.resources import Clock, Workspace
from assets.instance.retention import tidy_runs
from assets.jobs.ops import explained, show_tables
from pipelines.configuration.asked import day_of
from pipelines.ledger import recompute
from pipelines.ledger.decisions.note_settings import note_settings
from pipelines.lineage.publish_values import publish_with_values
from pipelines.retention.remove_files import tidy_files
from pipelines.retention.tally import Tally


class PrioritiseConfig(dg.Config):
    """The day to count months to (YYYY-MM-DD); today where none is given."""

    as_of: str | None = Field(default=None, description="YYYY-MM-DD; default: today, UTC")


@dg.op
def prioritise_everyone(
    context: dg.OpExecutionContext, config: PrioritiseConfig, workspace: Workspace, clock: Clock
) -> None:
    """Recompute every customer's priority as of a day."""
    with explained(context):
        as_of = day_of(config.as_of) or clock.now().date()
        recompute.prioritise_all(workspace.folders, as_of)
    show_tables(context, workspace)


@dg.job(description="Recompute every customer's priority; the clock alone moves it.")
def prioritise_customers() -> None:
    """See `prioritise_everyone`."""
    prioritise_everyone()


@dg.op
def rebuild_everything(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Fold every customer again from the ledger."""
    with explained(context):
        recompute.rebuild(workspace.folders)
    show_tables(context, workspace)


@dg.job(description="Fold every customer again from the ledger; the tables come out as they were.")
def rebuild_customers() -> None:
    """See `rebuild_everything`."""
    rebuild_everything()


class PublishConfig(dg.Config):
    """Whether `customer_values` is filled too: where each value of each customer comes from."""

    values: bool = Field(default=False, description="true: fill customer_values too; it takes minutes for a million")


@dg.op
def publish_again(context: dg.OpExecutionContext, config: PublishConfig, workspace: Workspace) -> None:
    """Publish the snapshot as the ledger stands."""
    with explained(context):
        changed = note_settings(workspace.folders, workspace.sources())
        if config.values:
            publish_with_values(workspace.folders, context.log.info)
        # A change of the segments is published with it.
        elif not changed:
            recompute.publish(workspace.folders)
    show_tables(context, workspace)


@dg.job(description="Publish `customers.duckdb` again from the working database.")
def publish_snapshot() -> None:
    """See `publish_again`."""
    publish_again()


class TidyConfig(dg.Config):
    """Whether only to say what would go; the periods stand in sources.yaml, under `retention`."""

    preview: bool = Field(default=False, description="true: only say what would go; nothing is removed")


@dg.op
def remove_what_is_old(
    context: dg.OpExecutionContext, config: TidyConfig, workspace: Workspace, clock: Clock
) -> dg.Output[None]:
    """Remove what is past its period, or say what that would be."""
    now = clock.now()
    with explained(context):
        periods = workspace.sources().retention
        runs = tidy_runs(context.instance, periods.runs, now, config.preview)
        told = (*tidy_files(workspace.folders, periods, now, config.preview), runs)
    for one in told:
        if one.count:
            verb = "would go" if config.preview else "removed"
            context.log.info(f"{one.kind}: {one.count} older than {one.kept_days} days, {one.byte_count} bytes: {verb}")
    return dg.Output(None, metadata=_metadata(told, config.preview))


def _metadata(told: Sequence[Tally], only_shown: bool) -> dict[str, Any]:
    """Counts and bytes of each kind and of all as numbers, which Dagster draws over time; and all of it once more."""
    count, size = sum(one.count for one in told), sum(one.byte_count for one in told)
    # The curve of what was removed must not rise with a preview.
    gone = (0, 0) if only_shown else (count, size)
    numbers = {"count": count, "bytes": size, "removed_count": gone[0], "removed_bytes": gone[1]}
    for one in told:
        numbers |= {f"{one.kind}_count": one.count, f"{one.kind}_bytes": one.byte_count}
    return {**numbers, "kinds": dg.MetadataValue.json([_as_told(one) for one in told])}


def _as_told(one: Tally) -> dict[str, object]:
    oldest = None if one.oldest is None else f"{one.oldest:%Y-%m-%d}"
    return {"kind": one.kind, "kept_days": one.kept_days, "count": one.count, "bytes": one.byte_count, "oldest": oldest}


@dg.job(description="Remove what is past its period (retention of sources.yaml); `preview` says first what would go.")
def tidy() -> None:
    """See `remove_what_is_old`."""
    remove_what_is_old()
