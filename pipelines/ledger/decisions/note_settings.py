"""What `sources.yaml` says of the tables as a whole, noted in the ledger so that every snapshot shows it: segments
(SC-13), the change feed.

Lives here: the transaction. Not here: what a segment is (`pipelines/configuration/segments.py`), what the feed holds
(`pipelines/customers/relations/change_feed.py`).
"""

import polars as pl

from pipelines.configuration.segments import segment_rows
from pipelines.configuration.settings import Sources
from pipelines.customers.relations.change_feed import feed_everybody, feed_is_on
from pipelines.home import Home
from pipelines.ledger.transaction import latest_as_of, ledger_transaction, next_over, note_change
from pipelines.warehouse.database import Connection, frame_as, rows_of, transaction

NO_FEED = "DELETE FROM ledger.change_feed; DELETE FROM ledger.customers_changes"


def note_settings(home: Home, sources: Sources) -> bool:
    """Publish segments as they are told now and begin or end the change feed, where they are not so already; returns
    whether anything changed.
    """
    told = segment_rows(sources.segments)
    with ledger_transaction(home) as connection:
        as_of = latest_as_of(connection)
        segments_differ = not _segments(connection).sort(pl.all()).equals(told.sort(pl.all()))
        feed_differs = feed_is_on(connection) != sources.change_feed
        # Asked by every run: a snapshot is swapped in only where something differs.
        if as_of is None or not (segments_differ or feed_differs):
            return False
        with next_over(connection, home) as writer, transaction(connection):
            note_change(connection, as_of)
            if segments_differ:
                with frame_as(connection, "told", told):
                    connection.execute("DELETE FROM ledger.segments; INSERT INTO ledger.segments BY NAME FROM told")
            if feed_differs and sources.change_feed:
                connection.execute("INSERT INTO ledger.change_feed SELECT max(number) FROM ledger.changes")
                feed_everybody(connection, writer)
            elif feed_differs:
                connection.execute(NO_FEED)
    return True


def _segments(connection: Connection) -> pl.DataFrame:
    noted = rows_of(connection, "FROM ledger.segments")
    return segment_rows({}) if noted.is_empty() else noted
