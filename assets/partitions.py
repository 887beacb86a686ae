"""How imports are told apart in Dagster: one dynamic partition per file content and source."""

from collections.abc import Sequence

import dagster as dg

imports = dg.DynamicPartitionsDefinition(name="imports")

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


SLICES = (25, 75, 200)
"""How many files the first runs of a batch take, the last number again and again: the first files are soon in the
table, and the many others do not pay for a run and a new snapshot each."""


def add_partitions(instance: dg.DagsterInstance, keys: Sequence[str]) -> list[list[str]]:
    """Make partitions of these imports, and part them into runs: all that stand together in Dagster's list, in slices.

    A run over several covers what lies between its first and its last in that list, so that others may not lie there:
    keys that came before, and those of another process that added some at the same time.
    """
    # All at once: a list of 10,000 keys takes 13 ms.
    known = set(instance.get_dynamic_partitions("imports"))
    instance.add_dynamic_partitions("imports", [key for key in keys if key not in known])
    wanted = set(keys)
    groups: list[list[str]] = []
    before = ""
    # Read again, in the order of insertion: a range of partitions covers what was added between its ends.
    for key in instance.get_dynamic_partitions("imports"):
        if key in wanted:
            groups = [*groups[:-1], [*groups[-1], key]] if before in wanted else [*groups, [key]]
        before = key
    return [part for group in groups for part in _sliced(group)]


def _sliced(keys: Sequence[str]) -> list[list[str]]:
    parts, sizes = [], iter(SLICES)
    size, place = next(sizes), 0
    while place < len(keys):
        parts.append(list(keys[place : place + size]))
        place, size = place + size, next(sizes, SLICES[-1])
    return parts


def range_tags(keys: Sequence[str]) -> dict[str, str]:
    """The tags of one run over several partitions that were added together, in this order."""
    return {RANGE_START: keys[0], RANGE_END: keys[-1]}


def file_tags(names: Sequence[str]) -> dict[str, str]:
    """The tag that tells in the list of runs which files a run is about."""
    # A tag is shown on one line of the list of runs.
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return {"files": ", ".join(names[:3]) + more}


def keys_of_run(run: dg.DagsterRun, instance: dg.DagsterInstance) -> list[str]:
    """The imports that a run is about; empty for a run without partitions."""
    if RANGE_START in run.tags:
        bounds = dg.PartitionKeyRange(run.tags[RANGE_START], run.tags[RANGE_END])
        known = list(instance.get_dynamic_partitions("imports"))
        return known[known.index(bounds.start) : known.index(bounds.end) + 1]
    return [run.tags["dagster/partition"]] if "dagster/partition" in run.tags else []
