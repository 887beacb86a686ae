"""Account state: the new state of a Stripe account in the ledger, as the difference from the state before.

Lives here: the present facts of a source, what they come to, what of it differs, writing it inside a transaction. Not
here: the transaction (`commit_sync.py`), reading Stripe (`pipelines/stripe/extract/run.py`), the
sums (`aggregate.py`).
"""

from dataclasses import dataclass

import polars as pl

from pipelines.customers.affected import selected_are_affected
from pipelines.errors import ChargesVanished
from pipelines.stripe.api.protocol import Stream
from pipelines.stripe.sync.aggregate import Account, aggregate, unconverted
from pipelines.stripe.sync.attribution import owned, owners
from pipelines.stripe.sync.context import Terms
from pipelines.stripe.sync.counted import counted_charges, counts_as_payment, counts_as_refund
from pipelines.stripe.sync.facts import Facts
from pipelines.stripe.sync.table_diff import Difference, StateTable, difference, write
from pipelines.warehouse.database import Connection, customer_uuids, frame_as, number_of, rows_of, value_of
from schemas.base import columns_of
from schemas.stripe import (
    ChargeFacts,
    CustomerFacts,
    RefundFacts,
    StripeApart,
    StripeCharges,
    StripeContributions,
    StripeCustomers,
    StripePayments,
    StripeRefunds,
    StripeSpend,
)

PERSONAL = ("receipt_email", "billing_email", "billing_name")
MOST_NAMED = 5


@dataclass(frozen=True)
class Restated:
    """What the new state changes: a difference per table, in temporary tables of the connection.

    `unlisted_customers`: those that a whole list lacks, and that nobody says are deleted. `unconverted`: money without
    a rate, as `aggregate.unconverted`.
    """

    facts: tuple[Difference, ...]
    payments: Difference
    contributions: Difference
    sums: tuple[Difference, ...]
    late_changes: int
    unlisted_customers: int
    unconverted: pl.DataFrame

    def __bool__(self) -> bool:
        return any((*self.facts, self.payments, self.contributions, *self.sums))

    @property
    def objects_changed(self) -> int:
        """Charges, refunds and customers that are new or not as they were."""
        return sum(found.changed_count for found in self.facts)


def restate(connection: Connection, facts: Facts, terms: Terms) -> Restated:
    """Compare the account as it is with the ledger; nothing is written yet.

    `facts`: what was read now, of lists read whole (`terms.whole`) all there is. Without any, the ledger's own facts
    are summed up again, as a changed configuration wants it. Raises AccountChanged where charges have vanished.
    """
    source = terms.source
    if "charges" in terms.whole:
        _nothing_vanished(connection, [*facts.charges["charge_id"], *_odd(facts, "charges")], source)
    customers = _present_customers(connection, facts.customers, terms)
    fresh = _without_deleted(connection, facts.charges, customers, terms)
    others = _others(connection, "stripe_charges", ChargeFacts, "charge_id", facts.charges, source, "counted")
    refunds = _others(connection, "stripe_refunds", RefundFacts, "refund_id", facts.refunds, source)
    recounted = pl.concat([fresh, _recounted(others, fresh, terms)])
    charges = pl.concat([facts.charges, _with_columns_of(facts.charges, others)])
    del others  # a million charges are not held twice while they are summed up
    given_back = pl.concat([facts.refunds, _with_columns_of(facts.refunds, refunds)])
    identified, account, without_rate = _summed_up(charges, given_back, customers, terms)
    return Restated(
        facts=(
            difference(connection, CHARGES, recounted.with_columns(counts(terms)), source),
            difference(connection, REFUNDS, facts.refunds.with_columns(counted=counts_as_refund()), source),
            difference(connection, CUSTOMERS, identified, source),
        ),
        payments=difference(connection, PAYMENTS, account.payments, source),
        contributions=difference(connection, CONTRIBUTIONS, account.contributions, source),
        sums=(
            difference(connection, SPEND, account.spend, source),
            difference(connection, APART, account.apart, source),
        ),
        late_changes=_late(connection, terms),
        unlisted_customers=_unlisted(connection, facts, terms),
        unconverted=without_rate,
    )


CHARGES = StateTable("stripe_charges", StripeCharges, ("charge_id",))
REFUNDS = StateTable("stripe_refunds", StripeRefunds, ("refund_id",))
CUSTOMERS = StateTable("stripe_customers", StripeCustomers, ("stripe_customer_id",))
PAYMENTS = StateTable("stripe_payments", StripePayments, ("charge_id",), is_stated_whole=True)
CONTRIBUTIONS = StateTable(
    "stripe_contributions", StripeContributions, ("customer_id", "dependent"), is_stated_whole=True
)
SPEND = StateTable("stripe_spend", StripeSpend, ("customer_id", "dependent", "currency"), is_stated_whole=True)
APART = StateTable("stripe_apart", StripeApart, ("charge_id",), is_stated_whole=True)


