"""Custom fields: what stands in columns that no field means and that a source keeps.

Lives here: the affected customers' rows of `customer_custom_fields`. Not here: which columns are kept
(`pipelines/mapping/kept_columns.py`).
"""

from pipelines.customers.affected import AFFECTED
from pipelines.customers.relations.affected_rows import add_rows, forget_affected
from pipelines.warehouse.database import HALVES_OF_UUID, Connection, number_of, rows_of

THERE = "SELECT count(*) FROM (FROM ledger.custom_fields LIMIT 1)"

NEWEST = f"""
    SELECT {HALVES_OF_UUID}, title, value, source, import_id FROM (
        FROM ledger.live_custom_fields SEMI JOIN {AFFECTED} USING (customer_id)
        QUALIFY row_number() OVER (
            PARTITION BY customer_id, source, lower(title) ORDER BY row_position DESC, title DESC
        ) = 1
    ) AS newest JOIN (SELECT import_seq, import_id FROM ledger.imports) AS imports USING (import_seq)
"""
"""Two columns of one row may be spelled otherwise; then the last by the alphabet, whenever it is asked."""


def write_custom_fields(connection: Connection, writer: Connection) -> None:
    """Replace the affected customers' custom fields by those of their live rows; who is not in the table has none."""
    forget_affected(writer, "customer_custom_fields")
    if number_of(connection, THERE):
        add_rows(writer, "customer_custom_fields", rows_of(connection, NEWEST))
