"""Deriving: the affected customers and their priorities, from the ledger into the next snapshot.

Lives here: reading live contributions batch by batch, writing customers and priorities, telling what changed. Not
here: the fold (`merge.py`), the formula (`priority.py`), which customers are affected (`affected.py`).
"""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from pipelines.customers import batches
from pipelines.customers.addresses import addresses_move, leave_to_one
from pipelines.customers.affected import AFFECTED, are_all_affected
from pipelines.customers.details import folded_details, note_details
from pipelines.customers.low_spend import kept_away, under_threshold
from pipelines.customers.merge import GUESSED, IDS, KEYED, fold
from pipelines.customers.payments_once import without_repeated_money
from pipelines.customers.priority import prioritise
from pipelines.customers.priority_history import note_changes
from pipelines.customers.relations.affected_rows import forget_affected
from pipelines.customers.relations.change_feed import BOOKKEEPING, feed_affected, feed_is_on
from pipelines.customers.relations.payments import TOLD, payment_lists, write_payments
from pipelines.customers.relations.write_relations import fingerprints, write_relations
from pipelines.customers.update_rules import counted_by_hand, rules_in_force, stated_by_hand
from pipelines.warehouse.database import (
    HALVES_OF_UUID,
    UUID_OF_HALVES,
    Connection,
    frame_as,
    number_of,
    row_of,
    rows_of,
    transaction,
)
from schemas.base import columns_of
from schemas.customers import ComputedPriorities, Customers, FoldedCustomers
from schemas.ledger import NEWEST, OF_A_PAYMENT, SUMMED, AcceptedRows
from schemas.stripe import StripeContributions

EVERY_PAYMENT = (
    "(SELECT payment_amount FROM ledger.contributions UNION ALL SELECT NULL FROM ledger.stripe_contributions)"
)
"""The whole ledger, of files and accounts, undone imports too: as many rows as any batch can have."""

PAYMENTS_OF_AFFECTED = f"""(
    SELECT payment_amount FROM ledger.owned_contributions SEMI JOIN {AFFECTED} USING (customer_id)
    UNION ALL SELECT NULL FROM ledger.owned_stripe_contributions SEMI JOIN {AFFECTED} USING (customer_id)
)"""
"""Of them the affected customers'; to leave out undone imports would take longer than to read them."""

ORIGIN = """
    CASE WHEN format IN ('stripe', 'manual') THEN format
         WHEN profile = 'captured' OR format = 'ndjson' THEN 'captured' ELSE 'file' END
"""
"""How those came whom an import made known first (MO-01); events that came back mended are a list by their format, not
by their profile."""

STATUS_OF_PAYMENTS = "CASE WHEN payment_count > 0 OR total_spent > 0 THEN 'active' ELSE 'potential' END"
"""Who paid is active, where nobody states it (AMB-44)."""


@dataclass(frozen=True)
class Derived:
    """What deriving changed: how many customers went, and which of the others were there before.

    `known`: `id_high`, `id_low`, `unchanged` of each affected customer that was there and still is. `away`:
    FoldedCustomers of each that the ledger has and a clean-up keeps out of the table. `later`: who is without an
    address in the table that is another's (`addresses.leave_to_one`).
    """

    removed_count: int
    known: pl.DataFrame
    away: pl.DataFrame
    later: pl.DataFrame = field(default_factory=pl.DataFrame)


def derive(connection: Connection, writer: Connection, as_of: date, everyone: bool, cause: str) -> Derived:
    """Replace the affected customers' rows by the fold of their live contributions, and their priorities.

    `connection` has the ledger's open transaction, `writer` writes the next snapshot. With `everyone` the other
    customers get their priority as of the new day too, for the cause `clock`.
    """
    # One transaction of the snapshot: each statement of its own would wait for the disk by itself.
    with transaction(writer):
        _copy_affected(connection, writer)
        # Before the rows go: fingerprints of 64 bits say afterwards who changed, without a second copy of anybody.
        _remember(writer)
        _forget_affected(writer, everyone)
        # Rows are numbered as they are written: those to come are found without a look at the others.
        written_from = number_of(writer, "SELECT coalesce(max(rowid) + 1, 0) FROM snapshot.main.customers")
        away = []
        detailed = note_details(connection)
        lists = payment_lists(connection)
        forget_affected(writer, "file_payments")
        for share, query in _contribution_queries(connection).items():
            details = folded_details(connection, share) if detailed else None
            contributions = rows_of(connection, query)
            payments = lists.payments(contributions) if lists else None
            customers, removed = _parted(connection, _folded(connection, contributions, details))
            del contributions  # what customers are made of is let go of before they are written
            away.append(removed)
            if not customers.is_empty():
                _write_customers(connection, writer, customers)
                _write_priorities(connection, writer, customers, as_of, cause)
            if payments is not None:
                write_payments(writer, payments, lists)
        if everyone:
            _move_the_others(connection, writer, as_of)
        later = leave_to_one(connection, writer) if addresses_move(connection) else pl.DataFrame()
        write_relations(connection, writer)
        if feed_is_on(connection):
            feed_affected(connection, writer)
        return _compared(writer, written_from, pl.concat(away), later)


