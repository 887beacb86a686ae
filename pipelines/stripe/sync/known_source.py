"""What the ledger knows of a Stripe source: how far it was read, which objects may still change, which account it is.

Lives here: asking before a sync, and refusing what was read where it is of another account, another mode, or another
source's. Not here: the plan that follows (`sync_account.py`), charges that vanished (`account_state.py`). The working
database is open only for a moment before a sync: an account may take hours, and files are imported meanwhile.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

import polars as pl

from pipelines.configuration.settings import StripeSource
from pipelines.errors import AccountTaken, ModesMixed
from pipelines.home import Home
from pipelines.stripe.api.protocol import Stream
from pipelines.stripe.credentials.connection import AccountSource, Line
from pipelines.stripe.extract.plan import Known
from pipelines.stripe.sync.context import Read
from pipelines.warehouse.database import Connection, frame_as, number_of, row_of, rows_of, value_of, working

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


class KnownSource(NamedTuple):
    """What the ledger knows of a source before a sync.

    `anchor`: a charge by which its account is known again; `counts`: how many objects it has; `present`: those of its
    `customers` that are not deleted; `again`: objects that may still change.
    """

    watermark: int | None = None
    swept_at: datetime | None = None
    extract_id: str | None = None
    anchor: str | None = None
    counts: Known | None = None
    customers: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()
    again: Mapping[Stream, tuple[str, ...]] = MappingProxyType({})


def known_source(home: Home, source: str) -> KnownSource:
    """What the ledger knows of a source."""
    with working(home.working) as connection:
        noted = rows_of(connection, "FROM ledger.stripe_state WHERE source = ?", [source])
        return _source_of(connection, source, noted.row(0, named=True)) if noted.height else KnownSource()


def account_source(home: Home, name: str, declared: StripeSource, line: Line) -> AccountSource:
    """A source whose key is to be tried, with the charges by which its account and those of others are known again."""
    query = (
        "SELECT source, anchor_charge_id FROM ledger.stripe_state WHERE anchor_charge_id IS NOT NULL ORDER BY source"
    )
    with working(home.working) as connection:
        anchors = dict(rows_of(connection, query).rows())
    return AccountSource(name, declared, anchors.pop(name, None), anchors, line)


def _source_of(connection: Connection, source: str, noted: dict[str, Any]) -> KnownSource:
    counts = {
        stream: number_of(connection, f"SELECT count(*) FROM ledger.stripe_{stream} WHERE source = ?", [source])
        for stream in ("charges", "refunds", "customers")
    }
    customers = rows_of(
        connection, "SELECT stripe_customer_id, deleted FROM ledger.stripe_customers WHERE source = ?", [source]
    )
    newest = value_of(connection, MADE, [source])
    return KnownSource(
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
    # The newest first: the older ones are the likelier to be settled by time alone.
    newest = f"{UNSETTLED[stream]} AND source = ? ORDER BY created_at DESC LIMIT {MOST_UNSETTLED}"
    return tuple(rows_of(connection, newest, [source]).to_series())


def hold_to_one_mode(connection: Connection, read: Read, source: str) -> None:
    """A source is one account in one mode; live and test money are never mixed (PIT-87, scenario 42)."""
    noted = value_of(connection, "SELECT livemode FROM ledger.stripe_state WHERE source = ?", [source])
    seen = pl.concat([read.frames[stream]["livemode"] for stream in ("charges", "customers")]).drop_nulls()
    modes = {mode for mode in (noted, read.livemode, *seen.unique()) if mode is not None}
    if len(modes) > 1:
        raise ModesMixed(
            f"{source}: objects in live mode and in test mode meet; a source is one account in one mode. Connect the "
            f"key of the mode it had with `customers stripe connect {source}`, or declare another source"
        )


def hold_to_one_source(connection: Connection, read: Read, source: str) -> None:
    """An account belongs to one source: what was read under another name already would count twice (PIT-101).

    Ids of charges and customers are Stripe's own, no two accounts or modes share one.
    """
    keys: dict[Stream, str] = {"charges": "charge_id", "customers": "stripe_customer_id"}
    for stream, identity in keys.items():
        with frame_as(connection, "read_now", read.frames[stream].select(pl.col("id").alias(identity))):
            other = row_of(
                connection,
                f"SELECT source, min({identity}) FROM ledger.stripe_{stream} SEMI JOIN read_now USING ({identity}) "
                "WHERE source <> ? GROUP BY source ORDER BY source LIMIT 1",
                [source],
            )
        if other:
            raise AccountTaken(
                f"{source}: {other[1]} was read already, under the source {other[0]}: both read one account, whose "
                f"money would count twice. Nothing was changed. Sync {other[0]} alone, or take its data out first with "
                f"`customers stripe forget {other[0]} --with-data --by NAME`"
            )
