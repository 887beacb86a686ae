"""Ways to reach a customer, by rank, where a list has several columns of a kind (RF-12, RF-18, RF-21).

Lives here: folding them into `ranked_contact_points`. Not here: the view that makes them complete with the single
values that customers and contacts have (`pipelines/publishing/views/contact_points.sql`), which cell of a row is the
customer's (`pipelines/validation/first_filled.py`).

A row's first value of a kind is rank 1 whichever column it stands in, so that rank 1 is always what the customer's own
row shows, and the table is asked for nothing that the customers hold themselves.
"""

from pipelines.customers.details import DETAILS
from pipelines.customers.relations.affected_rows import add_rows, forget_affected, read_in_shares
from pipelines.warehouse.database import HALVES_OF_UUID, Connection

WITH_POINTS = f"FROM {DETAILS} WHERE points IS NOT NULL"

FOLD = f"""
    SELECT {HALVES_OF_UUID}, kind, min(rank) AS rank, value, arg_min(raw_value, rank) AS raw_value
    FROM (
        SELECT customer_id, kind, rank, arg_max(value, row_position) AS value,
            arg_max(raw_value, row_position) AS raw_value
        FROM (
            SELECT customer_id, row_position, point.kind, point.value, point.raw_value,
                row_number() OVER (PARTITION BY row_position, point.kind ORDER BY point.rank) AS rank
            FROM (SELECT customer_id, row_position, unnest(points) AS point FROM ({WITH_POINTS}) {{share}})
        ) GROUP BY ALL
    ) GROUP BY customer_id, kind, value
"""
"""The newest value of each rank, none twice."""


def write_contact_points(connection: Connection, writer: Connection) -> None:
    """Replace the affected customers' ranked points by those of their live rows."""
    forget_affected(writer, "ranked_contact_points")
    for points in read_in_shares(connection, WITH_POINTS, FOLD):
        add_rows(writer, "ranked_contact_points", points)