def _copy_affected(connection: Connection, writer: Connection) -> None:
    """The affected customers on the snapshot's side; its connection does not see an uncommitted ledger."""
    affected = rows_of(connection, f"SELECT {HALVES_OF_UUID} FROM {AFFECTED}")
    with frame_as(writer, "affected", affected):
        writer.execute(
            f"CREATE OR REPLACE TEMP TABLE {AFFECTED} AS SELECT {UUID_OF_HALVES} AS customer_id FROM affected"
        )


def _fingerprints(writer: Connection) -> str:
    values = [column.name for column in columns_of(Customers) if column.name not in BOOKKEEPING]
    return fingerprints(writer, ", ".join(f"customers.{name}" for name in values))


def _remember(writer: Connection) -> None:
    writer.execute(f"CREATE OR REPLACE TEMP TABLE earlier_customers AS {_fingerprints(writer)}")


def _compared(writer: Connection, written_from: int, away: pl.DataFrame, later: pl.DataFrame) -> Derived:
    """Compare rows from that number on with what was remembered; after a fresh start nothing was."""
    now = f"{_fingerprints(writer)} WHERE customers.rowid >= {written_from}"
    query = f"""
        SELECT {HALVES_OF_UUID}, now.fingerprint IS NULL AS gone,
            coalesce(now.fingerprint = earlier.fingerprint, FALSE) AS unchanged
        FROM earlier_customers AS earlier LEFT JOIN ({now}) AS now USING (customer_id)
    """
    compared = rows_of(writer, query)
    return Derived(int(compared["gone"].sum()), compared.filter(~pl.col("gone")).drop("gone"), away, later)


def _forget_affected(writer: Connection, everyone: bool) -> None:
    writer.execute(f"DELETE FROM snapshot.main.customers WHERE customer_id IN (FROM {AFFECTED})")
    due = "TRUE" if everyone else f"customer_id IN (FROM {AFFECTED})"
    writer.execute(f"DELETE FROM snapshot.main.computed_priorities WHERE {due}")


def _folded(connection: Connection, contributions: pl.DataFrame, details: pl.DataFrame | None) -> pl.DataFrame:
    """The customers that a batch of contributions makes."""
    rules = rules_in_force(connection, NEWEST)
    return FoldedCustomers.validate(fold(contributions, addresses_move(connection), details, rules))


