"""Publishing the lineage of everybody: `customer_values` of the snapshot, as the ledger stands.

Lives here: filling the table, share by share, so that memory is bounded however many customers there are. Not here:
what a customer's values are (`customer_values.py`). A change of the ledger leaves the table empty
(`pipelines/publishing/snapshot.py`): no import pays for it, and it never tells what is no longer so.
"""

from pipelines.customers import batches
from pipelines.customers.affected import selected_are_affected
from pipelines.home import Home
from pipelines.ledger.transaction import current_as_of, ledger_transaction, next_over
from pipelines.lineage.customer_values import found_values, insert_values
from pipelines.progress import Report, silent
from pipelines.warehouse.database import Connection, number_of, transaction

ROWS_OF_CUSTOMER = 8
"""For how many rows of a batch a customer counts. With twice as many, a million rows took no less memory (1.2 GB) and
more CPU (42 s for 30 s).
"""


def publish_with_values(home: Home, report: Report = silent) -> None:
    """Swap the snapshot in again as the ledger stands, with the lineage of everybody.

    Raises WrongUse where nothing was imported yet.
    """
    with ledger_transaction(home) as connection:
        current_as_of(connection)
        with next_over(connection, home) as writer:
            _fill(connection, writer, home, report)


def _fill(connection: Connection, writer: Connection, home: Home, report: Report) -> None:
    everybody = "SELECT customer_id FROM snapshot.main.customers"
    total = number_of(connection, f"SELECT count(*) FROM ({everybody})")
    shares = batches.shares(total * ROWS_OF_CUSTOMER)
    for number, share in enumerate(shares, 1):
        report(f"lineage, part {number} of {len(shares)}")
        selected_are_affected(connection, f"{everybody} {share}")  # and whoever shares an address with them
        for found in found_values(connection, home, 1):
            with transaction(writer):
                insert_values(writer, found, share)