def counts(terms: Terms) -> pl.Expr:
    """The column `counted` of charges."""
    return counts_as_payment(terms.options).alias("counted")


def write_state(connection: Connection, restated: Restated, sequence: int, change: int) -> None:
    """Bring the new state into the ledger's open transaction; the customers that it moves are affected."""
    for found in (*restated.facts, restated.payments):
        write(connection, found, change_number=change)
    for found in restated.sums:
        write(connection, found)
    # A contribution that is written anew keeps the import that made its customer known.
    contributions, spend = restated.contributions, restated.sums[0]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE first_sequences AS SELECT source, customer_id, dependent, first_seq "
        f"FROM ledger.stripe_contributions SEMI JOIN {contributions.changed} USING (source, customer_id, dependent)"
    )
    write(connection, contributions, import_seq=sequence, first_seq=sequence)
    connection.execute(
        "UPDATE ledger.stripe_contributions AS now SET first_seq = before.first_seq FROM first_sequences AS before "
        "WHERE (now.source, now.customer_id, now.dependent) = (before.source, before.customer_id, before.dependent)"
    )
    selected_are_affected(
        connection,
        " UNION ".join(
            f"SELECT customer_id FROM {part}"
            for part in (contributions.changed, contributions.gone, spend.changed, spend.gone)
        ),
    )


def _others(
    connection: Connection,
    table: str,
    contract: type[ChargeFacts] | type[RefundFacts],
    key: str,
    fresh: pl.DataFrame,
    source: str,
    *further: str,
) -> pl.DataFrame:
    """The facts of a source in the ledger that were not read now, with `further` columns of theirs."""
    names = ", ".join((*(column.name for column in columns_of(contract)), *further))
    with frame_as(connection, "read_now", fresh.select(key)):
        return rows_of(
            connection,
            f"SELECT {names} FROM ledger.{table} ANTI JOIN read_now USING ({key}) WHERE source = ?",
            [source],
        )


