"""The assets of Stripe accounts: an extract per source, then its charges, refunds and customers in the ledger.

Lives here: what a run says of an account, and which failures another try may mend. Not here: any rule
(`pipelines/stripe/`), how an account is reached (`stripe_resource.py`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from assets.checks import evaluations_of
from assets.customers import Metadata, sample_metadata, tables_metadata
from assets.instance.resources import Clock, Progress, Workspace
from assets.metadata import records_table, table_schema
from assets.stripe_resource import Accounts
from pipelines.errors import AccountChanged, ChargesVanished, CustomersError, ModesMixed, TryAgain
from pipelines.home import Home
from pipelines.ledger.decisions.note_settings import note_settings
from pipelines.ledger.transaction import ChecksFailed
from pipelines.publishing.queries import stripe_list_sample
from pipelines.publishing.tables import TABLES
from pipelines.stripe.api.protocol import STREAMS
from schemas.base import summary_of

if TYPE_CHECKING:  # only a sync needs what follows; an import of a file does not wait for it
    from pipelines.stripe.sync.context import Synced
    from pipelines.stripe.sync.reconciliation import Disagreement

GROUP = "stripe"
TRIES, WAIT_SECONDS = 2, 60
MOST_SHOWN = 20
SELECTION = dg.AssetSelection.assets("stripe_extracts", "stripe_charges", "stripe_refunds", "stripe_customers")
LISTS = tuple(f"stripe_{stream}" for stream in STREAMS)

CHECKS = (
    dg.AssetCheckSpec(
        "live_mode_is_uniform",
        asset="stripe_charges",
        description="Every object is of the mode that the source was connected in: live and test money never meet",
        blocking=True,
    ),
    dg.AssetCheckSpec(
        "no_charge_vanished",
        asset="stripe_charges",
        description="Every charge that was read before is still there when everything is read: it is the same account",
        blocking=True,
    ),
    dg.AssetCheckSpec(
        "refunds_agree_with_charges",
        asset="stripe_refunds",
        description="The refunds of each charge come to what the charge says was given back",
    ),
)
ABOUT_THE_ACCOUNT = {"live_mode_is_uniform": ModesMixed, "no_charge_vanished": ChargesVanished}


class SyncConfig(dg.Config):
    """How much to read."""

    full: bool = Field(default=False, description="Read the whole account, not only what is new or may have changed")


class CommitConfig(dg.Config):
    """Who syncs."""

    by: str | None = Field(default=None, description="Your name; it stays in the history. A schedule needs none")


stripe_sync = dg.define_asset_job(
    "stripe_sync",
    selection=SELECTION,
    description="Read what is new or may have changed of a Stripe account, and commit it; a partition is a source. "
    "In a shell: customers stripe sync SOURCE. With your name: ops: {commit_account: {config: {by: Ann}}}",
)
stripe_full_sync = dg.define_asset_job(
    "stripe_full_sync",
    selection=SELECTION,
    config=dg.RunConfig(ops={"stripe_extracts": SyncConfig(full=True)}),
    description="Read a whole Stripe account, and commit it: what only this finds is told as late changes. In a shell: "
    "customers stripe sync SOURCE --full",
)


def account_assets(sources: Sequence[str]) -> list[dg.AssetsDefinition]:
    """The assets of these Stripe sources, a partition each."""
    # Static: the accounts are those of sources.yaml, known when the definitions are made.
    partitions = dg.StaticPartitionsDefinition(list(sources))
    extracts = dg.asset(
        partitions_def=partitions,
        group_name=GROUP,
        kinds={"python"},
        description="What was read of a Stripe account and is not committed yet; a later reading goes on with it.",
    )
    commits = dg.multi_asset(
        name="commit_account",
        specs=[_spec(name) for name in LISTS],
        check_specs=list(CHECKS),
        partitions_def=partitions,
    )
    return [extracts(stripe_extracts), commits(commit_one_account)]


def stripe_extracts(
    context: dg.AssetExecutionContext,
    config: SyncConfig,
    workspace: Workspace,
    clock: Clock,
    accounts: dg.ResourceParam[Accounts],
    progress: dg.ResourceParam[Progress],
) -> dg.MaterializeResult[None]:
    """Read what a sync needs of an account."""
    from pipelines.stripe.sync.context import Who
    from pipelines.stripe.sync.sync_account import AccountSync, read_account

    home, source = workspace.folders, context.partition_key
    with _explained(context):
        # Reading decides nothing, so it needs nobody's name.
        who = Who("", context.run.run_id, clock.now())
        report = progress.logged(context.log)
        sync = AccountSync(home, source, workspace.sources(), workspace.declared_in, who, config.full, report)
        plan = read_account(sync, accounts.open(home, source, sync.options, workspace.declared_in))
    return dg.MaterializeResult(metadata={"mode": plan.mode, "whole lists": ", ".join(plan.whole)})


def commit_one_account(
    context: dg.AssetExecutionContext,
    config: CommitConfig,
    workspace: Workspace,
    clock: Clock,
    accounts: dg.ResourceParam[Accounts],
    progress: dg.ResourceParam[Progress],
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Commit what was read of an account in one transaction: its lists, contributions, customers, priorities."""
    from pipelines.stripe.sync.context import Who
    from pipelines.stripe.sync.sync_account import AccountSync, commit_account

    home, source = workspace.folders, context.partition_key
    who = Who(config.by or _asker(context.run), context.run.run_id, clock.now())
    try:
        with _explained(context):
            report = progress.logged(context.log)
            sync = AccountSync(home, source, workspace.sources(), workspace.declared_in, who, report=report)
            synced = commit_account(sync, accounts.livemode(home, source))
            note_settings(home, workspace.sources())
    except AccountChanged as error:
        # The checks first: after a failure Dagster takes no result of a step any more.
        yield from _about_the_account(error)
        raise dg.Failure(str(error), allow_retries=False) from error
    except ChecksFailed as failure:
        for evaluation in evaluations_of(failure.check_results):
            context.log_event(evaluation)
        raise dg.Failure(str(failure), allow_retries=False) from failure
    yield from _committed(context, home, synced)


