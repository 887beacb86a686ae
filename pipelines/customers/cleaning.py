"""Cleaning up: customers who spent too little to be kept (AU-38…41).

Lives here: who is a candidate, the mark by which a preview is known again, burying them, who stays buried. Not here:
the transaction (`pipelines/cleanup.py`). A buried customer stays in the ledger with all its money, and comes back by
itself when its total reaches the threshold (AMB-23).
"""

import hashlib
from datetime import datetime
from decimal import Decimal

import polars as pl

from pipelines.customers.merging import IDS
from pipelines.warehouse import HALVES_OF_UUID, Connection, frame_as, number_of, rows_of
from schemas.customers import LowSpendCandidates

DEFAULT_BELOW = Decimal(10)
"""Money in all, in the base currency (AU-39)."""

MARK_LENGTH = 12

CANDIDATES = """
    SELECT customer_id::VARCHAR AS customer_id, email, name, total_spent, payment_count, last_payment_date, sources,
        'spent less than ' || $below || ' in all' AS reason
    FROM {customers} WHERE coalesce(total_spent, 0) < $below AND customer_id NOT IN (
        SELECT customer_id FROM {spend} WHERE base_spent IS NULL
    ) ORDER BY total_spent NULLS FIRST, customer_id
"""
"""Strictly under the threshold; no total is 0 (AMB-22), unless money in another currency is what has no total."""


def candidates(connection: Connection, schema: str, below: Decimal) -> pl.DataFrame:
    """LowSpendCandidates of a snapshot, the lowest first; `schema`: where its tables are."""
    tables = {"customers": f"{schema}.customers", "spend": f"{schema}.stripe_spend"}
    return LowSpendCandidates.validate(rows_of(connection, CANDIDATES.format(**tables), {"below": below}))


def mark_of(listed: pl.DataFrame, below: Decimal) -> str:
    """What a preview is known by: it changes with the threshold, with whoever comes or goes, and with any total."""
    lines = [f"{below:f}", *(f"{row[0]} {row[1]}" for row in listed.select("customer_id", "total_spent").rows())]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:MARK_LENGTH]


def bury(connection: Connection, listed: pl.DataFrame, below: Decimal, by: str, now: datetime) -> None:
    """Note the decision on each of these customers; a later one takes the place of an earlier one."""
    with frame_as(connection, "listed", listed.select("customer_id", "total_spent")):
        connection.execute("DELETE FROM ledger.tombstones WHERE customer_id IN (SELECT customer_id::UUID FROM listed);")
        connection.execute(
            "INSERT INTO ledger.tombstones SELECT customer_id::UUID, 'low_spend', ?, total_spent, ?, ?::TIMESTAMPTZ "
            "FROM listed",
            [below, by, now],
        )


def without_buried(connection: Connection, folded: pl.DataFrame) -> pl.DataFrame:
    """The folded customers but those who are buried and still under their threshold."""
    if not number_of(connection, "SELECT count(*) FROM ledger.tombstones"):
        return folded
    buried = rows_of(connection, f"SELECT {HALVES_OF_UUID}, below FROM ledger.tombstones")
    marked = folded.join(buried, on=IDS, how="left", maintain_order="left")
    stays = pl.col("below").is_null() | (pl.col("total_spent").fill_null(Decimal(0)) >= pl.col("below"))
    return marked.filter(stays).drop("below")
