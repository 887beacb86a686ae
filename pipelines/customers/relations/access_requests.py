"""Requests for access, one by one, with what was decided about each (MO-11).

Lives here: the affected customers' rows of `access_requests`. Not here: where a request stands (`customers/access.py`).
"""

from pipelines.customers.access import requests_among
from pipelines.customers.details import DETAILS
from pipelines.customers.relations.affected_rows import add_rows, forget_affected
from pipelines.warehouse.database import HALVES_OF_UUID, Connection, number_of, rows_of


def write_access_requests(connection: Connection, writer: Connection) -> None:
    """Replace the affected customers' requests by the live ones; who is not in the table has none."""
    forget_affected(writer, "access_requests")
    if not number_of(connection, f"SELECT count(*) FROM {DETAILS} WHERE event IS NOT NULL"):
        return
    asked = rows_of(
        connection,
        f"SELECT {HALVES_OF_UUID}, requested_at, coalesce(choice, 'pending') AS status, decided_by, decided_at, "
        f"source, import_id, row_number FROM ({requests_among(DETAILS)})",
    )
    add_rows(writer, "access_requests", asked)
