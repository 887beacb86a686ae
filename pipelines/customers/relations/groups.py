"""Groups of customers: who belongs to which, and which row said so (UP-24, MO-17, MO-18).

Lives here: folding them into `group_members`. Not here: the views that analysts read
(`pipelines/publishing/views/customer_groups.sql`, `groups.sql`), the names in the customer's own row
(`pipelines/customers/details.py`).

A group is there because a live row names it: it comes with its first customer and goes with its last one, so that an
undo leaves none behind and there is nothing to keep in step.
"""

from pipelines.customers.details import DETAILS, GROUP_KEY
from pipelines.customers.relations.affected_rows import add_rows, forget_affected, read_in_shares
from pipelines.warehouse.database import HALVES_OF_UUID, Connection

WITH_GROUPS = f"FROM {DETAILS} WHERE groups IS NOT NULL"

FOLD = f"""
    SELECT {HALVES_OF_UUID}, group_key, name, reference, folded.source, import_id, row_number, position
    FROM (
        SELECT customer_id, {GROUP_KEY} AS group_key, arg_min(name, row_position) AS name,
            arg_max(reference, row_position) AS reference, arg_min(source, row_position) AS source,
            min(row_position) AS position, position >> 32 AS import_seq, position & 4294967295 AS row_number
        FROM (
            SELECT customer_id, row_position, source, unnest(groups) AS name,
                CASE WHEN len(groups) = 1 THEN group_reference END AS reference
            FROM ({WITH_GROUPS}) {{share}}
        ) GROUP BY ALL
    ) AS folded JOIN ledger.imports USING (import_seq)
"""
"""A reference is that of the group which its row names alone."""

WITH_ID = "md5_number('group:' || group_key)::UUID AS group_id, * EXCLUDE (id_high, id_low, group_key)"
"""Of what is folded with a group's id, which its name alone gives, whatever its case (PIT-62)."""


def write_customer_groups(connection: Connection, writer: Connection) -> None:
    """Replace the affected customers' groups by those that their live rows name."""
    forget_affected(writer, "group_members")
    for members in read_in_shares(connection, WITH_GROUPS, FOLD):
        add_rows(writer, "group_members", members, WITH_ID)
