"""What happens by the clock: priorities, every day, because time alone moves them (AMB-03)."""

import dagster as dg

from assets.jobs import prioritise_customers

daily_priorities = dg.ScheduleDefinition(
    name="daily_priorities",
    job=prioritise_customers,
    cron_schedule="15 0 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Recomputes every customer's priority just after midnight UTC.",
)
