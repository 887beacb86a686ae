"""The definitions of one run: the job that a command runs with what it makes and needs, and no other job.

Lives here: what `definitions.py` and a command's run have in common. Not here: the whole code location, with its
schedules and sensors (`definitions.py`).
A command runs one job and ends: to import what all jobs work with, and to build them, was a tenth of an import of one
row.
"""

from collections.abc import Sequence

import dagster as dg

from assets.instance.redact_logs import redact_logs
from assets.instance.resources import Clock, Progress, Workspace
from assets.jobs.listed.all_jobs import MODULES, job_named
from assets.stripe_resource import Accounts
from pipelines.configuration.settings import Sources
from pipelines.errors import WrongUse

FILES = "import_files"
"""The job of our list that makes assets; all others are steps of their own."""


def definitions_of_job(name: str, workspace: Workspace, clock: Clock, progress: Progress) -> dg.Definitions:
    """The definitions in which a job is found, as it is among all of them.

    Args:
        name: of a job; one that is made for the sources that are declared is looked for among all.
        workspace: where everything lies.
        clock: the time.
        progress: who wants to hear of it.
    """
    redact_logs()
    if name not in MODULES:
        from assets.definitions import build_definitions

        return build_definitions(workspace, clock, progress)
    resources = resources_of(workspace, clock, progress)
    if name != FILES:
        return dg.Definitions(jobs=[job_named(name)], resources=resources, executor=dg.in_process_executor)
    from assets.pages.import_check import imports_rechecked

    return dg.Definitions(
        assets=file_assets(reference_tables(declared(workspace))),
        asset_checks=[imports_rechecked],
        jobs=[job_named(name)],
        resources=resources,
        executor=dg.in_process_executor,
    )


def resources_of(
    workspace: Workspace, clock: Clock, progress: Progress, accounts: Accounts | None = None
) -> dict[str, object]:
    """What every run finds under which name."""
    return {"workspace": workspace, "clock": clock, "progress": progress, "accounts": accounts or Accounts()}


def declared(workspace: Workspace) -> Sources:
    """The sources as declared now; none where the file is wrong, which every run then says."""
    try:
        return workspace.sources()
    # A code location that does not load would take the whole UI down; a run can at least say what is wrong.
    except WrongUse:
        return Sources()


def file_assets(tables: Sequence[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """The assets that an import of files makes, and the tables in which their values are looked up."""
    from assets.customers import commit_staged_files, customers_snapshot
    from assets.files import stage_and_validate

    return [_after(tables, stage_and_validate), commit_staged_files, customers_snapshot, *tables]


def reference_tables(sources: Sources) -> list[dg.AssetsDefinition]:
    """The tables that the declared sources name, as assets."""
    from assets.reference_tables import reference_assets

    return reference_assets(sources)


def _after(tables: Sequence[dg.AssetsDefinition], files: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The assets of files, shown below the tables in which their values are looked up."""
    # Only shown so: an import reads the tables itself, so that it never waits for a job that materializes them.
    keys = [table.key for table in tables]
    of_rows = dg.AssetKey("validated_rows")
    return files.map_asset_specs(
        lambda spec: spec.merge_attributes(deps=keys) if keys and spec.key == of_rows else spec
    )
