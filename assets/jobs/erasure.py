"""Erasing a person: the job with its typed form.

Lives here: the form, what the run tells. Not here: what is erased (`pipelines/erasure/`). A run tells nobody's address,
and whom its form named is taken out of Dagster's storage with all else.
"""

from typing import Any
from uuid import uuid4

import dagster as dg
from pydantic import Field

from assets.instance.resources import Clock, Workspace
from assets.jobs.ops import explained, show_tables, unless_done
from assets.reports.renew import renew_reports
from pipelines.erasure.erase import Erased, erase, finish_erasures, named, preview_erasure
from pipelines.reports.paths import kept_reports


class ErasureConfig(dg.Config):
    """Whom to erase, and who says so; or only what would go. Without anybody, what an erasure left undone is done."""

    customer: str | None = Field(
        default=None, description="customer_id of the table customers; also any address, phone number or reference"
    )
    by: str | None = Field(default=None, description="Your name; it stays, for an erasure is final")
    preview: bool = Field(default=False, description="true: only show what would go; nothing is written")


@dg.op
def erase_one_person(
    context: dg.OpExecutionContext, config: ErasureConfig, workspace: Workspace, clock: Clock
) -> dg.Output[None]:
    """Take a person out of everything that is kept, or show what that would be."""
    home, told = workspace.folders, dict[str, Any]()
    with explained(context):
        # After an end half-way nobody can name the person again: the ledger no longer holds the address.
        if config.customer is None:
            told = {"files rewritten": finish_erasures(home, context.log.info).rewritten}
        elif config.preview:
            will_go = preview_erasure(home, config.customer)
            told = {"rows": will_go.row_count, "imports": ", ".join(will_go.imports) or "none"}
        else:
            who, by, now = config.customer, named(config.by), clock.now()
            kept = kept_reports(home)
            done = unless_done(context, home, lambda: erase(home, who, by, now, uuid4(), context.log.info))
            told = _told(done) if done else {}
            renew_reports(context.log, home, sorted(kept - kept_reports(home)), now)
    if not config.preview:
        show_tables(context, workspace)
    return dg.Output(None, metadata=told)


def _told(done: Erased) -> dict[str, Any]:
    return {
        "erasure": done.erasure_id,
        "rows without a name": done.row_count,
        "files rewritten": done.files_rewritten,
        "originals removed": ", ".join(done.files_gone) or "none",
        "files that are not ours": ", ".join(done.files_left) or "none",
    }


@dg.job(
    description="Erase a person from every table, file and history, for good; `preview` shows first what would go.",
    config=dg.RunConfig(ops={"erase_one_person": ErasureConfig(customer="<customer_id>", by="<your name>")}),
)
def erase_customer() -> None:
    """See `erase_one_person`."""
    erase_one_person()
