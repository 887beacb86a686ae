"""Who may be one and the same, looked for among the customers that changed since it was last done.

Lives here: the transaction, which customers changed. Not here: how they are compared (`pipelines/duplicates/`), what
is shown of it (`pipelines/publishing/views/possible_duplicates.sql`).

It is no part of an import: a million customers take a minute, and nobody waits for it with their file.
"""

from typing import NamedTuple

import polars as pl

from pipelines.duplicates.possible_duplicates import possible_duplicates
from pipelines.home import Home
from pipelines.ledger.transaction import current_as_of, ledger_transaction, next_over, note_change
from pipelines.progress import Report, silent
from pipelines.warehouse.database import Connection, frame_as, number_of, rows_of, transaction

COMPARED = ", ".join(
    [
        "first_name",
        "last_name",
        "name",
        "company",
        "phone",
        "mobile",
        "email",
        "address",
        "postal_code",
        "city",
        "vat_number",
    ]
)

CUSTOMERS = f"""
    SELECT customer_id::VARCHAR AS customer_id, {COMPARED}, "references",
        hash({COMPARED}, list_sort("references")) AS fingerprint
    FROM snapshot.main.customers LEFT JOIN (
        SELECT customer_id, list(DISTINCT external_id) AS "references" FROM snapshot.main.customer_external_ids
        GROUP BY ALL
    ) USING (customer_id) ORDER BY customer_id
"""

CHANGED = """
    SELECT coalesce(now.customer_id, earlier.customer_id::VARCHAR) AS customer_id, now.fingerprint
    FROM now FULL JOIN ledger.compared_customers AS earlier ON earlier.customer_id = now.customer_id::UUID
    WHERE now.fingerprint IS DISTINCT FROM earlier.fingerprint
"""

WRITE = """
    DELETE FROM ledger.compared_customers WHERE customer_id IN (SELECT customer_id::UUID FROM changed);
    INSERT INTO ledger.compared_customers
        SELECT customer_id, fingerprint FROM changed WHERE fingerprint IS NOT NULL;
    DELETE FROM ledger.duplicate_pairs WHERE customer_a IN (SELECT customer_id::UUID FROM changed)
        OR customer_b IN (SELECT customer_id::UUID FROM changed);
    INSERT INTO ledger.duplicate_pairs FROM pairs
"""

MANY = 4
"""From one changed customer in so many on, all are compared again: names are as rare as they are now."""


class Compared(NamedTuple):
    """How many customers were compared with the others, and how many pairs there are."""

    customer_count: int
    pair_count: int


def note_duplicates(home: Home, report: Report = silent) -> Compared:
    """Compare the customers that changed since this was last done with all others, and publish who may be one.

    Where few changed, the pairs of the others stay as they are, rated as names were rare then.
    """
    with ledger_transaction(home) as connection:
        as_of = current_as_of(connection)
        with next_over(connection, home) as writer, transaction(connection):
            customers = rows_of(writer, CUSTOMERS)
            with frame_as(connection, "now", customers.select("customer_id", "fingerprint")):
                changed = rows_of(connection, CHANGED)
            if changed.height:
                report(f"comparing {changed.height:,} of {customers.height:,} customers")
                note_change(connection, as_of)
                _compare(connection, customers, changed)
            count = number_of(connection, "SELECT count(*) FROM ledger.duplicate_pairs")
    return Compared(changed.height, count)


def _compare(connection: Connection, customers: pl.DataFrame, changed: pl.DataFrame) -> None:
    # Rarity is counted over all customers, so pairs go stale as the table changes; few changes hardly move it.
    few = changed.height * MANY < customers.height
    pairs = possible_duplicates(customers, changed["customer_id"] if few else None)
    if not few:
        connection.execute("DELETE FROM ledger.duplicate_pairs")
    with frame_as(connection, "changed", changed), frame_as(connection, "pairs", pairs):
        connection.execute(WRITE)
