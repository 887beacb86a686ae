"""Refolding: the customers that a change of the ledger touches, folded again from their live contributions.

Lives here: which customers are touched, reading their contributions, writing the customer table. Not here:
the fold itself (`merging.py`), priorities (`reprioritising.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.customers.merging import fold
from pipelines.warehouse import Connection, frame_as, number_of, rows_of
from schemas.base import columns_of
from schemas.customers import Customers, FoldedCustomers
from schemas.ledger import AcceptedRows

BATCH = 1_000_000
"""Contributions folded at a time: bounds memory, changes no result."""

TOUCHED = "touched_customers"
CHANGES = "changed_customers"

BOOKKEEPING = ("first_import_id", "last_import_id", "created_at", "updated_at")
"""Columns that say that a customer was touched, not that it changed."""


@dataclass(frozen=True)
class Refold:
    """What a refold changed: how many customers went, and the table with each one's change."""

    removed_count: int
    table: str = CHANGES


def touch_imports(connection: Connection, sequences: Sequence[int]) -> None:
    """Touch the customers of these imports, and those whose payments these imports bring again.

    A payment id counts once within its source, its newest row winning (contract page, `payments`): a new row,
    or an undone one, moves money for whoever has the other row of that payment.
    """
    listed = ", ".join(str(int(sequence)) for sequence in sequences)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {TOUCHED} AS
        SELECT DISTINCT customer_id FROM ledger.contributions WHERE import_seq IN ({listed})
        UNION
        SELECT customer_id FROM ledger.contributions SEMI JOIN (
            SELECT source, payment_id FROM ledger.contributions
            WHERE import_seq IN ({listed}) AND payment_id IS NOT NULL
        ) AS paid USING (source, payment_id)
        """
    )


def touch_all(connection: Connection) -> None:
    """Touch every customer there is or was."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {TOUCHED} AS SELECT DISTINCT customer_id FROM ledger.contributions"
    )


def refold(connection: Connection) -> Refold:
    """Replace the rows of the touched customers by the fold of their live contributions."""
    _remember(connection)
    connection.execute(f"DELETE FROM main.customers WHERE customer_id IN (FROM {TOUCHED})")
    for batch, batches in _batches(connection):
        contributions = rows_of(connection, _contributions(batch, batches))
        if not contributions.is_empty():
            _insert(connection, FoldedCustomers.validate(fold(contributions)))
    return _changes(connection)


def _batches(connection: Connection) -> list[tuple[int, int]]:
    total = number_of(connection, f"SELECT count(*) FROM ledger.live SEMI JOIN {TOUCHED} USING (customer_id)")
    batches = total // BATCH + 1
    return [(batch, batches) for batch in range(batches)]


def _contributions(batch: int, batches: int) -> str:
    """The live contributions of one batch of touched customers, each payment once."""
    columns = [name for name in AcceptedRows.to_schema().columns if name != "payment_id"]
    share = f"WHERE hash(customer_id) % {batches} = {batch}" if batches > 1 else ""
    return f"""
        WITH mine AS (FROM ledger.live SEMI JOIN (FROM {TOUCHED} {share}) AS batch USING (customer_id)),
        newest AS (
            SELECT source, payment_id, max(position) AS position
            FROM ledger.live SEMI JOIN (SELECT source, payment_id FROM mine WHERE payment_id IS NOT NULL) AS paid
            USING (source, payment_id) GROUP BY ALL
        )
        SELECT import_seq, source, {", ".join(columns)} FROM (
            FROM mine WHERE payment_id IS NULL
            UNION ALL FROM mine SEMI JOIN newest USING (source, payment_id, position)
        )
    """


def _insert(connection: Connection, folded: pl.DataFrame) -> None:
    computed = {
        "customer_id": "md5_number(customer_key)::UUID",
        "origin": "'file'",
        "net_spent": "total_spent - coalesce(refund_volume, 0)",
        "first_import_id": "first.import_id",
        "last_import_id": "last.import_id",
        "created_at": "first.started_at",
        "updated_at": "last.started_at",
    }
    values = [computed.get(column.name, f"folded.{column.name}") for column in columns_of(Customers)]
    with frame_as(connection, "folded", folded):
        connection.execute(
            f"INSERT INTO main.customers SELECT {', '.join(values)} FROM folded "
            "JOIN ledger.imports AS first ON first.import_seq = folded.first_import "
            "JOIN ledger.imports AS last ON last.import_seq = folded.last_import"
        )


def _fingerprints() -> str:
    values = [column.name for column in columns_of(Customers) if column.name not in BOOKKEEPING]
    return f"SELECT customer_id, hash({', '.join(values)}) AS fingerprint, first_import_id FROM main.customers"


def _remember(connection: Connection) -> None:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE earlier_customers AS FROM ({_fingerprints()}) "
        f"SEMI JOIN {TOUCHED} USING (customer_id)"
    )


def _changes(connection: Connection) -> Refold:
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {CHANGES} AS
        SELECT coalesce(now.customer_id, earlier.customer_id) AS customer_id,
            CASE WHEN earlier.customer_id IS NULL THEN 'created' WHEN now.customer_id IS NULL THEN 'removed'
                WHEN now.fingerprint = earlier.fingerprint THEN 'unchanged' ELSE 'updated' END AS change,
            imports.import_seq AS first_seq
        FROM (FROM ({_fingerprints()}) SEMI JOIN {TOUCHED} USING (customer_id)) AS now
        FULL JOIN earlier_customers AS earlier USING (customer_id)
        LEFT JOIN ledger.imports ON imports.import_id = now.first_import_id
        """
    )
    return Refold(number_of(connection, f"SELECT count(*) FROM {CHANGES} WHERE change = 'removed'"))
