"""The jobs that people start: importing, undoing, prioritising, rebuilding, publishing.

Lives here: each job with its typed form. Not here: what it does (`pipelines/`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg

from assets.customers import commit_staged_files, customers_snapshot, snapshot_metadata, tables_metadata
from assets.files import options_of, stage_and_validate
from assets.instance.dead_runs import asked_of
from assets.instance.resources import Clock, Workspace
from assets.jobs.forms import (
    AccessChoice,
    AccessConfig,
    CleanupConfig,
    DecideConfig,
    PreviewConfig,
    PrioritiseConfig,
    Settlement,
    TakeOutConfig,
    UndoConfig,
)
from assets.metadata import records_table, sample
from assets.partitions import key_of_import
from pipelines.configuration.segments import segment_rows
from pipelines.configuration.settings import OnOverlap
from pipelines.errors import AlreadyDone, CustomersError
from pipelines.home import Home
from pipelines.intake import attempts, inbox
from pipelines.intake.import_request import Request
from pipelines.ledger import commit_imports, recompute, undo
from pipelines.ledger.decisions.decide_access import Choice, decide_access
from pipelines.ledger.decisions.low_spend_cleanup import clean_up, low_spend, named, removed_already, threshold_of
from pipelines.ledger.decisions.note_segments import note_segments
from pipelines.ledger.previews import Preview, preview
from pipelines.ledger.take_out_account import take_out
from pipelines.ledger.undo import Undone

T = TypeVar("T")

import_files = dg.define_asset_job(
    "import_files",
    selection=dg.AssetSelection.assets(stage_and_validate, commit_staged_files, customers_snapshot),
    description="Import files: stage, judge, book, publish. One partition per file.",
)


@dg.op
def preview_each_file(
    context: dg.OpExecutionContext, config: PreviewConfig, workspace: Workspace, clock: Clock
) -> dg.Output[None]:
    """Show how each file is understood and what importing it would do; nothing is written."""
    now = clock.now()
    as_of = date.fromisoformat(config.as_of) if config.as_of else now.date()
    place = workspace.folders.inbox
    arrivals = [inbox.arrival_of(Path(file.path), file.source, place) for file in config.files] or inbox.waiting(place)
    with _explained():
        shown = [
            preview(
                Request(arrival, config.imported_by, now, as_of, options_of(config)),
                workspace.folders,
                workspace.sources(),
                context.log.info,
            )
            for arrival in arrivals
        ]
    return dg.Output(None, metadata=_previewed(shown))


def _previewed(shown: Sequence[Preview]) -> dict[str, Any]:
    """What each file is taken for, column by column, and its outcome."""
    outcomes = [preview.outcome.model_dump(mode="json") for preview in shown]
    columns = [
        {"file": preview.file_name, "samples": ", ".join(column.samples)} | column.model_dump(exclude={"samples"})
        for preview in shown
        for column in preview.columns
    ]
    counts = ("file_name", "status", "rows_accepted", "rows_rejected", "customers_created", "customers_updated")
    return {
        "columns": records_table(columns, ("file", "header", "field", "how", "samples")),
        "outcomes": records_table(outcomes, counts),
        "messages": records_table(outcomes, ("file_name", "message")),
        "previews": dg.MetadataValue.json([preview.model_dump(mode="json") for preview in shown]),
    }


@dg.op
def undo_one_import(
    context: dg.OpExecutionContext, config: UndoConfig, workspace: Workspace, clock: Clock
) -> dg.Output[None]:
    """Take out exactly what an import contributed or bring back whom a clean-up removed, or show what that would do."""
    home, now = workspace.folders, clock.now()
    with _explained():
        effect: Undone | None
        if config.preview:
            effect = undo.rehearse_undo(home, config.import_id, now)
        else:
            effect = _unless_done(context, home, lambda: undo.undo_import(home, config.import_id, config.by, now))
    told = _effect_told(effect) if effect else {}
    if not config.preview and effect and effect.is_cleanup:  # a clean-up has no partition to note it on
        context.log.info(f"{effect.customers_returned} customers brought back by {config.by}.")
    elif not config.preview and effect:
        context.log.info(f"{effect.customers_removed} supprimés par {config.by}.")
        context.log_event(_noted(config.import_id, {"status": "undone", "by": config.by} | told))
    if not config.preview:
        _show(context, workspace)
    return dg.Output(None, metadata=told)


def _effect_told(effect: Undone) -> dict[str, Any]:
    """What an undo does, number by number."""
    return {
        "customers removed": effect.customers_removed,
        "customers changed": effect.customers_changed,
        "customers returned": effect.customers_returned,
        "change of total_spent": str(effect.amount_change),
        "imports that count again": ", ".join(effect.imports_returned) or "none",
        "warnings": "; ".join(effect.warnings) or "none",
    }


@dg.op
def take_out_one_account(
    context: dg.OpExecutionContext, config: TakeOutConfig, workspace: Workspace, clock: Clock
) -> None:
    """Take out everything that a Stripe account contributed."""
    with _explained():
        home, now = workspace.folders, clock.now()
        count = _unless_done(context, home, lambda: take_out(home, config.source, config.by, now))
    if count is not None:
        context.log.info(f"{count} customers went with the account, which was taken out by {config.by}")
    _show(context, workspace)


@dg.op
def decide_one_import(context: dg.OpExecutionContext, config: DecideConfig, workspace: Workspace, clock: Clock) -> None:
    """Settle a held import."""
    choice: OnOverlap = config.choice.value
    home, now = workspace.folders, clock.now()
    with _explained():
        outcome = _unless_done(
            context, home, lambda: commit_imports.decide(home, config.import_id, choice, config.by, now)
        )
    told: dict[str, Any] = {"choice": choice, "by": config.by}
    if outcome:
        context.log.info(outcome.message)
        told |= {"status": outcome.status, "outcome": outcome.message}
        told |= {"reject file": dg.MetadataValue.path(outcome.reject_file)} if outcome.reject_file else {}
    context.log_event(_noted(config.import_id, told))
    _show(context, workspace)


@dg.op
def decide_one_request(
    context: dg.OpExecutionContext, config: AccessConfig, workspace: Workspace, clock: Clock
) -> None:
    """Grant or refuse what a captured customer asked for."""
    home, now = workspace.folders, clock.now()
    choice: Choice = config.choice.value
    with _explained():
        done = _unless_done(context, home, lambda: decide_access(home, config.customer, choice, config.by, now))
    if done:
        context.log.info(f"{done.called}: {done.before}, now {choice} by {config.by}")
    _show(context, workspace)


def _noted(import_id: str, told: dict[str, Any]) -> dg.AssetObservation:
    """What was decided about an import, on its partition's page."""
    return dg.AssetObservation(asset_key="validated_rows", partition=key_of_import(import_id), metadata=told)


