"""The affected customers' rows of a table beside `customers`: forgotten in the next snapshot, then written anew.

Lives here: how that is done, the same for every such table. Not here: what a table says (the modules beside).
"""

from collections.abc import Iterator

import polars as pl

from pipelines.customers.affected import AFFECTED
from pipelines.customers.batches import shares
from pipelines.warehouse.database import UUID_OF_HALVES, Connection, frame_as, number_of, rows_of


def forget_affected(writer: Connection, table: str) -> None:
    """Delete the affected customers' rows; a table that holds nothing, as most do, is not searched."""
    if number_of(writer, f"SELECT count(*) FROM (FROM snapshot.main.{table} LIMIT 1)"):
        writer.execute(f"DELETE FROM snapshot.main.{table} WHERE customer_id IN (FROM {AFFECTED})")


def read_in_shares(connection: Connection, facts: str, query: str) -> Iterator[pl.DataFrame]:
    """What a query gives of some facts, a batch of customers at a time; nothing where there are none.

    Args:
        connection: to the ledger.
        facts: the query of the facts, one row for each.
        query: what is asked of them, with `{share}` after them.
    """
    for share in shares(number_of(connection, f"SELECT count(*) FROM ({facts})")):
        rows = rows_of(connection, query.format(share=share))
        if not rows.is_empty():
            yield rows


def add_rows(writer: Connection, table: str, rows: pl.DataFrame, columns: str = "* EXCLUDE (id_high, id_low)") -> None:
    """Write rows of customers; who is not in the table of customers, as after a clean-up, has none.

    Args:
        writer: to the next snapshot, whose `customers` are written.
        table: a table of the snapshot; columns go by name.
        rows: with the customer's id as `HALVES_OF_UUID` gives it.
        columns: what of the rows is written beside `customer_id`.
    """
    if rows.is_empty():
        return
    with frame_as(writer, "added_rows", rows):
        writer.execute(
            f"INSERT INTO snapshot.main.{table} BY NAME FROM (SELECT {UUID_OF_HALVES} AS customer_id, {columns} "
            "FROM added_rows) SEMI JOIN snapshot.main.customers USING (customer_id)"
        )
