"""The snapshot's tables that show the ledger's facts as they are now: history, rejected rows, Stripe's objects.

Lives here: copying them. Not here: customers and what is derived of them, which grow in the ledger's own transaction
(`customers/derive.py`).
"""

from pipelines.configuration.segments import segment_rows
from pipelines.customers.payments_once import superseded
from pipelines.warehouse.database import Connection, frame_as, transaction, value_of

FACTS = """
    DELETE FROM snapshot.main.deployment;
    INSERT INTO snapshot.main.deployment FROM ledger.deployment;
    DELETE FROM snapshot.main.segments;
    INSERT INTO snapshot.main.segments FROM ledger.segments;
    DELETE FROM snapshot.main.rejected_rows;
    INSERT INTO snapshot.main.rejected_rows BY NAME FROM ledger.listed_rejects;
    DELETE FROM snapshot.main.import_history;
    INSERT INTO snapshot.main.import_history BY NAME FROM ledger.import_history;
    DELETE FROM snapshot.main.erasures;
    INSERT INTO snapshot.main.erasures FROM ledger.erasures;
    DELETE FROM snapshot.main.pair_decisions;
    INSERT INTO snapshot.main.pair_decisions FROM ledger.pair_decisions;
    INSERT INTO snapshot.main.customer_priority_history FROM ledger.priority_changes
        WHERE change_number > (
            SELECT coalesce(max(change_number), 0) FROM snapshot.main.customer_priority_history);
"""
"""What shows the ledger as it is now; the history of priorities only grows."""

PAIRS = """
    DELETE FROM snapshot.main.duplicate_pairs;
    INSERT INTO snapshot.main.duplicate_pairs FROM ledger.duplicate_pairs
"""
"""The pairs who may be one, where they were compared again since."""

CHANGES = """
    DELETE FROM snapshot.main.customers_changes
        WHERE (change_number, customer_id) NOT IN (SELECT (change_number, customer_id) FROM ledger.customers_changes);
    INSERT INTO snapshot.main.customers_changes FROM ledger.customers_changes
        WHERE change_number > (SELECT coalesce(max(change_number), 0) FROM snapshot.main.customers_changes)
"""
"""The change feed: it grows, until it is off or somebody is erased."""

FED = """
    SELECT (SELECT count(*) FROM ledger.change_feed) + (SELECT count(*) FROM snapshot.main.customers_changes)
"""

ERASED = f"""
    DELETE FROM snapshot.main.erased_totals;
    INSERT INTO snapshot.main.erased_totals BY NAME
        SELECT source, sum(total_spent) AS total_spent, sum(payment_count) AS payment_count,
            sum(refund_volume) AS refund_volume
        FROM ledger.live_erased
        ANTI JOIN ({superseded(rows="ledger.live_erased")}) AS superseded USING (position) GROUP BY source
"""
"""What erased people paid, each payment once; an undo of an import takes its part of it away."""

KNOWN = "SELECT coalesce(max(change_number), 0) FROM snapshot.main.stripe_syncs"
SYNCED = f"SELECT count(*) FROM ledger.stripe_syncs WHERE change_number > ({KNOWN})"
"""Whether an account was read since the present snapshot."""

STRIPE_IDS = """
    DELETE FROM snapshot.main.customer_external_ids WHERE source IN (SELECT source FROM ledger.stripe_customers);
    INSERT INTO snapshot.main.customer_external_ids BY NAME
        SELECT DISTINCT customer_id, source, stripe_customer_id AS external_id FROM ledger.owned_stripe_customers
        SEMI JOIN snapshot.main.customers USING (customer_id)
"""
"""Stripe's ids of customers after a sync: one may lead to another customer, and no sum change."""

NOT_COUNTED_ANY_MORE = """
    DELETE FROM snapshot.main.stripe_payments WHERE (source, charge_id) NOT IN (
        SELECT (source, charge_id) FROM ledger.stripe_payments)
"""
"""Charges are never deleted, but one may count no more, or be nobody's."""

MERGED = "SELECT customer_id FROM ledger.merged_customers"
"""Whoever is, or was, one with somebody."""

OF_MERGED = {
    "stripe_customers": "owned_stripe_customers",
    "stripe_payments": "live_payments",
    "stripe_spend": "owned_stripe_spend",
    "stripe_apart": "owned_stripe_apart",
}
"""By table, where it is said whose its rows are. Payments of a customer below its account's minimum do not become
counted ones of the customer that it is merged into: they are left out."""


def copy_facts(writer: Connection) -> None:
    """Bring the tables that show the ledger's facts up to the ledger, in a transaction of their own."""
    with transaction(writer):
        writer.execute(FACTS)
        if not value_of(writer, "SELECT count(*) FROM ledger.segments"):
            _write_default_segments(writer)
        if value_of(writer, FED):
            writer.execute(CHANGES)
        if value_of(writer, "SELECT count(*) FROM ledger.erasures"):
            writer.execute(ERASED)
        if value_of(writer, SYNCED):
            writer.execute(";".join((STRIPE_IDS, NOT_COUNTED_ANY_MORE, *_newer(), *_whole())))
        if value_of(
            writer,
            "SELECT sum(score) IS DISTINCT FROM (SELECT sum(score) FROM snapshot.main.duplicate_pairs) "
            "FROM ledger.duplicate_pairs",
        ):
            writer.execute(PAIRS)
        if value_of(writer, f"SELECT count(*) FROM ({MERGED})"):
            writer.execute(";".join(_merged()))


def _write_default_segments(writer: Connection) -> None:
    """The segments that there are where nobody said otherwise yet."""
    with frame_as(writer, "defaults", segment_rows({})):
        writer.execute("INSERT INTO snapshot.main.segments BY NAME FROM defaults")


def _merged() -> list[str]:
    """The objects of accounts that are of merged customers, as theirs; of separated ones as their own again."""
    return [
        f"DELETE FROM snapshot.main.{name} WHERE customer_id IN ({MERGED});"
        f"INSERT INTO snapshot.main.{name} BY NAME SELECT * EXCLUDE (keyed_id) FROM ledger.{view} "
        f"WHERE customer_id IN ({MERGED})"
        for name, view in OF_MERGED.items()
    ]


def _newer() -> list[str]:
    """The objects of Stripe accounts that changed since the present snapshot, in place of what they were."""
    keys = {
        "stripe_charges": "charge_id",
        "stripe_refunds": "refund_id",
        "stripe_customers": "stripe_customer_id",
        "stripe_payments": "charge_id",
    }
    newer = {name: f"FROM ledger.{name} WHERE change_number > ({KNOWN})" for name in keys}
    return [
        f"DELETE FROM snapshot.main.{name} WHERE (source, {key}) IN (SELECT (source, {key}) {newer[name]});"
        f"INSERT INTO snapshot.main.{name} BY NAME {newer[name]}"
        for name, key in keys.items()
    ]


def _whole() -> list[str]:
    """What accounts come to, whole; the list of syncs last, for it says what the others hold."""
    return [
        f"DELETE FROM snapshot.main.{name}; INSERT INTO snapshot.main.{name} BY NAME FROM ledger.{name}"
        for name in ("stripe_spend", "stripe_apart", "stripe_syncs")
    ]
