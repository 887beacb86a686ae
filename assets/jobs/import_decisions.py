"""What a person decides about an import, or about all of an account: undo it, settle a held one, take it out.

Lives here: each job with its typed form. Not here: what it does (`pipelines/ledger/`).
"""

from typing import Any

import dagster as dg
from pydantic import Field

from assets.checks import tell_check
from assets.instance.resources import Clock, Workspace
from assets.jobs.ops import explained, show_tables, unless_done
from assets.metadata import codes_of
from assets.pages.import_page import ASSET, evaluation_of, facts_of_entry, first_glance, tag_run
from assets.reports.renew import renew_reports
from pipelines.configuration.asked import OVERLAPS, choice_of
from pipelines.home import Home
from pipelines.identity import key_of_import
from pipelines.ledger import commit_imports, undo
from pipelines.ledger.take_out_account import take_out
from pipelines.ledger.undo import Undone
from pipelines.publishing import queries
from pipelines.rejects.write import path_of
from pipelines.reports.import_facts import related_imports


class UndoConfig(dg.Config):
    """Which import or clean-up to undo, and who says so; or only what that would do."""

    import_id: str = Field(description="As in import_history, for example crm-678ae2851fbb")
    by: str = Field(description="Your name; it stays in the history")
    preview: bool = Field(default=False, description="true: only show what the undo would do; nothing is written")


@dg.op
def undo_one_import(
    context: dg.OpExecutionContext, config: UndoConfig, workspace: Workspace, clock: Clock
) -> dg.Output[None]:
    """Take out exactly what an import contributed or bring back whom a clean-up removed, or show what that would do."""
    home, now = workspace.folders, clock.now()
    with explained(context):
        effect: Undone | None
        if config.preview:
            effect = undo.rehearse_undo(home, config.import_id, now)
        else:
            telling = related_imports(home, [config.import_id])
            effect = unless_done(context, home, lambda: undo.undo_import(home, config.import_id, config.by, now))
            back = effect.imports_returned if effect else ()
            renew_reports(context.log, home, [config.import_id, *telling, *back], now)
    told = _effect_told(effect) if effect else {}
    if not config.preview and effect and effect.is_cleanup:  # a clean-up has no partition to note it on
        context.log.info(f"{effect.customers_returned} customers brought back by {config.by}.")
    elif not config.preview and effect:
        context.log.info(f"{effect.customers_removed} supprimés par {config.by}.")
        if effect.is_file:
            _note(context, home, config.import_id, {"by": config.by} | told)
    if not config.preview:
        show_tables(context, workspace)
    return dg.Output(None, metadata=told)


def _effect_told(effect: Undone) -> dict[str, Any]:
    """What an undo does, number by number."""
    return {
        "customers removed": effect.customers_removed,
        "customers changed": effect.customers_changed,
        "customers returned": effect.customers_returned,
        "change of total_spent": str(effect.amount_change),
        "imports that count again": ", ".join(effect.imports_returned) or "none",
        "warnings": ", ".join(codes_of(effect.warnings)) or "none",
    }


@dg.job(
    description="Undo one import: what it contributed goes, everything else stays; or one clean-up: whom it removed is "
    "back. `preview` shows the effect first.",
    config=dg.RunConfig(ops={"undo_one_import": UndoConfig(import_id="<import id>", by="<your name>")}),
)
def undo_import() -> None:
    """See `undo_one_import`."""
    undo_one_import()


class DecideConfig(dg.Config):
    """Which held import, what to do with it, and who says so."""

    import_id: str = Field(description="As in import_history, for example crm-678ae2851fbb")
    choice: str = Field(
        description="add: they are new payments; skip_identical: count only new rows; replace: undo the earlier import"
    )
    by: str = Field(description="Your name; it stays in the history")


@dg.op
def decide_one_import(context: dg.OpExecutionContext, config: DecideConfig, workspace: Workspace, clock: Clock) -> None:
    """Settle a held import."""
    home, now = workspace.folders, clock.now()
    with explained(context):
        choice = choice_of(config.choice, OVERLAPS)
        outcome = unless_done(
            context, home, lambda: commit_imports.decide(home, config.import_id, choice, config.by, now)
        )
    renew_reports(context.log, home, [config.import_id], now)
    told: dict[str, Any] = {"choice": choice, "by": config.by}
    if outcome:
        context.log.info(outcome.message)
        told |= {"outcome": outcome.message}
        told |= {"reject file": dg.MetadataValue.path(outcome.reject_file)} if outcome.reject_file else {}
    _note(context, home, config.import_id, told)
    show_tables(context, workspace)


@dg.job(
    description="Settle an import that is held because it largely repeats an earlier one.",
    config=dg.RunConfig(
        ops={
            "decide_one_import": DecideConfig(
                import_id="<import id>", choice="<add, replace or skip_identical>", by="<your name>"
            )
        }
    ),
)
def decide_import() -> None:
    """See `decide_one_import`."""
    decide_one_import()


def _note(context: dg.OpExecutionContext, home: Home, import_id: str, told: dict[str, Any]) -> None:
    """What was decided about an import, on its partition's page, in its check and in the tags of the run."""
    entry = queries.import_entry(home.published, import_id).row(0, named=True)
    facts = facts_of_entry(entry, path_of(home, import_id))
    metadata = first_glance(facts) | told
    partition = key_of_import(import_id)
    context.log_event(dg.AssetObservation(asset_key=ASSET, partition=partition, metadata=metadata))
    tell_check(context, evaluation_of(facts))
    tag_run(context, [facts])


class TakeOutConfig(dg.Config):
    """Which Stripe source, and who says so."""

    source: str = Field(description="As in sources.yaml")
    by: str = Field(description="Your name; it stays in the history")


@dg.op
def take_out_one_account(
    context: dg.OpExecutionContext, config: TakeOutConfig, workspace: Workspace, clock: Clock
) -> None:
    """Take out everything that a Stripe account contributed."""
    with explained(context):
        home, now = workspace.folders, clock.now()
        count = unless_done(context, home, lambda: take_out(home, config.source, config.by, now))
    if count is not None:
        context.log.info(f"{count} customers went with the account, which was taken out by {config.by}")
    show_tables(context, workspace)


@dg.job(
    description="Take out everything that a Stripe account contributed; the next sync brings it back.",
    config=dg.RunConfig(ops={"take_out_one_account": TakeOutConfig(source="<source>", by="<your name>")}),
)
def take_out_account() -> None:
    """See `take_out_one_account`."""
    take_out_one_account()
