"""Every table beside `customers`, written anew for the affected customers.

Lives here: which tables there are. Not here: any of them. A new one is a module with a `write_…(connection, writer)`
that forgets the affected customers' rows in the next snapshot and writes those that their live facts make, and that
costs next to nothing where the ledger has no such facts.
"""

from pipelines.customers.relations.external_ids import write_external_ids
from pipelines.warehouse.database import Connection


def write_relations(connection: Connection, writer: Connection) -> None:
    """Bring every table beside `customers` to what the live rows of the affected customers say.

    `connection` has the ledger's open transaction, `writer` that of the next snapshot, whose `customers` are written.
    """
    write_external_ids(connection, writer)
