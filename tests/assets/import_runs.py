"""Runs of the import job in a test's own instance."""

from typing import NoReturn

import dagster as dg

from assets.partitions import imports, range_tags
from pipelines.home import Home
from pipelines.intake.inbox import Arrival

GOOD = "email,name,total_spent\nana@example.com,Ana,{amount}\n"


def drop(home: Home, name: str, text: str, source: str = "shop") -> Arrival:
    path = home.inbox / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return Arrival(path, source)


def run(defs: dg.Definitions, instance: dg.DagsterInstance, keys: list[str]) -> dg.ExecuteInProcessResult:
    instance.add_dynamic_partitions("imports", keys)
    return defs.resolve_job_def("import_files").execute_in_process(
        instance=instance,
        raise_on_error=False,
        partition_key=keys[0] if len(keys) == 1 else None,
        tags=range_tags(keys) if len(keys) > 1 else None,
    )


def statuses(instance: dg.DagsterInstance, asset: str, keys: list[str]) -> list[str | None]:
    found = instance.get_status_by_partition(dg.AssetKey(asset), keys, imports)
    return [found[key].value if found and found[key] else None for key in keys]


def dies(*_: object) -> NoReturn:
    raise MemoryError("the machine gave up")


def imported(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    """What the check of each import says, by partition."""
    found = [each for each in result.get_asset_check_evaluations() if each.check_name == "imported"]
    return {str(each.partition): each for each in found}


def tags_of(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """What the list of runs says of a run."""
    found = instance.get_run_by_id(result.run_id)
    return dict(found.tags) if found else {}