def _asker(run: dg.DagsterRun) -> str:
    """Who asks for a sync without a name: a schedule, or somebody in the UI who left the form as it was."""
    return "schedule" if "dagster/schedule_name" in run.tags else "dagster"


def _spec(name: str) -> dg.AssetSpec:
    contract = TABLES[name]
    return dg.AssetSpec(
        name,
        deps=["stripe_extracts"],
        group_name=GROUP,
        kinds={"duckdb", "polars"},
        description=summary_of(contract),
        metadata={"dagster/column_schema": table_schema(contract), "dagster/table_name": f"main.{name}"},
    )


@contextmanager
def _explained(context: dg.AssetExecutionContext) -> Iterator[None]:
    """An error that is ours leads the run's page with its own sentence; a scheduled run tries again what may pass."""
    try:
        yield
    # Let through: the step shows their checks before it fails.
    except (AccountChanged, ChecksFailed):
        raise
    except TryAgain as error:
        # Whoever started the run by hand sees at once what is wrong, and does not wait two minutes for it.
        if "dagster/schedule_name" in context.run.tags:
            raise dg.RetryRequested(max_retries=TRIES, seconds_to_wait=WAIT_SECONDS) from error
        raise dg.Failure(str(error), allow_retries=False) from error
    except CustomersError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def _committed(
    context: dg.AssetExecutionContext, home: Home, synced: "Synced"
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """What became of a sync, on the pages of all it moved."""
    from pipelines.stripe.sync.reconciliation import disagreements

    for warning in synced.warnings:
        # The code alone: the sentence may name people, and Dagster keeps its logs.
        context.log.warning(f"{warning.partition(':')[0]}: see the warnings of {synced.import_id or 'the command'}")
    told = _metadata_of(synced)
    for name in LISTS:
        shown = sample_metadata(stripe_list_sample(home.published, name, synced.source))
        yield dg.MaterializeResult(asset_key=name, metadata=shown | told)
    # A sync that changed nothing made no import, and left the tables as they were.
    if synced.import_id:
        for name, metadata in tables_metadata(home).items():
            context.log_event(dg.AssetMaterialization(asset_key=name, metadata=metadata))
        for evaluation in evaluations_of(synced.check_results):
            context.log_event(evaluation)
    yield from _about_the_account(None)
    differing = disagreements(home, synced.source) if home.published.exists() else []
    yield _agreement(differing)


def _metadata_of(synced: "Synced") -> Metadata:
    return {
        "mode": dg.MetadataValue.text(synced.mode),
        "import": dg.MetadataValue.text(synced.import_id or "nothing had changed"),
        "objects changed": synced.objects_changed,
        "late changes": synced.late_changes,
        "objects rejected": synced.objects_rejected,
        "customers created": synced.customers_created,
        "customers updated": synced.customers_updated,
        "amount change": dg.MetadataValue.text(str(synced.amount_change)),
    }


def _about_the_account(fault: AccountChanged | None) -> Iterator[dg.AssetCheckResult]:
    """The checks that say that it is the account of the last time: the one that the fault is about fails."""
    for name, kind in ABOUT_THE_ACCOUNT.items():
        failed = isinstance(fault, kind)
        metadata: dict[str, Any] = {"found": str(fault)} if failed else {}
        yield dg.AssetCheckResult(passed=not failed, asset_key="stripe_charges", check_name=name, metadata=metadata)


def _agreement(differing: Sequence["Disagreement"]) -> dg.AssetCheckResult:
    from pipelines.stripe.sync.reconciliation import Disagreement

    records = [one._asdict() for one in differing[:MOST_SHOWN]]
    return dg.AssetCheckResult(
        passed=not differing,
        asset_key="stripe_refunds",
        check_name="refunds_agree_with_charges",
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "charges that differ": len(differing),
            "first of them": records_table(records, Disagreement._fields),
        },
    )
