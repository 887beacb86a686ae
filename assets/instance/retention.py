"""Retention: Dagster's record of runs that ended long ago goes; what it says of each asset and partition last stays.

Lives here: which runs are old, what must outlast them, removing them, the job that does it. Not here: when it happens
(`schedules.py`), our own tables, which keep everything. A run takes 0.3 MB and four files: hourly syncs of one account
come to 3 GB a year.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import dagster as dg
from pydantic import Field

from assets.instance.resources import Clock, Workspace

MOST = 5_000
"""How many runs one attempt removes at most, so that it ends in time."""
FINISHED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
EVENTS = ("history", "runs")
"""Where Dagster keeps a database of events for each run; of a removed one it leaves an empty one for ever (1.13.27)."""
BATCH = 500
"""How many runs are looked at at once."""


def old_runs(instance: dg.DagsterInstance, days: int, now: datetime) -> Iterator[dg.RunRecord]:
    """The runs that ended more than so many days ago, the oldest first; one that goes on is never among them."""
    filters = dg.RunsFilter(statuses=list(FINISHED), updated_before=now - timedelta(days=days))
    cursor: str | None = None
    while records := instance.get_run_records(filters, limit=BATCH, ascending=True, cursor=cursor):
        yield from records
        cursor = records[-1].dagster_run.run_id


def remove_runs(instance: dg.DagsterInstance, run_ids: Sequence[str]) -> None:
    """Remove what Dagster recorded of these runs, but for what nothing newer says: that belongs to no run afterwards.

    Removed half when the end comes, a run is old still, and is removed by the next attempt.
    """
    for run_id in run_ids:
        for materialization in _latest_of(instance, run_id):
            instance.report_runless_asset_event(materialization)
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        instance.delete_run(run_id)
        for file in Path(instance.root_directory, *EVENTS).glob(f"{run_id}.db*"):
            file.unlink(missing_ok=True)


def _latest_of(instance: dg.DagsterInstance, run_id: str) -> Iterator[dg.AssetMaterialization]:
    """The materialisations of a run that are the latest of their asset and partition."""
    found = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
    for record in found:
        materialization = record.asset_materialization
        if materialization is None:
            continue
        partition = [materialization.partition] if materialization.partition else None
        wanted = dg.AssetRecordsFilter(asset_key=materialization.asset_key, asset_partitions=partition)
        latest = instance.fetch_materializations(wanted, limit=1).records
        if latest and latest[0].run_id == run_id and latest[0].timestamp == record.timestamp:
            yield materialization


class RetentionConfig(dg.Config):
    """How many days runs are kept; or only how many would go."""

    days: int | None = Field(default=None, ge=1, description="Default: keep_runs_days of sources.yaml")
    preview: bool = Field(default=False, description="true: only say how many runs would go; nothing is removed")


@dg.op
def remove_what_is_old(
    context: dg.OpExecutionContext, config: RetentionConfig, workspace: Workspace, clock: Clock
) -> dg.Output[None]:
    """Remove Dagster's record of runs that ended long ago."""
    days = config.days or workspace.sources().keep_runs_days
    runs = [record.dagster_run.run_id for record in islice(old_runs(context.instance, days, clock.now()), MOST)]
    if not config.preview:
        remove_runs(context.instance, runs)
    context.log.info(f"{len(runs)} runs ended more than {days} days ago{'' if config.preview else ': removed'}")
    return dg.Output(None, metadata={"runs": len(runs), "days": days, "removed": 0 if config.preview else len(runs)})


@dg.job(description="Remove Dagster's record of runs that ended long ago; `preview` says first how many.")
def remove_old_runs() -> None:
    """See `remove_what_is_old`."""
    remove_what_is_old()
