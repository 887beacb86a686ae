"""Which customers a change of the ledger concerns.

Lives here: the temporary table of touched customers on the ledger's side. Not here: what is done with them.
"""

from collections.abc import Sequence

from pipelines.warehouse.database import Connection

TOUCHED = "touched_customers"

SHARERS = f"""
    INSERT INTO {TOUCHED} FROM (
        WITH shared AS (
            SELECT address_id FROM ledger.addresses SEMI JOIN {TOUCHED} USING (customer_id)
            UNION SELECT address_id FROM ledger.addresses WHERE address_id IN (FROM {TOUCHED})
        )
        SELECT customer_id FROM ledger.addresses SEMI JOIN shared USING (address_id)
        UNION SELECT address_id FROM shared
    ) AS sharers ANTI JOIN {TOUCHED} USING (customer_id)
"""


def touch_selected(connection: Connection, query: str) -> None:
    """Touch the customers whose `customer_id` a query gives."""
    _touch(connection, query)


def touch_nobody(connection: Connection) -> None:
    """No customer is touched."""
    _touch(connection, "SELECT customer_id FROM ledger.contributions LIMIT 0")


def touch_everybody(connection: Connection) -> None:
    """Every customer there is or was is touched."""
    _touch(
        connection,
        "SELECT customer_id FROM ledger.contributions UNION SELECT customer_id FROM ledger.stripe_contributions",
    )


def touch_imports(connection: Connection, sequences: Sequence[int]) -> None:
    """Touch the customers of these imports, and whom they removed as clean-ups; no other money moves (PIT-100)."""
    listed = ", ".join(str(int(sequence)) for sequence in sequences)
    _touch(
        connection,
        f"""
        SELECT customer_id FROM ledger.contributions WHERE import_seq IN ({listed})
        UNION
        SELECT customer_id FROM ledger.tombstones WHERE import_seq IN ({listed})
        """,
    )


def _touch(connection: Connection, query: str) -> None:
    """Touch them, and with them whoever may have an address of theirs: it is one customer's in the table."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {TOUCHED} AS {query}")
    connection.execute(SHARERS)
