"""The code location: everything Dagster knows of, assembled in one place with replaceable resources."""

import dagster as dg

from assets.customers import book_imports, customers_snapshot
from assets.files import stage_and_judge
from assets.jobs import JOBS
from assets.redacting import redact_logs
from assets.resources import Clock, Progress, Workspace, workspace_of
from assets.schedules import daily_priorities
from assets.sensors import inbox
from assets.surroundings import environment


def build_definitions(workspace: Workspace, clock: Clock, progress: Progress) -> dg.Definitions:
    """All definitions over a workspace, a clock, and whoever wants to hear of progress."""
    return dg.Definitions(
        assets=[stage_and_judge, book_imports, customers_snapshot],
        jobs=JOBS,
        schedules=[daily_priorities],
        sensors=[inbox],
        resources={"workspace": workspace, "clock": clock, "progress": progress},
        executor=dg.in_process_executor,
    )


redact_logs()
defs = build_definitions(workspace_of(environment()), Clock(), Progress())
