"""The code location: everything Dagster knows of, assembled in one place with replaceable resources."""

from collections.abc import Sequence

import dagster as dg

from assets.customers import commit_staged_files, customers_snapshot
from assets.files import stage_and_validate
from assets.instance.compile_once import compile_once
from assets.instance.environment import environment, notifier_of, sources_of
from assets.instance.permissions import guard_process
from assets.instance.redact_logs import redact_logs
from assets.instance.resources import Clock, Progress, Workspace, workspace_of
from assets.jobs.listed.all_jobs import JOBS
from assets.notifications import news_sensor, notification_sensors
from assets.pages.import_check import imports_rechecked
from assets.reference_tables import reference_assets, reference_jobs
from assets.schedules import account_schedules, daily_duplicates, daily_priorities, daily_retention
from assets.sensors import dead_runs, inbox
from assets.stripe import account_assets, stripe_full_sync, stripe_sync
from assets.stripe_resource import Accounts
from pipelines.configuration.settings import Sources
from pipelines.errors import WrongUse


def build_definitions(
    workspace: Workspace,
    clock: Clock,
    progress: Progress,
    accounts: Accounts | None = None,
    notifier: Sequence[str] = (),
) -> dg.Definitions:
    """All definitions over a workspace, a clock, whoever wants to hear of progress, a way to Stripe accounts, and the
    command that tells people of imports.
    """
    declared = _declared(workspace)
    sources, tables = declared.stripe_sources, reference_assets(declared)
    return dg.Definitions(
        assets=[
            _after(tables, stage_and_validate),
            commit_staged_files,
            customers_snapshot,
            *account_assets(list(sources)),
            *tables,
        ],
        asset_checks=[imports_rechecked],
        jobs=[*JOBS, stripe_sync, stripe_full_sync, *reference_jobs(tables)],
        schedules=[daily_priorities, daily_duplicates, daily_retention, *account_schedules(sources)],
        sensors=[inbox, dead_runs, *notification_sensors(notifier), *news_sensor(declared.notifications)],
        resources={
            "workspace": workspace,
            "clock": clock,
            "progress": progress,
            "accounts": accounts or Accounts(),
        },
        executor=dg.in_process_executor,  # four steps took 10 s in processes of their own, 2.4 s so
    )


def _declared(workspace: Workspace) -> Sources:
    """The sources as declared now; none where the file is wrong, which every run then says."""
    try:
        return workspace.sources()
    # A code location that does not load would take the whole UI down; a run can at least say what is wrong.
    except WrongUse:
        return Sources()


def _after(tables: Sequence[dg.AssetsDefinition], files: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The assets of files, shown below the tables in which their values are looked up."""
    # Only shown so: an import reads the tables itself, so that it never waits for a job that materializes them.
    keys = [table.key for table in tables]
    of_rows = dg.AssetKey("validated_rows")
    return files.map_asset_specs(
        lambda spec: spec.merge_attributes(deps=keys) if keys and spec.key == of_rows else spec
    )


redact_logs()
compile_once()
guard_process(sources_of(environment()))  # those too that Dagster starts without our commands


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads. Made when it asks: a command that imports this module makes its own, and only those."""
    variables = environment()
    return build_definitions(workspace_of(variables), Clock(), Progress(), notifier=notifier_of(variables))
