"""The code location: everything Dagster knows of, assembled in one place with replaceable resources."""

import dagster as dg

from assets.customers import commit_staged_files, customers_snapshot
from assets.files import stage_and_validate
from assets.instance.environment import environment, sources_of
from assets.instance.permissions import guard_process
from assets.instance.redact_logs import redact_logs
from assets.instance.resources import Clock, Progress, Workspace, workspace_of
from assets.instance.retention import remove_old_runs
from assets.jobs import JOBS
from assets.schedules import account_schedules, daily_priorities, daily_retention
from assets.sensors import dead_runs, inbox
from assets.stripe import account_assets, stripe_full_sync, stripe_sync
from assets.stripe_resource import Accounts
from pipelines.configuration.settings import StripeSource
from pipelines.errors import WrongUse


def build_definitions(
    workspace: Workspace, clock: Clock, progress: Progress, accounts: Accounts | None = None
) -> dg.Definitions:
    """All definitions over a workspace, a clock, whoever wants to hear of progress, and a way to Stripe accounts."""
    sources = _stripe_sources(workspace)
    return dg.Definitions(
        assets=[stage_and_validate, commit_staged_files, customers_snapshot, *account_assets(list(sources))],
        jobs=[*JOBS, remove_old_runs, stripe_sync, stripe_full_sync],
        schedules=[daily_priorities, daily_retention, *account_schedules(sources)],
        sensors=[inbox, dead_runs],
        resources={
            "workspace": workspace,
            "clock": clock,
            "progress": progress,
            "accounts": accounts or Accounts(),
        },
        executor=dg.in_process_executor,
    )


def _stripe_sources(workspace: Workspace) -> dict[str, StripeSource]:
    """The Stripe sources as declared now; none where the file is wrong, which every run then says."""
    try:
        return workspace.sources().stripe_sources
    except WrongUse:
        return {}


redact_logs()
guard_process(sources_of(environment()))  # those too that Dagster starts without our commands
defs = build_definitions(workspace_of(environment()), Clock(), Progress())
