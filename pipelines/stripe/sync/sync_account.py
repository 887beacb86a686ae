"""Reading: from what the ledger knows of a Stripe source to a finished extract, and from that to a commit.

Lives here: the plan of a sync in the light of the ledger, going on with one that was interrupted. Not here: requests
(`pipelines/stripe/extract/run.py`), the commit itself (`commit_sync.py`). The working database is open only for a
moment before and after: an account may take hours, and files are imported meanwhile.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import polars as pl

from pipelines.configuration.settings import Sources, StripeSource
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.progress import Report, silent
from pipelines.stripe.api.protocol import Account, Stream
from pipelines.stripe.extract.plan import CUSTOMERS_OVERLAP, CUSTOMERS_READ_WHOLE, Known, Mode, Plan, planned
from pipelines.stripe.extract.run import Progress, extract
from pipelines.stripe.extract.store import ExtractStore, opened
from pipelines.stripe.sync.commit_sync import Read, Synced, Who, commit_extract
from pipelines.stripe.sync.context import Terms
from pipelines.stripe.sync.exchange_rates import read_rates
from pipelines.warehouse.database import Connection, number_of, rows_of, value_of, working

SWEEP_DAYS = 30
"""A source that was not read whole for so long is, whatever its schedule says."""

UNSETTLED = {
    "charges": "SELECT charge_id FROM ledger.stripe_charges WHERE (status = 'pending' OR (status = 'succeeded' "
    "AND NOT captured AND coalesce(amount_refunded, 0) < amount))",
    "refunds": "SELECT refund_id FROM ledger.stripe_refunds WHERE status IN ('pending', 'requires_action')",
}
"""Objects that may still change however old they are: on their way, or authorised and not yet captured or released
(PIT-77, PIT-78, scenario 59)."""

MADE = """
    SELECT max(created_at) FROM (
        SELECT source, created_at FROM ledger.stripe_charges
        UNION ALL SELECT source, created_at FROM ledger.stripe_refunds
        UNION ALL SELECT source, created_at FROM ledger.stripe_customers
    ) WHERE source = ?
