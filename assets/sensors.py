"""The inbox sensor: complete files become partitions, and one run for all that came together.

Lives here: what was seen and requested (the cursor). Not here: what a complete file is
(`pipelines/files/arriving.py`).
"""

import json
from collections.abc import Mapping, Sequence

import dagster as dg

from assets.jobs import import_files
from assets.partitions import file_tags, imports, range_tags
from assets.resources import Workspace
from pipelines.files.arriving import Arrival, complete, key_of, waiting

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
    arrivals = waiting(workspace.folders.inbox)
    stable, seen = complete(arrivals, cursor["seen"])
    fresh = [a for a in stable if cursor["requested"].get(str(a.path)) != a.signature][:BATCH]
    requested = {path: mark for path, mark in cursor["requested"].items() if path in seen}
    requested |= {str(arrival.path): arrival.signature for arrival in fresh}
    keys = {key_of(arrival): arrival for arrival in fresh}
    known = set(context.instance.get_dynamic_partitions("imports"))
    new = [key for key in keys if key not in known]
    return dg.SensorResult(
        skip_reason=None if keys else f"{len(arrivals)} files in the inbox, none newly complete",
        dynamic_partitions_requests=[imports.build_add_request(new)] if new else [],
        run_requests=[*_together(new, keys), *_again([key for key in keys if key in known], keys)],
        cursor=json.dumps({"seen": seen, "requested": requested}),
    )


def _together(new: Sequence[str], keys: Mapping[str, Arrival]) -> list[dg.RunRequest]:
    """One run for all files that Dagster does not know yet."""
    if len(new) < 2:
        return _again(new, keys)
    run_key = f"{new[0]}..{new[-1]}:{keys[new[-1]].signature}"
    names = [keys[key].path.name for key in new]
    return [dg.RunRequest(run_key=run_key, tags=range_tags(new) | file_tags(names))]


def _again(known: Sequence[str], keys: Mapping[str, Arrival]) -> list[dg.RunRequest]:
    """A run of its own for a file that came before: after an undo, or a second time."""
    return [
        dg.RunRequest(run_key=f"{key}:{keys[key].signature}", partition_key=key, tags=file_tags([keys[key].path.name]))
        for key in known
    ]
