"""What happens by the clock: priorities every day, because time alone moves them (AMB-03); Stripe accounts as told."""

from collections.abc import Iterator, Mapping

import dagster as dg

from assets.instance.resources import Workspace
from assets.jobs.duplicates import possible_duplicates
from assets.jobs.upkeep import prioritise_customers, tidy
from pipelines.configuration.settings import StripeSource

daily_priorities = dg.ScheduleDefinition(
    name="daily_priorities",
    job=prioritise_customers,
    # Just after midnight: months are counted to the day (AMB-03).
    cron_schedule="15 0 * * *",
    # The days of the ledger are those of UTC; a local zone would skip or repeat an hour twice a year.
    execution_timezone="UTC",
    # Dagster leaves a new schedule stopped, and nobody would look for the button that starts it.
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Recomputes every customer's priority just after midnight UTC.",
)


daily_duplicates = dg.ScheduleDefinition(
    name="daily_duplicates",
    job=possible_duplicates,
    cron_schedule="15 2 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Looks for customers who may be one and the same among those that changed.",
)


daily_retention = dg.ScheduleDefinition(
    name="daily_retention",
    job=tidy,
    cron_schedule="45 1 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Removes what is past its period, files and Dagster's record of runs (retention of sources.yaml).",
)


def account_schedules(sources: Mapping[str, StripeSource]) -> Iterator[dg.ScheduleDefinition]:
    """Two schedules per Stripe source: what is new, and now and then everything (stripe.md 6.2)."""
    for name, source in sources.items():
        yield _schedule("stripe_sync", source.schedule, name, source)
        yield _schedule("stripe_full_sync", source.full_sweep, name, source)


def _schedule(job: str, cron: str, source: str, options: StripeSource) -> dg.ScheduleDefinition:
    """A schedule that asks for nothing while the source has no key."""

    @dg.schedule(
        name=f"{job}_{source}",
        job_name=job,
        cron_schedule=cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.STOPPED if options.recorded else dg.DefaultScheduleStatus.RUNNING,
        description=f"Starts {job} for the Stripe account of {source}.",
    )
    def ticked(context: dg.ScheduleEvaluationContext, workspace: Workspace) -> dg.RunRequest | dg.SkipReason:
        # A skipped tick with its reason; a run would end red at each of them until somebody connects the account.
        if not options.recorded and not (workspace.folders.secrets / f"{source}.json").exists():
            return dg.SkipReason(
                f"{source} has no key; connect it in a shell, for a form keeps what it has: "
                f"`customers stripe connect {source}`"
            )
        return dg.RunRequest(partition_key=source)

    return ticked
