"""Who may be one and the same customer, and what a person decides about it.

Lives here: the three jobs with their typed forms. Not here: the comparison (`pipelines/duplicates/`), the decisions
(`pipelines/ledger/decisions/merge_customers.py`).
"""

import dagster as dg
from pydantic import Field

from assets.instance.dead_runs import asked_of
from assets.instance.resources import Clock, Workspace
from assets.jobs.ops import explained, show_tables
from pipelines.intake import attempts
from pipelines.ledger.decisions import merge_customers as decisions
from pipelines.ledger.decisions.merge_customers import Deciding, Merged
from pipelines.ledger.decisions.note_duplicates import note_duplicates

WHO = "customer_id, or any address, phone number or reference that it has"


class MergeConfig(dg.Config):
    """Who stays, who becomes part of it, and who says so."""

    survivor: str = Field(description=f"Who stays, with its id and address: {WHO}")
    other: str = Field(description=f"Who becomes part of it: {WHO}")
    by: str = Field(description="Your name; it stays with the decision")


class SeparateConfig(dg.Config):
    """Who is a customer of its own again, or two who only look alike, and who says so."""

    customer: str = Field(description=f"Who was merged, or whom others were merged into: {WHO}")
    other: str | None = Field(default=None, description=f"With it these two are separate for good: {WHO}")
    by: str = Field(description="Your name; it stays with the decision")


@dg.op
def merge_two_customers(
    context: dg.OpExecutionContext, config: MergeConfig, workspace: Workspace, clock: Clock
) -> dg.Output[None]:
    """Let one customer be part of another, with all that is its own and all that comes later."""
    home, who = workspace.folders, Deciding(config.by, clock.now(), context.run_id)
    with explained(context):
        done = decisions.decided_already(home, attempts.stopped(home, asked_of(context.run)))
        done = done or decisions.merge_customers(home, config.survivor, config.other, who)
    show_tables(context, workspace)
    return dg.Output(None, metadata=_decision_metadata(done))


@dg.op
def separate_merged_customers(
    context: dg.OpExecutionContext, config: SeparateConfig, workspace: Workspace, clock: Clock
) -> dg.Output[None]:
    """Let merged customers be two again, or keep two who look alike from being proposed."""
    home, who = workspace.folders, Deciding(config.by, clock.now(), context.run_id)
    with explained(context):
        done = decisions.decided_already(home, attempts.stopped(home, asked_of(context.run)))
        done = done or decisions.separate_customers(home, config.customer, config.other, who)
    show_tables(context, workspace)
    return dg.Output(None, metadata=_decision_metadata(done))


def _decision_metadata(done: Merged) -> dict[str, str]:
    """What a decision did, by ids: what a run says is kept by Dagster."""
    told = {"import": done.import_id, "customer": done.customer_id, "others": ", ".join(done.others)}
    return told | {"warnings": "; ".join(done.warnings) or "none"}


@dg.op
def compare_customers(context: dg.OpExecutionContext, workspace: Workspace) -> dg.Output[None]:
    """Compare the customers that changed since the last time with all others."""
    with explained(context):
        compared = note_duplicates(workspace.folders, context.log.info)
    show_tables(context, workspace)
    return dg.Output(None, metadata={"compared": compared.customer_count, "pairs": compared.pair_count})


@dg.job(
    description="Two customers are one: rows, payments, contacts and consents of both, and what comes later.",
    config=dg.RunConfig(
        ops={
            "merge_two_customers": MergeConfig(
                survivor="<who stays>", other="<who becomes part of it>", by="<your name>"
            )
        }
    ),
)
def merge_customers() -> None:
    """See `merge_two_customers`."""
    merge_two_customers()


@dg.job(
    description="Merged customers are two again; or two who look alike are two for good.",
    config=dg.RunConfig(
        ops={"separate_merged_customers": SeparateConfig(customer="<who was merged>", by="<your name>")}
    ),
)
def separate_customers() -> None:
    """See `separate_merged_customers`."""
    separate_merged_customers()


@dg.job(description="Look for customers who may be one and the same, among those that changed.")
def possible_duplicates() -> None:
    """See `compare_customers`."""
    compare_customers()
