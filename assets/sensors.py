"""The inbox sensor: complete files become partitions, and one run for all that came together; and the one of dead runs.

Lives here: what was seen and requested (the cursor). Not here: what a complete file is
(`pipelines/files/arriving.py`).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import dagster as dg

from assets.dead_runs import free_dead_runs
from assets.jobs import import_files
from assets.partitions import add_partitions, file_tags, range_tags
from assets.resources import Workspace
from pipelines.files.arriving import Arrival, complete, keyed, look

BATCH = 200


@dg.sensor(
    job=import_files,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Takes a file from the inbox once its size and time have not changed between two looks.",
)
def inbox(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SensorResult:
    """Request one run for all complete files that were not requested yet in their present state."""
    cursor = json.loads(context.cursor) if context.cursor else {"seen": {}, "requested": {}}
    arrivals, closed = look(workspace.folders.inbox)
    stable, seen = complete(arrivals, cursor["seen"])
    fresh = [a for a in stable if cursor["requested"].get(str(a.path)) != seen[str(a.path)]][:BATCH]
    found, unread = keyed(fresh)
    for reason in (*closed, *unread):
        context.log.warning(reason)
    requested = {path: mark for path, mark in cursor["requested"].items() if path in seen}
    requested |= {str(arrival.path): seen[str(arrival.path)] for arrival in found}
    keys = {key: arrival for arrival, key in found.items()}
    return dg.SensorResult(
        skip_reason=None if keys else f"{len(arrivals)} files in the inbox, none newly complete",
        run_requests=[_request(group, keys) for group in add_partitions(context.instance, list(keys))],
        cursor=json.dumps({"seen": seen, "requested": requested}),
    )


def _request(group: Sequence[str], keys: Mapping[str, Arrival]) -> dg.RunRequest:
    """One run for files that came together, or for one that came before: after an undo, or a second time."""
    names = file_tags([keys[key].path.name for key in group])
    mark = keys[group[-1]].signature
    if len(group) == 1:
        return dg.RunRequest(run_key=f"{group[0]}:{mark}", partition_key=group[0], tags=names)
    return dg.RunRequest(run_key=f"{group[0]}..{group[-1]}:{mark}", tags=range_tags(group) | names)


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks runs as failed whose process is gone, so that they hold no place of the living.",
)
def dead_runs(context: dg.SensorEvaluationContext, workspace: Workspace) -> dg.SkipReason:
    """Free what belongs to dead runs."""
    freed = free_dead_runs(context.instance, workspace.folders, datetime.now(UTC))
    return dg.SkipReason(f"marked as failed: {', '.join(freed)}" if freed else "every unfinished run is alive")