def _parted(connection: Connection, folded: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The customers for the table, and those that a clean-up keeps out of it."""
    removed = kept_away(connection)
    # A ledger without clean-ups joins nothing.
    if removed is None:
        return folded, folded.clear()
    marked = folded.join(removed, on=IDS, how="left", maintain_order="left")
    stays = marked.select(under_threshold()).to_series()
    return folded.filter(~stays), folded.filter(stays)


def _contribution_queries(connection: Connection) -> dict[str, str]:
    """By share, the queries for the affected customers' contributions; a small ledger is one batch, uncounted."""
    # First the whole ledger; who of it is affected is counted only where one batch might not hold it.
    total, paid = _counted(connection, EVERY_PAYMENT)
    if total > batches.BATCH:
        total, paid = _counted(connection, PAYMENTS_OF_AFFECTED)
    by_hand = stated_by_hand(connection)
    columns = [
        f"CASE WHEN {counted_by_hand(name)} THEN {name} END AS {name}" if name in by_hand else name
        for name in _filled_columns(connection)
    ]
    if number_of(connection, "SELECT count(*) FROM ledger.merged_customers"):
        columns.append(f"(keyed_id::UHUGEINT & {2**64 - 1}::UHUGEINT)::UBIGINT AS {KEYED}")
    everybody = are_all_affected(connection) and not paid
    return {
        share: _contributions(f"FROM ledger.live {share}" if everybody else _of_affected(share, bool(paid)), columns)
        for share in batches.shares(max(total, 1))
    }


def _counted(connection: Connection, contributions: str) -> tuple[int, int]:
    """How many contributions there are, and how many of them are of a payment."""
    total, paid = row_of(connection, f"SELECT count(*), count(payment_amount) FROM {contributions}") or (0, 0)
    return int(str(total)), int(str(paid))


def _filled_columns(connection: Connection) -> list[str]:
    """What contributions hold something of: a column of blanks costs as much to read as one of values."""
    left_out = {"row_number", "customer_key", *OF_A_PAYMENT} - {*TOLD}
    names = [name for name in AcceptedRows.to_schema().columns if name not in left_out]
    one_of_each = (
        f"(SELECT '{name}' AS name FROM ledger.contributions WHERE {name} IS NOT NULL LIMIT 1)" for name in names
    )
    found = set(rows_of(connection, " UNION ALL ".join(one_of_each))["name"])
    if number_of(connection, "SELECT count(*) FROM ledger.stripe_contributions"):
        found |= {column.name for column in columns_of(StripeContributions)} | {GUESSED}
    return [name for name in (*names, GUESSED) if name in found]


def _of_affected(share: str, with_payments: bool) -> str:
    """The live contributions of one batch of affected customers, each payment once."""
    batch = f"SEMI JOIN (FROM {AFFECTED} {share}) AS batch USING (customer_id)"
    return without_repeated_money("ledger.live", batch) if with_payments else f"FROM ledger.live {batch}"


def _contributions(batch: str, columns: list[str]) -> str:
    """What is read of a batch of contributions."""
    return f"""
        SELECT {HALVES_OF_UUID}, {", ".join(["import_seq", "first_seq", "source", "row_number", *columns])}
        FROM ({batch})
    """


def _write_customers(connection: Connection, writer: Connection, folded: pl.DataFrame) -> None:
    """Folded customers with the names and times of their imports; columns that hold nothing are left out."""
    imports = rows_of(
        connection,
        f"SELECT import_seq::BIGINT AS import_seq, import_id, started_at, {ORIGIN} AS origin FROM ledger.imports",
    )
    computed = {
        "customer_id": UUID_OF_HALVES,
        "status": f"coalesce(folded.status, {STATUS_OF_PAYMENTS})",
        "origin": "first.origin",
        "net_spent": "total_spent - coalesce(refund_volume, 0)",
        "first_import_id": "first.import_id",
        "last_import_id": "last.import_id",
        "created_at": "first.started_at",
        "updated_at": "last.started_at",
    }
    # Blank columns are named to nobody: DuckDB fills them with null for nothing.
    values = {name: f"folded.{name}" for name in _filled(folded)} | computed
    with frame_as(writer, "folded", folded), frame_as(writer, "imports", imports):
        writer.execute(
            f"INSERT INTO snapshot.main.customers ({', '.join(values)}) SELECT {', '.join(values.values())} "
            "FROM folded JOIN imports AS first ON first.import_seq = folded.first_import "
            "JOIN imports AS last ON last.import_seq = folded.last_import"
        )


def _filled(folded: pl.DataFrame) -> list[str]:
    """The customer columns with a value in some row; a text column without any costs time and says nothing."""
    mine = [column.name for column in columns_of(Customers) if column.name in folded.columns]
    return [name for name in mine if name in SUMMED or folded[name].null_count() < folded.height]


def _write_priorities(
    connection: Connection, writer: Connection, customers: pl.DataFrame, as_of: date, cause: str
) -> None:
    validated = prioritise(customers.select(*IDS, *PRIORITY_INPUTS), as_of)
    told = note_changes(connection, validated, as_of, cause)
    columns = [column.name for column in columns_of(ComputedPriorities)]
    computed = {"customer_id": UUID_OF_HALVES, "as_of_date": "$as_of"}
    values = [computed.get(name, name) for name in columns]
    with frame_as(writer, "told", told):
        writer.execute(
            f"INSERT INTO snapshot.main.computed_priorities SELECT {', '.join(values)} FROM told", {"as_of": as_of}
        )


PRIORITY_INPUTS = ("total_spent", "first_payment_date", "reported_monthly_spend")


def _move_the_others(connection: Connection, writer: Connection, as_of: date) -> None:
    """The priority of the customers that no data affected, as of the new day."""
    others = f"FROM snapshot.main.customers ANTI JOIN {AFFECTED} USING (customer_id)"
    total = number_of(writer, f"SELECT count(*) {others}")
    for share in batches.shares(total):
        query = f"SELECT {HALVES_OF_UUID}, {', '.join(PRIORITY_INPUTS)} {others} {share}"
        _write_priorities(connection, writer, rows_of(writer, query), as_of, "clock")
