"""Which customers a change of the ledger concerns.

Lives here: the temporary table of affected customers on the ledger's side. Not here: what is done with them.
"""

from collections.abc import Sequence

from pipelines.warehouse.database import Connection

AFFECTED = "touched_customers"

SHARERS = f"""
    INSERT INTO {AFFECTED} FROM (
        WITH shared AS (
            SELECT address_id FROM ledger.addresses SEMI JOIN {AFFECTED} USING (customer_id)
            UNION SELECT address_id FROM ledger.addresses WHERE address_id IN (FROM {AFFECTED})
        )
        SELECT customer_id FROM ledger.addresses SEMI JOIN shared USING (address_id)
        UNION SELECT address_id FROM shared
    ) AS sharers ANTI JOIN {AFFECTED} USING (customer_id)
"""


def selected_are_affected(connection: Connection, query: str) -> None:
    """Touch the customers whose `customer_id` a query gives."""
    _affect(connection, query)


def nobody_is_affected(connection: Connection) -> None:
    """No customer is affected."""
    _affect(connection, "SELECT customer_id FROM ledger.contributions LIMIT 0")


def everybody_is_affected(connection: Connection) -> None:
    """Every customer there is or was is affected."""
    _affect(
        connection,
        "SELECT customer_id FROM ledger.contributions UNION SELECT customer_id FROM ledger.stripe_contributions",
    )


def imports_are_affected(connection: Connection, sequences: Sequence[int]) -> None:
    """Touch the customers of these imports, and whom they removed as clean-ups; no other money moves (PIT-100)."""
    listed = ", ".join(str(int(sequence)) for sequence in sequences)
    _affect(
        connection,
        f"""
        SELECT customer_id FROM ledger.contributions WHERE import_seq IN ({listed})
        UNION
        SELECT customer_id FROM ledger.tombstones WHERE import_seq IN ({listed})
        """,
    )


def _affect(connection: Connection, query: str) -> None:
    """Touch them, and with them whoever may have an address of theirs: it is one customer's in the table."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {AFFECTED} AS {query}")
    connection.execute(SHARERS)