def _with_columns_of(model: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(pl.col(name).cast(dtype) for name, dtype in model.schema.items())


def _odd(facts: Facts, stream: Stream) -> list[str]:
    """The ids of a list's objects that are there, but no facts now: what was known of them stays."""
    ids: list[str] = facts.surprises.filter(pl.col("stream") == stream)["id"].to_list()
    return ids


def _present_customers(connection: Connection, fresh: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """The customers of a source as they are now, with `known_id`. One that was not read stays as it was: lists leave
    customers out, and answer nothing on a bad day; only Stripe's own `deleted` deletes (scenarios 51, 52).
    """
    names = [column.name for column in columns_of(CustomerFacts)]
    known = rows_of(
        connection,
        f"SELECT {', '.join(names)}, customer_id::VARCHAR AS known_id FROM ledger.stripe_customers WHERE source = ?",
        [terms.source],
    )
    others = known.join(fresh, on="stripe_customer_id", how="anti")
    before = known.select(
        "stripe_customer_id", "known_id", pl.col("email", "name", "name_source", "created_at").name.prefix("old_")
    )
    read = fresh.join(before, on="stripe_customer_id", how="left", maintain_order="left")
    told = read.with_columns(pl.coalesce("created_at", "old_created_at").alias("created_at"))
    kept = [
        # The stub of a deleted customer has neither address nor name; what they were is known from before.
        pl.when(pl.col("deleted")).then(pl.col(f"old_{name}")).otherwise(name).alias(name)
        for name in ("email", "name", "name_source")
    ]
    everyone = pl.concat(
        [told.with_columns(kept).select(*names, "known_id"), _with_columns_of(read.select(*names, "known_id"), others)]
    )
    if terms.options.deleted_customers == "keep":
        return everyone
    nothing = [pl.when(~pl.col("deleted")).then(name).alias(name) for name in ("email", "name", "name_source")]
    return everyone.with_columns(nothing)


def _without_deleted(
    connection: Connection, fresh: pl.DataFrame, customers: pl.DataFrame, terms: Terms
) -> pl.DataFrame:
    """The charges to write, without the personal data of deleted customers (D13); theirs in the ledger among them."""
    if terms.options.deleted_customers == "keep":
        return fresh
    # Also of charges that were not read now: a deletion reaches what the ledger has.
    deleted = customers.filter("deleted").select("stripe_customer_id")
    names = ", ".join(fresh.columns)
    told = " OR ".join(f"{name} IS NOT NULL" for name in PERSONAL)
    with frame_as(connection, "deleted_customers", deleted):
        personal = rows_of(
            connection,
            f"SELECT {names} FROM ledger.stripe_charges SEMI JOIN deleted_customers USING (stripe_customer_id) "
            f"WHERE source = ? AND ({told})",
            [terms.source],
        )
    theirs = personal.join(fresh, on="charge_id", how="anti")
    gone = pl.col("stripe_customer_id").is_in(deleted["stripe_customer_id"].implode())
    return pl.concat([fresh, _with_columns_of(fresh, theirs)]).with_columns(
        pl.when(~gone.fill_null(False)).then(name).alias(name) for name in PERSONAL
    )


def _recounted(others: pl.DataFrame, fresh: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Charges of the ledger that count otherwise than when they were written: somebody changed the configuration."""
    otherwise = others.filter(counts_as_payment(terms.options) != pl.col("counted"))
    return _with_columns_of(fresh, otherwise.join(fresh, on="charge_id", how="anti"))


def _summed_up(
    charges: pl.DataFrame, refunds: pl.DataFrame, customers: pl.DataFrame, terms: Terms
) -> tuple[pl.DataFrame, Account, pl.DataFrame]:
    """StripeCustomers with the customers they lead to, what the account comes to, and what of it has no rate."""
    counted = counted_charges(charges, refunds, terms.rates, terms.options, terms.refunds_detailed)
    by = owners(customers, counted, terms.options, customer_uuids)
    mine = owned(counted, by, terms.options, customer_uuids)
    known = by.drop_nulls("stripe_customer_id").select("stripe_customer_id", "customer_id")
    identified = customers.drop("known_id").join(known, on="stripe_customer_id", how="left", maintain_order="left")
    account = aggregate(mine, by, terms.source, terms.options.min_spend)
    return identified, account, unconverted(mine, terms.rates)


def _nothing_vanished(connection: Connection, seen: list[str], source: str) -> None:
    """Charges are never deleted: one that a full sweep does not find is another account's (stripe.md 6.3)."""
    unread = "SELECT charge_id FROM ledger.stripe_charges ANTI JOIN read_now USING (charge_id) WHERE source = ?"
    with frame_as(connection, "read_now", pl.DataFrame({"charge_id": seen}, schema={"charge_id": pl.String})):
        vanished = rows_of(connection, unread, [source])["charge_id"].sort()
    live = value_of(connection, "SELECT livemode FROM ledger.stripe_state WHERE source = ?", [source])
    # A sandbox may be wiped, which looks like another account.
    if len(vanished) and not seen and live is False:
        raise ChargesVanished(
            f"{source}: the sandbox has no charges any more, and {len(vanished)} were read before; it seems to have "
            f"been wiped. Nothing was changed. To begin anew, take its data out with `customers stripe forget "
            f"{source} --with-data --by NAME`, then connect and sync it again"
        )
    if len(vanished):
        raise ChargesVanished(
            f"{source}: {len(vanished)} charges that were read before are no more, such as "
            f"{', '.join(vanished.head(MOST_NAMED))}; charges are never deleted, so this key belongs to another "
            f"account. Connect the right one with `customers stripe connect {source}`; nothing was changed"
        )


def _late(connection: Connection, terms: Terms) -> int:
    """Objects that changed where an incremental sync does not look: what full sweeps are for (PIT-76, scenario 64)."""
    late = """
        SELECT count(*) FROM (
            SELECT created_at, ?::TIMESTAMPTZ AS bound FROM changed_stripe_charges
            UNION ALL SELECT created_at, ?::TIMESTAMPTZ FROM changed_stripe_refunds
            UNION ALL SELECT created_at, ?::TIMESTAMPTZ FROM changed_stripe_customers WHERE deleted
        ) WHERE created_at < bound
    """
    return number_of(connection, late, [terms.incremental_from, terms.incremental_from, terms.customers_from])


def _unlisted(connection: Connection, facts: Facts, terms: Terms) -> int:
    """The customers that their whole list lacks and that nobody says are deleted: they stay as they were."""
    if "customers" not in terms.whole:
        return 0
    given = pl.DataFrame({"stripe_customer_id": [*facts.customers["stripe_customer_id"], *_odd(facts, "customers")]})
    with frame_as(connection, "given_now", given.cast(pl.String)):
        return number_of(
            connection,
            "SELECT count(*) FROM ledger.stripe_customers ANTI JOIN given_now USING (stripe_customer_id) "
            "WHERE source = ? AND NOT deleted",
            [terms.source],
        )
