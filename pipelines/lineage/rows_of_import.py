"""What one import brought, row by row: accepted rows with their customer and values, rejected ones with their reasons.

Lives here: the question, of any import whatever became of it (UP-14). Not here: where a customer's value comes from
(`customer_values.py`). An import that was undone or replaced keeps its rows in the ledger, and they are shown with its
status; one that is held, refused or failed brought none: its entry and its rejected rows are all there is.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.home import Home
from pipelines.ledger.known_imports import no_import
from pipelines.lineage.known_now import known_now
from pipelines.warehouse.database import Connection, row_of, rows_of
from schemas.ledger import NEWEST, SUMMED

ENTRY = "FROM ledger.import_history WHERE import_id = ?"
SEQUENCE = "SELECT import_seq FROM ledger.imports WHERE import_id = ?"

SHOWN = ("email", *NEWEST, *SUMMED, "first_payment_date", "last_payment_date", "payment_id", "payment_state")

ACCEPTED = f"""
    SELECT row_number, CASE WHEN count(*) OVER (PARTITION BY customer_id) > 1 THEN 'merged' ELSE 'accepted' END AS kind,
        customer_id::VARCHAR AS customer_id, {", ".join(SHOWN)}
    FROM ledger.owned_contributions WHERE import_seq = ? ORDER BY row_number
"""
"""Rows of one customer are merged into it."""

OF_ACCOUNT = """
    SELECT NULL::BIGINT AS row_number, 'accepted' AS kind, customer_id::VARCHAR AS customer_id, email,
        coalesce(name, guessed_name) AS name, total_spent, payment_count, refund_volume, first_payment_date,
        last_payment_date
    FROM ledger.owned_stripe_contributions WHERE import_seq = ? ORDER BY email
"""
REJECTED = """
    SELECT row_number, severity, list_transform(reasons, lambda reason: reason.code) AS codes,
        list_transform(reasons, lambda reason: reason.message) AS messages, "row"::VARCHAR AS "row",
        resolved_by_import_id
    FROM ledger.listed_rejects WHERE import_id = ? ORDER BY row_number
"""


@dataclass(frozen=True)
class ImportedRows:
    """What an import brought: its line of `import_history`, accepted rows, rejected rows; skipped ones are counted."""

    entry: dict[str, object]
    accepted: pl.DataFrame
    rejected: pl.DataFrame


def rows_of_import(home: Home, import_id: str) -> ImportedRows:
    """The rows of one import.

    Raises:
        WrongUse: there is no such import.
    """
    with known_now(home) as connection:
        entries = rows_of(connection, ENTRY, [import_id]).to_dicts()
        found = row_of(connection, SEQUENCE, [import_id])
        if not entries or found is None:
            raise no_import(connection, import_id)
        return ImportedRows(entries[0], _accepted(connection, found[0]), rows_of(connection, REJECTED, [import_id]))


def _accepted(connection: Connection, sequence: object) -> pl.DataFrame:
    """The accepted rows of a file, or what an account says since this sync; columns without any value are left out."""
    of_file = rows_of(connection, ACCEPTED, [sequence])
    # A sync has no rows of its own: what the account says stands under the import that wrote it last.
    rows = of_file if of_file.height else rows_of(connection, OF_ACCOUNT, [sequence])
    return rows.select(name for name in rows.columns if name == "row_number" or rows[name].null_count() < rows.height)
