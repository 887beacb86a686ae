"""The code location: everything Dagster knows of, assembled in one place with replaceable resources."""

from collections.abc import Sequence

import dagster as dg

from assets.instance.compile_once import compile_once
from assets.instance.environment import environment, notifier_of, sources_of
from assets.instance.permissions import guard_process
from assets.instance.redact_logs import redact_logs
from assets.instance.resources import Clock, Progress, Workspace, workspace_of
from assets.jobs.listed.all_jobs import all_jobs
from assets.jobs.listed.one_job import declared, file_assets, resources_of
from assets.notifications import news_sensor, notification_sensors
from assets.pages.import_check import imports_rechecked
from assets.reference_tables import reference_assets, reference_jobs
from assets.schedules import account_schedules, daily_duplicates, daily_priorities, daily_retention
from assets.sensors import dead_runs, inbox
from assets.stripe import account_assets, stripe_full_sync, stripe_sync
from assets.stripe_resource import Accounts


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
    known = declared(workspace)
    sources, tables = known.stripe_sources, reference_assets(known)
    return dg.Definitions(
        assets=[
            *file_assets(tables),
            *account_assets(list(sources)),
        ],
        asset_checks=[imports_rechecked],
        jobs=[*all_jobs(), stripe_sync, stripe_full_sync, *reference_jobs(tables)],
        schedules=[daily_priorities, daily_duplicates, daily_retention, *account_schedules(sources)],
        sensors=[inbox, dead_runs, *notification_sensors(notifier), *news_sensor(known.notifications)],
        resources=resources_of(workspace, clock, progress, accounts),
        executor=dg.in_process_executor,  # four steps took 10 s in processes of their own, 2.4 s so
    )


redact_logs()
compile_once()
guard_process(sources_of(environment()))  # those too that Dagster starts without our commands


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads. Made when it asks: a command that imports this module makes its own, and only those."""
    variables = environment()
    return build_definitions(workspace_of(variables), Clock(), Progress(), notifier=notifier_of(variables))
