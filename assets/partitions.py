"""How imports are told apart in Dagster: one dynamic partition per file content and source."""

from collections.abc import Sequence

import dagster as dg

imports = dg.DynamicPartitionsDefinition(name="imports")

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


def add_partitions(instance: dg.DagsterInstance, keys: Sequence[str]) -> list[list[str]]:
    """Make partitions of these imports, and part them into runs: all that are new together, a known one alone.

    A run over several covers what lies between its first and its last in Dagster's list; where another process added
    some of them at the same time, that list says which stand together.
    """
    known = set(instance.get_dynamic_partitions("imports"))
    new = {key for key in keys if key not in known}
    instance.add_dynamic_partitions("imports", [key for key in keys if key in new])
    groups: list[list[str]] = []
    before = ""
    for key in instance.get_dynamic_partitions("imports"):
        if key in new:
            groups = [*groups[:-1], [*groups[-1], key]] if before in new else [*groups, [key]]
        before = key
    return [*groups, *([key] for key in keys if key in known)]


def range_tags(keys: Sequence[str]) -> dict[str, str]:
    """The tags of one run over several partitions that were added together, in this order."""
    return {RANGE_START: keys[0], RANGE_END: keys[-1]}


def file_tags(names: Sequence[str]) -> dict[str, str]:
    """The tag that tells in the list of runs which files a run is about."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return {"files": ", ".join(names[:3]) + more}


def key_of_import(import_id: str) -> str:
    """The partition of an import: its id without the number of the attempt."""
    return "-".join(import_id.split("-")[:2])


def keys_of_run(run: dg.DagsterRun, instance: dg.DagsterInstance) -> list[str]:
    """The imports that a run is about; empty for a run without partitions."""
    if RANGE_START in run.tags:
        bounds = dg.PartitionKeyRange(run.tags[RANGE_START], run.tags[RANGE_END])
        known = list(instance.get_dynamic_partitions("imports"))
        return known[known.index(bounds.start) : known.index(bounds.end) + 1]
    return [run.tags["dagster/partition"]] if "dagster/partition" in run.tags else []
