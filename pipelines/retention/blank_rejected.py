"""Rejected rows that are past their period: what their sender wrote in them is blanked (PIT-75).

Lives here: which texts those are, and blanking them in the ledger and the next snapshot. Not here: whose period is over
(`past_period.py`). That there was a row, its number and the codes of its reasons stay: the history is made of them.
"""

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from pipelines.customers.affected import nobody_is_affected
from pipelines.customers.derive import derive
from pipelines.home import Home
from pipelines.ledger.transaction import current_as_of, next_over, note_change, verified
from pipelines.rejects.write import BLANK, OF_ERASED
from pipelines.warehouse.database import Connection, frame_as, rows_of, transaction

INSTANT = pl.Datetime(time_zone="UTC")

TOLD = f"""
    SELECT rowid AS place, import_id, strlen(concat("row"::VARCHAR, typed::VARCHAR, reasons::VARCHAR)) AS byte_count
    FROM ledger.rejected_rows WHERE NOT {OF_ERASED} AND (
        NOT coalesce({BLANK}, TRUE)
        OR len([1 FOR each IN reasons IF coalesce(each.value, each.message) IS NOT NULL]) > 0
    )
"""
"""The rows of which anything that their sender wrote is left; a message quotes it too."""

NO_TEXTS = pl.DataFrame(schema={"place": pl.Int64, "since": INSTANT, "byte_count": pl.Int64})

BLANKED = """
    UPDATE ledger.rejected_rows SET "row" = CASE WHEN "row" IS NOT NULL THEN '{}' END, typed = NULL, reasons = [
        {'code': each.code, 'field': each.field, 'header': each.header, 'value': NULL, 'message': NULL}
        FOR each IN reasons
    ]
    FROM past WHERE rejected_rows.rowid = past.place
"""


def texts_of(connection: Connection, imports: Mapping[str, datetime]) -> pl.DataFrame:
    """The rejected rows of these imports that still have their texts: `place`, `since`, `byte_count`."""
    known = pl.DataFrame(list(imports.items()), schema={"import_id": pl.String, "since": INSTANT}, orient="row")
    if known.is_empty():
        return NO_TEXTS
    return rows_of(connection, TOLD).join(known, on="import_id").select("place", "since", "byte_count")


def blank_texts(connection: Connection, home: Home, texts: pl.DataFrame) -> None:
    """Blank these texts of `texts_of`, in one transaction with the next snapshot. Raises ChecksFailed, Unpublished."""
    if texts.is_empty():
        return
    as_of = current_as_of(connection)
    with next_over(connection, home) as writer, transaction(connection):
        note_change(connection, as_of)
        with frame_as(connection, "past", texts.select("place")):
            connection.execute(BLANKED)
        nobody_is_affected(connection)
        derive(connection, writer, as_of, False, "clock")
        verified(connection)
