"""Forgetting: the rows of affected customers leave a table of the next snapshot before they are written anew."""

from pipelines.customers.affected import AFFECTED
from pipelines.warehouse.database import Connection, number_of


def forget_affected(writer: Connection, table: str) -> None:
    """Delete the affected customers' rows; a table that holds nothing, as most do, is not searched."""
    if number_of(writer, f"SELECT count(*) FROM (FROM snapshot.main.{table} LIMIT 1)"):
        writer.execute(f"DELETE FROM snapshot.main.{table} WHERE customer_id IN (FROM {AFFECTED})")
