"""The payments of files: one row per payment that counts, and per refund that a list has in a row of its own.

Lives here: which contributions are payments, their rows in the next snapshot. Not here: which row of a payment counts
(`payments_once.py`), the payments of accounts (`pipelines/stripe/sync/aggregate.py`), the view over both
(`pipelines/publishing/views/payments.sql`). Totals that lists of customers tell are no payments.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.customers.merge import IDS
from pipelines.warehouse.database import UUID_OF_HALVES, Connection, frame_as, rows_of
from schemas.ledger import AcceptedRows

LISTS = "SELECT import_seq::BIGINT AS import_seq, import_id FROM ledger.payment_lists"

TOLD = ("total_spent", "payment_count", "refund_volume", "first_payment_date", "payment_day")
"""What contributions tell of a payment; columns that hold nothing are not read."""


@dataclass(frozen=True)
class PaymentLists:
    """The imports whose money is that of payments, undone ones too: `import_seq`, `import_id`."""

    imports: pl.DataFrame

    def __bool__(self) -> bool:
        return not self.imports.is_empty()

    def payments(self, contributions: pl.DataFrame) -> pl.DataFrame:
        """The payments among contributions, each once: who, which row, when, how much, how much back.

        A row that tells of a payment again, or of one that does not count, has no money and is none. A refund in a row
        of its own has no amount. Args: contributions as they are folded, with `payment_day` beside.
        """
        told = AcceptedRows.to_schema().columns
        absent = [pl.lit(None, told[name].dtype.type).alias(name) for name in TOLD if name not in contributions.columns]
        counts, back = pl.col("payment_count") > 0, pl.col("refund_volume") > 0
        return (
            contributions.lazy()
            .with_columns(absent)
            .filter(pl.col("import_seq").is_in(self.imports["import_seq"].implode()) & (counts | back))
            .select(
                *IDS,
                "import_seq",
                "row_number",
                pl.coalesce("first_payment_date", "payment_day").alias("paid_date"),
                pl.when(counts).then("total_spent").alias("amount"),
                pl.col("refund_volume").alias("refund"),
            )
            .collect()
        )


def payment_lists(connection: Connection) -> PaymentLists:
    """The imports of payments that the ledger has."""
    return PaymentLists(rows_of(connection, LISTS))


def write_payments(writer: Connection, payments: pl.DataFrame, lists: PaymentLists) -> None:
    """Write payments into the next snapshot; who is not in the table of customers has none."""
    with frame_as(writer, "paid", payments), frame_as(writer, "lists", lists.imports):
        writer.execute(
            "INSERT INTO snapshot.main.file_payments SELECT customer_id, import_id, row_number, paid_date, amount, "
            f"refund FROM (SELECT *, {UUID_OF_HALVES} AS customer_id FROM paid) JOIN lists USING (import_seq) "
            "SEMI JOIN snapshot.main.customers USING (customer_id)"
        )
