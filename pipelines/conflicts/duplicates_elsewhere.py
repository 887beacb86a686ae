"""Repeated elsewhere: which money of a new file another source has brought already (PIT-67).

Lives here: recognising the file's bytes and its money among the live imports of other sources. Not here: rows of the
same source (`duplicate_rows.py`), what is done about it (`overlaps.py`).

The same list of contacts in two sources harms nobody, so rows without money are not compared. Sources name their
customers differently and tell more or less of them; so rows are the same here when who paid, how much and when are.
"""

from pathlib import Path

import polars as pl

from pipelines.conflicts.duplicate_rows import NONE, Repeats, share_of
from pipelines.warehouse.database import Connection, number_of, row_of, rows_of

# Accounts are compared by `double_counting.py`; decisions of people bring no money.
OTHERS = """
    SELECT import_seq FROM ledger.import_keys
    WHERE source <> $source AND status LIKE 'done%' AND format NOT IN ('stripe', 'cleanup', 'merge', 'separate')
"""
VALUES = {
    "email": "VARCHAR",
    "external_id": "VARCHAR",
    "name": "VARCHAR",
    "total_spent": "DECIMAL(18,3)",
    "refund_volume": "DECIMAL(18,3)",
    "first_payment_date": "DATE",
    "last_payment_date": "DATE",
}
MONEY = "(coalesce(total_spent, 0) <> 0 OR coalesce(refund_volume, 0) <> 0)"
PRINT = """
    hash(coalesce(lower(email), external_id, lower(name)), coalesce(total_spent, 0),
        CASE WHEN coalesce(total_spent, 0) = 0 THEN refund_volume END, first_payment_date, last_payment_date)
"""
"""Who, how much, when. What was given back of a payment is a later state of the same money, which counts twice too."""


def repeats_elsewhere(connection: Connection, source: str, sha256: str, accepted: Path) -> Repeats:
    """Compare the money of a file with that of every other source's live imports.

    Args:
        connection: with the ledger's open transaction; two temporary tables are left in it.
        source: whose file it is.
        sha256: of its bytes. Where they are those of another import with money, that one is `closest`, and the file
            repeats it whole, however many rows were read from it.
        accepted: the file's AcceptedRows as they go into the ledger.
    """
    others = rows_of(connection, OTHERS, {"source": source})["import_seq"].to_list()
    if not others:
        return NONE
    listed = ", ".join(map(str, others))
    _note_money(connection, accepted, listed)
    everything = number_of(connection, "SELECT count(*) FROM new_money")
    # The very same bytes are the same list, even where the other source's profile read its rows otherwise.
    twin = row_of(connection, f"{TWIN} AND import_seq IN ({listed}) ORDER BY import_seq DESC LIMIT 1", [sha256])
    closest = row_of(connection, CLOSEST)
    if everything == 0 or (twin is None and closest is None):
        return NONE
    rows = rows_of(connection, KNOWN)["row_number"]
    if twin is not None:
        return Repeats(rows, int(str(twin[0])), everything, share_of(everything, everything), all_of_few=True)
    sequence, count, telling = (int(str(value)) for value in closest or ())
    return Repeats(rows, sequence, count, share_of(count, everything), all_of_few=count == everything and telling > 0)


TWIN = f"""
    SELECT import_seq FROM ledger.imports WHERE sha256 = ?
        AND import_seq IN (SELECT import_seq FROM ledger.contributions WHERE {MONEY})
"""

CLOSEST = """
    SELECT import_seq, sum(least(wanted, held))::BIGINT AS repeated,
        CASE WHEN sum(least(wanted, held)) > 1 OR bool_or(dated) THEN 1 ELSE 0 END AS telling
    FROM (SELECT print, count(*) AS wanted, bool_or(dated) AS dated FROM new_money GROUP BY print)
    JOIN earlier_money USING (print) GROUP BY import_seq ORDER BY repeated DESC, import_seq DESC LIMIT 1
"""
"""One customer with one total and no day in two sources may be chance; two, or a day, hardly are."""

KNOWN = """
    SELECT row_number FROM new_money
    JOIN (SELECT print, sum(held) AS held FROM earlier_money GROUP BY ALL) USING (print)
    WHERE occurrence <= held ORDER BY row_number
"""


def _note_money(connection: Connection, accepted: Path, listed: str) -> None:
    """The file's rows with money, and how often each import of other sources holds such a row."""
    known = set(pl.read_parquet_schema(accepted))
    values = ", ".join(f"{name if name in known else 'NULL'}::{kind} AS {name}" for name, kind in VALUES.items())
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE new_money AS
        SELECT row_number, coalesce(total_spent, 0) AS total, first_payment_date IS NOT NULL AS dated, {PRINT} AS print,
            row_number() OVER (PARTITION BY {PRINT} ORDER BY row_number) AS occurrence
        FROM (SELECT row_number, {values} FROM read_parquet(?)) WHERE {MONEY}
        """,
        [str(accepted)],
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE earlier_money AS
        SELECT import_seq, {PRINT} AS print, count(*) AS held FROM ledger.contributions
        WHERE import_seq IN ({listed}) AND {MONEY} AND coalesce(total_spent, 0) IN (SELECT total FROM new_money)
        GROUP BY ALL
        """
    )
