"""The history of priorities: a log that gets a line when a customer's priority differs from its latest one.

Lives here: comparing with the log, adding to it, reading the priority before the latest change. Not here: the
formula (`priority.py`), the priority table (`derive.py`).
"""

from datetime import date

import polars as pl

from pipelines.customers.merge import IDS
from pipelines.warehouse.database import HALVES_OF_UUID, UUID_OF_HALVES, Connection, frame_as, number_of, rows_of

# `max(…, 2)` keeps the two newest entries of each customer without sorting the log.
LATEST = f"""
    SELECT {HALVES_OF_UUID}, entries[1].priority AS latest, entries[2].priority AS one_before
    FROM (
        SELECT customer_id, max({{'number': change_number, 'priority': priority}}, 2) AS entries
        FROM ledger.priority_changes
        SEMI JOIN (SELECT {UUID_OF_HALVES} AS customer_id FROM prioritised) AS due USING (customer_id)
        GROUP BY customer_id
    )
"""


def note_changes(connection: Connection, validated: pl.DataFrame, as_of: date, cause: str) -> pl.DataFrame:
    """Log the priorities that are new, and add `previous_priority`: the one before the latest change.

    In and out: one row per customer with `id_high`, `id_low`, `priority`, `monthly_spend` and any other column.
    """
    known = _latest_priorities(connection, validated)
    compared = validated.join(known, on=IDS, how="left") if known.height else validated.with_columns(_NEVER)
    changed = compared.filter(pl.col("latest").ne_missing(pl.col("priority")))
    _log(connection, changed, as_of, cause)
    # Where nothing changed now, the latest entry is the present one.
    before = pl.when(pl.col("latest") == pl.col("priority")).then("one_before").otherwise("latest")
    return compared.with_columns(previous_priority=before)


_NEVER = [pl.lit(None, pl.String).alias("latest"), pl.lit(None, pl.String).alias("one_before")]


def _latest_priorities(connection: Connection, validated: pl.DataFrame) -> pl.DataFrame:
    if number_of(connection, "SELECT count(*) FROM ledger.priority_changes") == 0:
        return pl.DataFrame()
    with frame_as(connection, "prioritised", validated.select(*IDS)):
        return rows_of(connection, LATEST)


def _log(connection: Connection, changed: pl.DataFrame, as_of: date, cause: str) -> None:
    with frame_as(connection, "changed", changed.select(*IDS, "priority", "monthly_spend")):
        connection.execute(
            f"INSERT INTO ledger.priority_changes SELECT {UUID_OF_HALVES}, $as_of, priority, monthly_spend, $cause, "
            "(SELECT max(number) FROM ledger.changes) FROM changed",
            {"as_of": as_of, "cause": cause},
        )