"""
"""When the newest object that is known of a source was made."""

MOST_UNSETTLED = 1000


class Before(NamedTuple):
    """What the ledger knows of a source before a sync; `anchor`: a charge by which its account is known again;
    `present`: those of its `customers` that are not deleted.
    """

    watermark: int | None = None
    swept_at: datetime | None = None
    extract_id: str | None = None
    anchor: str | None = None
    known: Known | None = None
    customers: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()
    again: Mapping[Stream, tuple[str, ...]] = MappingProxyType({})


def before_sync(home: Home, source: str) -> Before:
    """What the ledger knows of a source."""
    with working(home.working) as connection:
        noted = rows_of(connection, "FROM ledger.stripe_state WHERE source = ?", [source])
        return _before(connection, source, noted.row(0, named=True)) if noted.height else Before()


def anchors_of_others(home: Home, source: str) -> dict[str, str]:
    """By each other source that was synced, a charge by which its account is known again."""
    query = (
        "SELECT source, anchor_charge_id FROM ledger.stripe_state "
        "WHERE source <> ? AND anchor_charge_id IS NOT NULL ORDER BY source"
    )
    with working(home.working) as connection:
        return dict(rows_of(connection, query, [source]).rows())


def _before(connection: Connection, source: str, noted: dict[str, Any]) -> Before:
    counts = {
        stream: number_of(connection, f"SELECT count(*) FROM ledger.stripe_{stream} WHERE source = ?", [source])
        for stream in ("charges", "refunds", "customers")
    }
    customers = rows_of(
        connection, "SELECT stripe_customer_id, deleted FROM ledger.stripe_customers WHERE source = ?", [source]
    )
    newest = value_of(connection, MADE, [source])
    return Before(
        int(noted["upper_bound"].timestamp()),
        noted["swept_at"],
        noted["extract_id"],
        noted["anchor_charge_id"],
        Known(**counts, newest=int(newest.timestamp()) if isinstance(newest, datetime) else 0),
        frozenset(customers["stripe_customer_id"]),
        frozenset(customers.filter(~pl.col("deleted"))["stripe_customer_id"]),
        {"charges": _unsettled(connection, "charges", source), "refunds": _unsettled(connection, "refunds", source)},
    )


def _unsettled(connection: Connection, stream: Stream, source: str) -> tuple[str, ...]:
    newest = f"{UNSETTLED[stream]} AND source = ? ORDER BY created_at DESC LIMIT {MOST_UNSETTLED}"
    return tuple(rows_of(connection, newest, [source]).to_series())


def read_account(
    home: Home,
    source: str,
    options: StripeSource,
    account: Account,
    full: bool,
    run_id: str,
    now: datetime,
    report: Report = silent,
) -> Plan:
    """Read what a sync needs of an account into the source's extract; returns what was read.

    A sync that was interrupted less than a day ago is gone on with, whoever began it, unless everything is asked for
    and it did not (stripe.md 6.2). Raises what the account raises; what was read stays for the next try.
    """
    before = before_sync(home, source)
    with opened(home.extracts, source) as store:
        plan = _unfinished(store, before, full, now) or _planned(source, options, before, full, run_id, now)
        extract(
            account,
            store,
            plan,
            lambda progress: report(_told(source, progress)),
            known_customers=before.customers,
            present_customers=before.present,
            workers=options.workers,
        )
    return plan


def _unfinished(store: ExtractStore, before: Before, full: bool, now: datetime) -> Plan | None:
    """The plan to go on with; one that is in the ledger already, or that reads less than is asked for, is not."""
    plan = store.unfinished(now)
    if plan is None or plan.run_id == before.extract_id or (full and plan.mode != "full"):
        return None
    return plan


def _planned(source: str, options: StripeSource, before: Before, full: bool, run_id: str, now: datetime) -> Plan:
    long_ago = before.swept_at is None or now - before.swept_at > timedelta(days=SWEEP_DAYS)
    mode: Mode = "full" if full or long_ago else "incremental"
    return planned(
        mode,
        run_id,
        now,
        watermark=before.watermark,
        look_back_days=options.look_back_days,
        known=before.known,
        again=dict(before.again),
        sequential=options.sequential,
    )


def _told(source: str, progress: Progress) -> str:
    left = "" if progress.seconds_left is None else f", about {progress.seconds_left:,.0f} s left"
    return (
        f"reading {source}: {progress.objects:,} objects in {progress.pages:,} pages, "
        f"{progress.per_second:,.0f} objects/s{left}"
    )


def commit_account(
    home: Home, source: str, sources: Sources, folder: Path, livemode: bool | None, who: Who, report: Report = silent
) -> Synced:
    """Commit the finished extract of a source, and forget the extract.

    `folder`: where the paths of `sources.yaml` begin. Raises WrongUse where nothing was read, AccountChanged,
    ChecksFailed.
    """
    options = sources.stripe_source(source)
    rates = read_rates(None if options.rates is None else folder / options.rates, sources.base_currency)
    with opened(home.extracts, source) as store:
        plan = store.plan()
        if plan is None:
            raise WrongUse(
                f"nothing was read of {source} since its last sync, or another run has booked it meanwhile; "
                f"`customers stripe sync {source}` reads it"
            )
        found = store.frames()
        frames: dict[Stream, pl.DataFrame] = {
            "charges": found.charges,
            "refunds": found.refunds,
            "customers": found.customers,
        }
        bound = datetime.fromtimestamp(plan.upper_bound, UTC)
        surprises = found.surprises.rename({"raw": "row"})
        since = plan.since["charges"]
        terms = Terms(
            source,
            options,
            sources.base_currency,
            rates,
            plan.mode,
            frozenset(plan.whole),
            not found.refunds_unavailable,
            *(_incremental_from(home, source, options) if since is None else (None, None)),
        )
        synced = commit_extract(home, Read(plan.run_id, frames, surprises, bound, livemode), terms, who, report)
        store.discard()
    return synced


def _incremental_from(home: Home, source: str, options: StripeSource) -> tuple[datetime | None, datetime | None]:
    """From when an incremental sync would have read charges, and customers (None: all of them): what changed before is
    drift that only a sweep finds.
    """
    before = before_sync(home, source)
    if before.watermark is None:
        return None, None
    last = datetime.fromtimestamp(before.watermark, UTC)
    many = before.known is not None and before.known.customers > CUSTOMERS_READ_WHOLE
    return last - timedelta(options.look_back_days), last - timedelta(seconds=CUSTOMERS_OVERLAP) if many else None
