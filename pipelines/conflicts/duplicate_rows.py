"""Repeated rows: which rows of a new file are in the ledger already, whoever sent them in whatever form.

Lives here: recognising rows by what they contribute (so that column order, encoding, format and titles do not
matter), how much of a file repeats one earlier import. Not here: other sources (`duplicates_elsewhere.py`), what is
done about it (`overlaps.py`).

Rows are compared by value when they are needed, never by a stored hash: what the ledger holds is canonical, so there
is no version of a hash to keep. Two equal rows of one file are two (PIT-64, PIT-66). Rows with a payment id are left
out: such a payment counts once whatever brings it.
"""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipelines.rejects.resolve import NO_ROWS
from pipelines.warehouse.database import UUID_OF_HALVES, Connection, frame_as, number_of, row_of, rows_of
from schemas.base import columns_of
from schemas.ledger import OF_A_PAYMENT, AcceptedDetails, AcceptedRows

HELD_SHARE = Decimal("0.5")
HELD_ROWS = 10
"""A file of which this share and at least so many rows repeat one earlier import waits for a decision."""

COMPARED = {
    column.name: column.sql_type
    for contract in (AcceptedRows, AcceptedDetails)
    for column in columns_of(contract)
    if column.name not in ("row_number", "customer_key", *OF_A_PAYMENT)
}
"""What makes two rows the same, beside their customer: every value that they contribute."""


@dataclass(frozen=True)
class Repeats:
    """What of a file repeats earlier rows.

    `rows`: the row numbers that are in the ledger already. `share`: of all compared rows, those that repeat the one
    import that most of them repeat, `closest` (its sequence number); `closest_count`: how many. `all_of_few`: whether
    that is the whole file, with its money, though it has few rows.
    """

    rows: pl.Series
    closest: int | None = None
    closest_count: int = 0
    share: Decimal = Decimal(0)
    all_of_few: bool = False

    @property
    def largely(self) -> bool:
        """Whether the file looks like an earlier one sent again (contract page 6, rule 2)."""
        return self.all_of_few or (self.share >= HELD_SHARE and self.closest_count >= HELD_ROWS)


NONE = Repeats(NO_ROWS)


def repeats(
    connection: Connection, source: str, accepted: Path, details: Path | None, without: pl.Series = NO_ROWS
) -> Repeats:
    """Compare the accepted rows of a file with the live rows of its source (contract page 6, rule 2).

    `without`: numbers of rows that are not compared: a file with any is never one of few rows that are all there.

    In: the file's AcceptedRows as they go into the ledger (with the halves of the customer id), and its
    AcceptedDetails where it has any. Changes nothing but two temporary tables.
    """
    # A new source has nothing to repeat.
    if number_of(connection, ANY_OF, [source, source]) == 0:
        return NONE
    _note_new(connection, accepted, details, without)
    # Nearly always nobody comes with a total again: then no other value of a long history is read.
    if rows_of(connection, ANY_TOTAL_AGAIN, {"source": source}).item() == 0:
        return NONE
    _note_earlier(connection, source)
    closest = row_of(connection, CLOSEST)
    if closest is None:
        return NONE
    sequence, count, everything, with_money = (int(str(value)) for value in closest)
    accepted_count = number_of(connection, "SELECT count(*) FROM read_parquet(?)", [str(accepted)])
    rows = rows_of(connection, KNOWN)["row_number"]
    # A short list of contacts sent again does no harm; one with money would count it twice.
    whole = count == accepted_count and with_money > 0
    return Repeats(rows, sequence, count, share_of(count, everything), all_of_few=whole)


def share_of(count: int, everything: int) -> Decimal:
    """A count as a part of all."""
    return Decimal(count) / everything


ANY_OF = """
    SELECT count(*) FROM (
        (SELECT 1 FROM ledger.contributions WHERE source = ? LIMIT 1)
        UNION ALL (SELECT 1 FROM ledger.stripe_contributions WHERE source = ? LIMIT 1)
    )
"""
"""Whether a source ever contributed: where it did not, no row can repeat one of its own."""

