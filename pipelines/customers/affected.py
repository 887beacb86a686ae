"""Which customers a change of the ledger concerns.

Lives here: the temporary table of affected customers on the ledger's side, and whether they are all that there are. Not
here: what is done with them.
"""

from collections.abc import Sequence

from pipelines.warehouse.database import Connection, number_of, value_of

AFFECTED = "affected_customers"

EXTENT = "extent_of_affected"
"""The temporary table that says in its one row, `everybody`, whether nobody's contributions are left out."""

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

MERGED = f"""
    INSERT INTO {AFFECTED}
        SELECT customer_id FROM ledger.merged_customers WHERE family_id IN (
            SELECT family_id FROM ledger.merged_customers SEMI JOIN {AFFECTED} USING (customer_id)
        ) AND customer_id NOT IN (FROM {AFFECTED})
"""


def selected_are_affected(connection: Connection, query: str) -> None:
    """The customers whose `customer_id` a query gives are affected."""
    _affect(connection, query)


def are_all_affected(connection: Connection) -> bool:
    """Whether it is known, at no cost, that every customer of the ledger is affected: no question joins them then."""
    return bool(value_of(connection, f"SELECT everybody FROM {EXTENT}"))


def nobody_is_affected(connection: Connection) -> None:
    """No customer is affected."""
    _affect(connection, "SELECT customer_id FROM ledger.contributions LIMIT 0")


def everybody_is_affected(connection: Connection) -> None:
    """Every customer there is or was is affected."""
    _affect(
        connection,
        "SELECT customer_id FROM ledger.contributions UNION SELECT customer_id FROM ledger.stripe_contributions",
        "TRUE",
    )


def imports_are_affected(connection: Connection, sequences: Sequence[int]) -> None:
    """The customers of these imports are affected, whom they removed as clean-ups, and whom they merged or separated;
    no other money moves (PIT-100).
    """
    listed = ", ".join(str(int(sequence)) for sequence in sequences)
    _affect(
        connection,
        f"""
        SELECT customer_id FROM ledger.contributions WHERE import_seq IN ({listed})
        UNION
        SELECT customer_id FROM ledger.tombstones WHERE import_seq IN ({listed})
        UNION
        SELECT unnest([survivor_id, other_id]) FROM ledger.merges WHERE import_seq IN ({listed})
        """,
        # The first import into a ledger, most of all: 0.3 s of CPU at a million customers.
        f"NOT EXISTS (FROM ledger.contributions WHERE import_seq NOT IN ({listed})) "
        "AND NOT EXISTS (FROM ledger.stripe_contributions)",
    )


def _affect(connection: Connection, query: str, everybody: str = "FALSE") -> None:
    """They are affected, whoever is or was one with them, and with them whoever may have an address of theirs: it is
    one customer's in the table. `everybody`: the condition under which they are all that there are.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {EXTENT} AS SELECT {everybody} AS everybody")
    merged = (MERGED,) if number_of(connection, "SELECT count(*) FROM ledger.merged_customers") else ()
    shared = (SHARERS,) if number_of(connection, "SELECT count(*) FROM ledger.addresses") else ()
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {AFFECTED} AS {query}")
    # Merged twice: sharers of an address may be part of other families, who come with all of theirs.
    for closure in (*merged, *shared, *merged) if shared else merged:
        connection.execute(closure)
