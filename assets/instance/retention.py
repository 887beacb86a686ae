"""Retention: Dagster's record of runs that ended long ago goes; what it says of each asset and partition last stays.

Lives here: which runs are old, what must outlast them, removing them. Not here: the job that does it
(`assets/jobs/upkeep.py`), files of ours (`pipelines/retention/`). A run takes 0.3 MB and four files: hourly
syncs of one account come to 3 GB a year.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import dagster as dg

from pipelines.retention.tally import Tally, tally

MOST = 5_000
"""How many runs one attempt removes at most, so that it ends in time."""
FINISHED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
EVENTS = ("history", "runs")
"""Where Dagster keeps a database of events for each run; of a removed one it leaves an empty one for ever (1.13.27)."""
OF_SQLITE = ("", "-wal", "-shm", "-journal")
LOGS = "storage"
"""Where Dagster keeps what runs wrote, in a folder for each."""
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
        # Before the run goes: its events go with it, and the asset would look as if it had never been made.
        for materialization in _latest_of(instance, run_id):
            instance.report_runless_asset_event(materialization)
        # `delete_run` leaves what the run wrote to its output.
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        instance.delete_run(run_id)
        for file in _events_of(instance, run_id):
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
        # A run may note the same partition twice: only the last of them is what the asset's page shows.
        if latest and latest[0].run_id == run_id and latest[0].timestamp == record.timestamp:
            yield materialization


def tidy_runs(instance: dg.DagsterInstance, days: int | None, now: datetime, only_shown: bool) -> Tally:
    """Remove the runs that ended more than so many days ago, or only count them; with None they stay for ever."""
    if days is None:
        return tally("runs", None, [])
    # All listed before any is removed: the listing goes page by page over what is being removed.
    records = list(islice(old_runs(instance, days, now), MOST))
    told = [(_ended(record), _bytes_of(instance, record.dagster_run.run_id)) for record in records]
    if not only_shown:
        remove_runs(instance, [record.dagster_run.run_id for record in records])
    return tally("runs", days, told)


def _ended(record: dg.RunRecord) -> datetime:
    """When a run was over; Dagster's instants are in UTC and do not say it."""
    return record.update_timestamp.replace(tzinfo=UTC)


def _bytes_of(instance: dg.DagsterInstance, run_id: str) -> int:
    """What the files take that a run has to itself: its events and its logs."""
    logs = Path(instance.root_directory, LOGS, run_id)
    return sum(path.stat().st_size for path in (*_events_of(instance, run_id), *logs.rglob("*")) if path.is_file())


def _events_of(instance: dg.DagsterInstance, run_id: str) -> list[Path]:
    """The files of a run's events; the folder holds those of all runs and is not looked through for each."""
    return [Path(instance.root_directory, *EVENTS, f"{run_id}.db{ending}") for ending in OF_SQLITE]