@dg.op
def prioritise_everyone(
    context: dg.OpExecutionContext, config: PrioritiseConfig, workspace: Workspace, clock: Clock
) -> None:
    """Recompute every customer's priority as of a day."""
    as_of = date.fromisoformat(config.as_of) if config.as_of else clock.now().date()
    with _explained():
        recompute.prioritise_all(workspace.folders, as_of)
    _show(context, workspace)


@dg.op
def clean_up_low_spend(
    context: dg.OpExecutionContext, config: CleanupConfig, workspace: Workspace, clock: Clock
) -> dg.Output[None]:
    """List the customers who spent less than a threshold; remove them where that list was confirmed."""
    home = workspace.folders
    with _explained():
        below = threshold_of(config.below)
        listed, mark = low_spend(home, below)
        told: dict[str, Any] = {
            "mark": mark,
            "customers": listed.height,
            "first of them": sample(listed.drop("customer_id")),
        }
        if config.confirm is None:
            context.log.info(f"{listed.height} customers would go; confirm with the mark {mark}")
            return dg.Output(None, metadata=told)
        mark, by, now = config.confirm, named(config.by), clock.now()
        removed = _unless_done(context, home, lambda: clean_up(home, below, mark, by, now, context.run_id))
        done = removed or removed_already(home, below, mark, by)
    context.log.info(f"{done.removed_count} customers removed by {config.by}; to undo it: {done.import_id}")
    _show(context, workspace)
    return dg.Output(None, metadata=told | {"removed": done.removed_count, "import": done.import_id or "none"})


