"""Counting what a home holds, to compare a restored one with the one that was copied.

Lives here: the question. Not here: what comes of a difference (`restore.py`).
"""

from datetime import datetime
from decimal import Decimal

from pipelines.backup.manifest import Counts
from pipelines.home import Home
from pipelines.warehouse.database import Connection, published, row_of

IN_LEDGER = """
    SELECT (SELECT count(*) FROM ledger.imports), (SELECT count(*) FROM ledger.contributions),
        (SELECT count(*) FROM ledger.rejected_rows), (SELECT max(started_at) FROM ledger.imports)
"""
IN_SNAPSHOT = (
    "SELECT count(*), coalesce(sum(total_spent), 0)::DECIMAL(38,3), coalesce(sum(refund_volume), 0)::DECIMAL(38,3) "
    "FROM customers"
)


def counted(connection: Connection, home: Home) -> Counts:
    """What the ledger and the snapshot that shows it hold; the snapshot is up to the ledger."""
    imports, accepted, rejected, last = row_of(connection, IN_LEDGER) or (0, 0, 0, None)
    customers: object = 0
    spent: object = 0
    refunded: object = 0
    if home.published.exists():
        with published(home.published) as snapshot:
            customers, spent, refunded = row_of(snapshot, IN_SNAPSHOT) or (0, 0, 0)
    return Counts(
        imports=int(str(imports)),
        accepted_rows=int(str(accepted)),
        rejected_rows=int(str(rejected)),
        customers=int(str(customers)),
        total_spent=Decimal(str(spent)),
        refund_volume=Decimal(str(refunded)),
        last_import_at=last if isinstance(last, datetime) else None,
    )
