"""The low-spend clean-up: a preview first, then its confirmation.

Lives here: the job with its typed form. Not here: who is a candidate (`pipelines/customers/low_spend.py`).
"""

from typing import Any

import dagster as dg
from pydantic import Field

from assets.instance.resources import Clock, Workspace
from assets.jobs.ops import explained, show_tables, unless_done
from pipelines.customers.low_spend import DEFAULT_BELOW
from pipelines.ledger.decisions.low_spend_cleanup import clean_up, low_spend, named, removed_already, threshold_of


class CleanupConfig(dg.Config):
    """The threshold; and, to remove whom the preview lists, the preview's mark and who says so."""

    below: str = Field(default=str(DEFAULT_BELOW), description="Money in all, in the base currency; exactly it stays")
    confirm: str | None = Field(default=None, description="Mark of the preview that you looked at; without it: preview")
    by: str | None = Field(default=None, description="Your name; it stays with the decision")


@dg.op
def clean_up_low_spend(
    context: dg.OpExecutionContext, config: CleanupConfig, workspace: Workspace, clock: Clock
) -> dg.Output[None]:
    """List the customers who spent less than a threshold; remove them where that list was confirmed."""
    home = workspace.folders
    with explained(context):
        below = threshold_of(config.below)
        listed, mark = low_spend(home, below)
        told: dict[str, Any] = {
            "mark": mark,
            "customers": listed.height,
        }
        if config.confirm is None:
            context.log.info(f"{listed.height} customers would go; confirm with the mark {mark}")
            return dg.Output(None, metadata=told)
        mark, by, now = config.confirm, named(config.by), clock.now()
        removed = unless_done(context, home, lambda: clean_up(home, below, mark, by, now, context.run_id))
        done = removed or removed_already(home, below, mark, by)
    context.log.info(f"{done.removed_count} customers removed by {config.by}; to undo it: {done.import_id}")
    show_tables(context, workspace)
    return dg.Output(None, metadata=told | {"removed": done.removed_count, "import": done.import_id or "none"})


@dg.job(
    description="Low-spend clean-up: preview who would go; then confirm with the preview's mark. In a shell: customers "
    "cleanup",
    config=dg.RunConfig(ops={"clean_up_low_spend": CleanupConfig()}),
)
def low_spend_cleanup() -> None:
    """See `clean_up_low_spend`."""
    clean_up_low_spend()
