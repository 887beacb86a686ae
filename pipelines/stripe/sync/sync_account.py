"""The way of a sync: what the ledger knows, what is to be read, reading it, committing it.

Lives here: the steps in their order, each on the one `AccountSync`, going on with a sync that was interrupted. Not
here: what the ledger knows (`known_source.py`), requests (`pipelines/stripe/extract/run.py`), the transaction
(`commit_sync.py`). Reading and committing are apart: the working database is free while an account is read.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from pipelines.configuration.settings import Sources, StripeSource
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.progress import Report, silent
from pipelines.stripe.api.protocol import Account, Stream
from pipelines.stripe.extract.plan import (
    CUSTOMERS_OVERLAP,
    CUSTOMERS_READ_WHOLE,
    Mode,
    Plan,
    PlanOptions,
    ReadBefore,
    planned,
)
from pipelines.stripe.extract.run import CustomersBefore, Manner, Progress, extract
from pipelines.stripe.extract.store import ExtractStore, opened
from pipelines.stripe.sync.commit_sync import commit_extract
from pipelines.stripe.sync.context import Read, Synced, Terms, Who
from pipelines.stripe.sync.exchange_rates import read_rates
from pipelines.stripe.sync.known_source import KnownSource, known_source
from schemas.ways_in.actions import both_ways

SWEEP_DAYS = 30
"""A source that was not read whole for so long is, whatever its schedule says."""


@dataclass
class AccountSync:
    """A sync of a source: where, as what is declared, who asks; and what the ledger knows of it, once it is asked.

    `declared_in`: where the paths of `sources.yaml` begin. `full`: everything is to be read.
    """

    home: Home
    source: str
    sources: Sources
    declared_in: Path
    who: Who
    full: bool = False
    report: Report = silent
    known: KnownSource = field(init=False, default_factory=KnownSource)

    @property
    def options(self) -> StripeSource:
        """What is declared of the source."""
        return self.sources.stripe_source(self.source)


def read_account(sync: AccountSync, account: Account) -> Plan:
    """Read what a sync needs of an account into the source's extract; returns what was read.

    A sync that was interrupted less than a day ago is gone on with, whoever began it, unless everything is asked for
    and it did not (stripe.md 6.2). Raises what the account raises; what was read stays for the next try.
    """
    sync.known = known_source(sync.home, sync.source)
    with opened(sync.home.extracts, sync.source) as store:
        plan = unfinished_plan(sync, store) or new_plan(sync)
        manner = Manner(lambda progress: sync.report(_progress_line(sync.source, progress)), sync.options.workers)
        extract(account, store, plan, manner, CustomersBefore(sync.known.customers, sync.known.present))
    return plan


def unfinished_plan(sync: AccountSync, store: ExtractStore) -> Plan | None:
    """The plan to go on with; one that is in the ledger already, or that reads less than is asked for, is not."""
    plan = store.unfinished(sync.who.now)
    # A crash between the commit and the removal of the extract: it is in the ledger already.
    if plan is None or plan.run_id == sync.known.extract_id or (sync.full and plan.mode != "full"):
        return None
    return plan


def new_plan(sync: AccountSync) -> Plan:
    """Which lists are read, since when, until when."""
    known, now = sync.known, sync.who.now
    # What drifts where an incremental sync does not look is found by a sweep alone.
    long_ago = known.swept_at is None or now - known.swept_at > timedelta(days=SWEEP_DAYS)
    mode: Mode = "full" if sync.full or long_ago else "incremental"
    options = PlanOptions(sync.who.run_id or "", mode, sync.options.look_back_days, sync.options.sequential)
    return planned(options, ReadBefore(known.watermark, known.counts, known.again), now)


def commit_account(sync: AccountSync, livemode: bool | None) -> Synced:
    """Commit the finished extract of a source, and forget the extract; `livemode`: the mode of its key.

    Raises WrongUse where nothing was read, AccountChanged, ChecksFailed.
    """
    rates = sync.options.rates
    table = read_rates(None if rates is None else sync.declared_in / rates, sync.sources.base_currency)
    with opened(sync.home.extracts, sync.source) as store:
        plan = store.plan()
        if plan is None:
            raise WrongUse(
                f"nothing was read of {sync.source} since its last sync, or another run has committed it meanwhile; "
                f"{both_ways('stripe_sync', source=sync.source)} reads it"
            )
        read, refunds_detailed = what_was_read(store, plan, livemode)
        terms = Terms(
            sync.source,
            sync.options,
            sync.sources.base_currency,
            table,
            plan.mode,
            frozenset(plan.whole),
            refunds_detailed,
            *(_incremental_from(sync) if plan.since["charges"] is None else (None, None)),
        )
        synced = commit_extract(sync.home, read, terms, sync.who, sync.report)
        # After the commit: a crash in between commits the same once more, which changes nothing.
        store.discard()
    return synced


def what_was_read(store: ExtractStore, plan: Plan, livemode: bool | None) -> tuple[Read, bool]:
    """A finished extract, and whether refunds could be listed."""
    held = store.frames()
    frames: dict[Stream, pl.DataFrame] = {
        "charges": held.charges,
        "refunds": held.refunds,
        "customers": held.customers,
    }
    bound = datetime.fromtimestamp(plan.upper_bound, UTC)
    read = Read(plan.run_id, frames, held.surprises.rename({"raw": "row"}), bound, livemode)
    return read, not held.refunds_unavailable


def _incremental_from(sync: AccountSync) -> tuple[datetime | None, datetime | None]:
    """From when an incremental sync would have read charges, and customers (None: all of them): what changed before is
    drift that only a sweep finds.
    """
    known = known_source(sync.home, sync.source)
    if known.watermark is None:
        return None, None
    last = datetime.fromtimestamp(known.watermark, UTC)
    many = known.counts is not None and known.counts.customers > CUSTOMERS_READ_WHOLE
    customers_from = last - timedelta(seconds=CUSTOMERS_OVERLAP) if many else None
    return last - timedelta(sync.options.look_back_days), customers_from


def _progress_line(source: str, progress: Progress) -> str:
    left = "" if progress.seconds_left is None else f", about {progress.seconds_left:,.0f} s left"
    return (
        f"reading {source}: {progress.objects:,} objects in {progress.pages:,} pages, "
        f"{progress.per_second:,.0f} objects/s{left}"
    )