ANY_TOTAL_AGAIN = """
    WITH theirs AS (
        SELECT customer_id, total_spent FROM ledger.contributions SEMI JOIN new_prints USING (customer_id)
        WHERE source = $source AND payment_id IS NULL
        UNION ALL
        SELECT customer_id, total_spent FROM ledger.stripe_contributions SEMI JOIN new_prints USING (customer_id)
        WHERE source = $source
    )
    SELECT count(*) FROM (
        SELECT 1 FROM theirs SEMI JOIN new_prints ON theirs.customer_id = new_prints.customer_id
            AND theirs.total_spent IS NOT DISTINCT FROM new_prints.total_spent
        LIMIT 1
    )
"""
"""Whether some row of a source has the customer and the total of a new one, as the same row would."""

CLOSEST = """
    WITH wanted AS (SELECT fingerprint, count(*) AS wanted FROM new_prints GROUP BY ALL)
    SELECT import_seq, sum(least(wanted, held)) AS repeated, (SELECT count(*) FROM new_prints),
        (SELECT count(*) FROM new_prints WHERE with_money)
    FROM wanted JOIN earlier_prints USING (fingerprint) GROUP BY ALL ORDER BY repeated DESC, import_seq DESC LIMIT 1
"""

KNOWN = """
    SELECT row_number FROM new_prints
    JOIN (SELECT fingerprint, sum(held) AS held FROM earlier_prints GROUP BY ALL) USING (fingerprint)
    WHERE occurrence <= held ORDER BY row_number
"""


def _note_new(connection: Connection, accepted: Path, details: Path | None, without: pl.Series) -> None:
    files = [str(path) for path in (accepted, details) if path]
    known = {name for path in files for name in pl.read_parquet_schema(path)}
    beside = "LEFT JOIN read_parquet(?) AS details USING (row_number)" if details else ""
    unpaid = "AND payment_id IS NULL" if "payment_id" in known else ""
    with frame_as(connection, "uncompared", without.alias("row_number").to_frame()):
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE new_prints AS
            SELECT row_number, customer_id, total_spent, fingerprint, with_money,
                row_number() OVER (PARTITION BY fingerprint ORDER BY row_number) AS occurrence
            FROM (
                SELECT row_number, customer_id, {_total(known)} AS total_spent, {_fingerprint(known)} AS fingerprint,
                    {_money(known)} AS with_money
                FROM (
                    SELECT *, {UUID_OF_HALVES} AS customer_id FROM read_parquet(?) {beside}
                    WHERE row_number NOT IN (FROM uncompared) {unpaid}
                )
            )
            """,
            files,
        )


def _total(known: set[str]) -> str:
    return f"{'total_spent' if 'total_spent' in known else 'NULL'}::{COMPARED['total_spent']}"


def _money(known: set[str]) -> str:
    amounts = [f"coalesce({name}, 0) <> 0" for name in ("total_spent", "refund_volume") if name in known]
    return " OR ".join(amounts) or "FALSE"


def _note_earlier(connection: Connection, source: str) -> None:
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE earlier_prints AS
        SELECT import_seq, {_fingerprint(set(COMPARED))} AS fingerprint, count(*) AS held
        FROM (
            FROM (SELECT * EXCLUDE (position, keyed_id) REPLACE (keyed_id AS customer_id) FROM ledger.live)
                SEMI JOIN new_prints USING (customer_id) WHERE source = ? AND payment_id IS NULL
        ) AS mine LEFT JOIN ledger.details USING (import_seq, row_number)
        GROUP BY ALL
        """,
        [source],
    )


def _fingerprint(known: set[str]) -> str:
    """One number for all values of a row; the same customer and the same number are the same row."""
    # Sorted and cast, so that the file's rows and the ledger's are hashed alike, whatever columns either has.
    values = [f'"{name}"::{kind}' if name in known else f"NULL::{kind}" for name, kind in sorted(COMPARED.items())]
    return f"hash(customer_id, {', '.join(values)})"
