"""What a person decides about a captured customer's request for access.

Lives here: the two jobs with their typed form. Not here: the decision (`pipelines/ledger/decisions/decide_access.py`).
"""

from enum import Enum

import dagster as dg
from pydantic import Field

from assets.instance.resources import Clock, Workspace
from assets.jobs.ops import explained, show_tables, unless_done
from pipelines.ledger.decisions.decide_access import Choice, decide_access


class AccessChoice(Enum):
    """What can become of a request for access."""

    approved = "approved"
    refused = "refused"


class AccessConfig(dg.Config):
    """Whose request for access, what becomes of it, and who says so."""

    customer: str = Field(description="customer_id, or any address, phone number or reference that it has")
    choice: AccessChoice = Field(description="approved or refused")
    by: str = Field(description="Your name; it stays with the decision")

    @classmethod
    def asking(cls, choice: AccessChoice) -> "AccessConfig":
        """The form to be filled in for one choice."""
        return cls(customer="<e-mail address or customer_id>", choice=choice, by="<your name>")


@dg.op
def decide_one_request(
    context: dg.OpExecutionContext, config: AccessConfig, workspace: Workspace, clock: Clock
) -> None:
    """Grant or refuse what a captured customer asked for."""
    home, now = workspace.folders, clock.now()
    choice: Choice = config.choice.value
    with explained(context):
        done = unless_done(context, home, lambda: decide_access(home, config.customer, choice, config.by, now))
    if done:
        context.log.info(f"{done.customer_id}: {done.before}, now {choice} by {config.by}")
    show_tables(context, workspace)


@dg.job(
    description="Approve a captured customer's request for access; it is pending until then.",
    config=dg.RunConfig(ops={"decide_one_request": AccessConfig.asking(AccessChoice.approved)}),
)
def approve_access() -> None:
    """See `decide_one_request`."""
    decide_one_request()


@dg.job(
    description="Refuse a captured customer's request for access; who asks again waits again.",
    config=dg.RunConfig(ops={"decide_one_request": AccessConfig.asking(AccessChoice.refused)}),
)
def refuse_access() -> None:
    """See `decide_one_request`."""
    decide_one_request()
