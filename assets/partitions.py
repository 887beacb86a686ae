"""How imports are told apart in Dagster: one dynamic partition per file content and source."""

from collections.abc import Sequence

import dagster as dg

imports = dg.DynamicPartitionsDefinition(name="imports")

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


def range_tags(keys: Sequence[str]) -> dict[str, str]:
    """The tags of one run over several partitions that were added together, in this order."""
    return {RANGE_START: keys[0], RANGE_END: keys[-1]}


def file_tags(names: Sequence[str]) -> dict[str, str]:
    """The tag that tells in the list of runs which files a run is about."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return {"files": ", ".join(names[:3]) + more}


def keys_of_run(run: dg.DagsterRun, instance: dg.DagsterInstance) -> list[str]:
    """The imports that a run is about; empty for a run without partitions."""
    if RANGE_START in run.tags:
        bounds = dg.PartitionKeyRange(run.tags[RANGE_START], run.tags[RANGE_END])
        known = list(instance.get_dynamic_partitions("imports"))
        return known[known.index(bounds.start) : known.index(bounds.end) + 1]
    return [run.tags["dagster/partition"]] if "dagster/partition" in run.tags else []