@dg.op
def rebuild_everything(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Fold every customer again from the ledger."""
    with _explained():
        recompute.rebuild(workspace.folders)
    _show(context, workspace)


@dg.op
def publish_again(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Publish the snapshot as the ledger stands."""
    with _explained():
        if not note_segments(workspace.folders, segment_rows(workspace.sources().segments)):
            recompute.publish(workspace.folders)
    _show(context, workspace)


@contextmanager
def _explained() -> Iterator[None]:
    """An error that is ours to explain leads the run's page with its own sentence."""
    try:
        yield
    except CustomersError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def _unless_done(context: dg.OpExecutionContext, home: Home, do: Callable[[], T]) -> T | None:
    """What is done; None where a run did it that was asked for the same, and died before anybody heard of it."""
    try:
        return do()
    except AlreadyDone as error:
        if not attempts.stopped(home, asked_of(context.run)):
            raise
        context.log.info(f"{error}: by an earlier attempt that stopped; it is finished now")
        return None


def _show(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Note on every table's asset what it holds now."""
    home = workspace.folders
    told = tables_metadata(home) | {"customers_snapshot": snapshot_metadata(home)}
    for name, metadata in told.items():
        context.log_event(dg.AssetMaterialization(asset_key=name, metadata=metadata))


@dg.job(
    description="Undo one import: what it contributed goes, everything else stays; or one clean-up: whom it removed is "
    "back. `preview` shows the effect first.",
    config=dg.RunConfig(ops={"undo_one_import": UndoConfig(import_id="<import id>", by="<your name>")}),
)
def undo_import() -> None:
    """See `undo_one_import`."""
    undo_one_import()


@dg.job(
    description="Take out everything that a Stripe account contributed; the next sync brings it back.",
    config=dg.RunConfig(ops={"take_out_one_account": TakeOutConfig(source="<source>", by="<your name>")}),
)
def take_out_account() -> None:
    """See `take_out_one_account`."""
    take_out_one_account()


@dg.job(
    description="Settle an import that is held because it largely repeats an earlier one.",
    config=dg.RunConfig(
        ops={"decide_one_import": DecideConfig(import_id="<import id>", choice=Settlement.add, by="<your name>")}
    ),
)
def decide_import() -> None:
    """See `decide_one_import`."""
    decide_one_import()


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


@dg.job(description="Look at files before importing them: format, mapping, warnings and the exact outcome.")
def preview_files() -> None:
    """See `preview_each_file`."""
    preview_each_file()


@dg.job(description="Recompute every customer's priority; the clock alone moves it.")
def prioritise_customers() -> None:
    """See `prioritise_everyone`."""
    prioritise_everyone()


@dg.job(description="Low-spend clean-up: preview who would go; then confirm with the preview's mark.")
def low_spend_cleanup() -> None:
    """See `clean_up_low_spend`."""
    clean_up_low_spend()


@dg.job(description="Fold every customer again from the ledger; the tables come out as they were.")
def rebuild_customers() -> None:
    """See `rebuild_everything`."""
    rebuild_everything()


@dg.job(description="Publish `customers.duckdb` again from the working database.")
def publish_snapshot() -> None:
    """See `publish_again`."""
    publish_again()


JOBS = (
    import_files,
    preview_files,
    decide_import,
    undo_import,
    approve_access,
    refuse_access,
    take_out_account,
    prioritise_customers,
    low_spend_cleanup,
    rebuild_customers,
    publish_snapshot,
)
