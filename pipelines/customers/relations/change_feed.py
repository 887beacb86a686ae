"""The change feed: each customer's row before and after a change of the ledger, for systems that follow the table.

Lives here: comparing the table with the feed, and adding what differs, inside the ledger's open transaction. Not here:
when it is on (`pipelines/ledger/decisions/note_settings.py`), what is published of it
(`pipelines/publishing/ledger_facts.py`).

The feed begins with everybody as created, and what a customer was is what the feed said of it last, not what the
present snapshot says: so it stays exact when the snapshot is made anew, or a crash left it behind.
"""

from pipelines.customers.affected import AFFECTED
from pipelines.warehouse.database import HALVES_OF_UUID, UUID_OF_HALVES, Connection, frame_as, number_of, rows_of
from schemas.base import columns_of
from schemas.customers import Customers

BOOKKEEPING = ("first_import_id", "last_import_id", "created_at", "updated_at")
"""Columns that say that a customer was affected, not that it changed."""

FIELDS = tuple(column.name for column in columns_of(Customers) if column.name not in (*BOOKKEEPING, "customer_id"))

ROWS = f"""
    SELECT {HALVES_OF_UUID}, last_import_id,
        to_json({{{", ".join(f"'{name}': {name}" for name in FIELDS)}}})::VARCHAR AS told
    FROM snapshot.main.customers
"""

NEWEST_FACT = """
    SELECT import_id, changed_at FROM (
        SELECT import_id, started_at AS changed_at, TRUE AS is_import FROM ledger.imports
        UNION ALL SELECT import_id, decided_at, FALSE FROM ledger.decisions
        UNION ALL SELECT NULL, decided_at, FALSE FROM ledger.access_decisions
    ) ORDER BY changed_at DESC, is_import DESC LIMIT 1
"""
"""What changed the ledger last; nothing else does."""

DIFFERENCE = f"""
    INSERT INTO ledger.customers_changes BY NAME
    WITH known AS (
        SELECT customer_id, max(struct_pack(number := change_number, told := after)).told AS before
        FROM ledger.customers_changes {{among}} GROUP BY customer_id
    ), compared AS (
        SELECT coalesce(present.customer_id, known.customer_id) AS customer_id, before, told::JSON AS after,
            last_import_id
        FROM (SELECT {UUID_OF_HALVES} AS customer_id, last_import_id, told FROM present) AS present
        FULL JOIN known ON known.customer_id = present.customer_id
        WHERE before::VARCHAR IS DISTINCT FROM told
    )
    SELECT (SELECT max(number) FROM ledger.changes) AS change_number, customer_id, before, after,
        CASE WHEN before IS NULL THEN 'created' WHEN after IS NULL THEN 'removed' ELSE 'updated' END AS kind,
        CASE WHEN kind = 'updated' THEN [
            name FOR name IN {list(FIELDS)!r} IF (before -> name) IS DISTINCT FROM (after -> name)
        ] END AS changed_fields,
        coalesce(CASE WHEN newest.import_id IN (SELECT import_id FROM ledger.imports) THEN last_import_id END,
            newest.import_id) AS import_id,
        newest.changed_at
    FROM compared, ({NEWEST_FACT}) AS newest
"""

OF_THIS_CHANGE = f"""
    DELETE FROM ledger.customers_changes
    WHERE change_number = (SELECT max(number) FROM ledger.changes) AND customer_id IN (FROM {AFFECTED})
"""


def feed_is_on(connection: Connection) -> bool:
    """Whether changes are noted."""
    return number_of(connection, "SELECT count(*) FROM ledger.change_feed") > 0


def feed_affected(connection: Connection, writer: Connection) -> None:
    """Note what became of the affected customers; both sides have the table of them, and the ledger its new number."""
    # One entry for a customer and change, however often a transaction folds it.
    connection.execute(OF_THIS_CHANGE)
    _feed(connection, writer, f"SEMI JOIN {AFFECTED} USING (customer_id)")


def feed_everybody(connection: Connection, writer: Connection) -> None:
    """Begin with everybody who is in the table."""
    _feed(connection, writer, "")


def _feed(connection: Connection, writer: Connection, among: str) -> None:
    with frame_as(connection, "present", rows_of(writer, f"{ROWS} {among}")):
        connection.execute(DIFFERENCE.format(among=among))
