"""What the deployment calls its segments, noted in the ledger so that every snapshot shows it (SC-13).

Lives here: the transaction. Not here: what a segment is (`pipelines/configuration/segments.py`).
"""

import polars as pl

from pipelines.configuration.segments import segment_rows
from pipelines.home import Home
from pipelines.ledger.transaction import latest_as_of, ledger_transaction, next_over, note_change
from pipelines.warehouse.database import frame_as, rows_of, transaction


def note_segments(home: Home, told: pl.DataFrame) -> bool:
    """Publish the segments as they are told now, where they are not so already; returns whether anything changed.

    Args:
        home: the folders.
        told: Segments, all of them.
    """
    with ledger_transaction(home) as connection:
        as_of = latest_as_of(connection)
        noted = rows_of(connection, "FROM ledger.segments")
        known = segment_rows({}) if noted.is_empty() else noted
        # Asked by every run: a snapshot is swapped in only where something differs.
        if as_of is None or known.sort(pl.all()).equals(told.sort(pl.all())):
            return False
        with next_over(connection, home), transaction(connection), frame_as(connection, "told", told):
            note_change(connection, as_of)
            connection.execute("DELETE FROM ledger.segments; INSERT INTO ledger.segments BY NAME FROM told")
    return True
