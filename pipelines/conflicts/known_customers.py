"""Whom an import may create or change: rows of other customers are left out, in the order in which imports come in.

Lives here: sources that only update (`creates: false`) and sources that only add (`updates: false`). Not here: which
fields a source may change (`owned_fields.py`, `pipelines/customers/update_rules.py`).
"""

from pathlib import Path

import polars as pl

from pipelines.conflicts.overlaps import Overlap
from pipelines.models.sheet import ROW
from pipelines.models.staged_file import ACCEPTED, AS_SENT, StagedFile
from pipelines.rejects.late_reasons import LateReason
from pipelines.rejects.resolve import NO_ROWS, amount_of, origins_of
from pipelines.warehouse.database import UUID_OF_HALVES, Connection, rows_of
from schemas.sentences.note import Note

UNKNOWN = "CUSTOMER_NOT_KNOWN"
SKIPPED = "KNOWN_CUSTOMERS_SKIPPED"


def left_out(connection: Connection, folder: Path, overlap: Overlap) -> tuple[StagedFile, pl.Series]:
    """The rows of customers whom the source may not create, or may not change; and the staged file without them.

    The former are to be rejected, the latter are skipped and told in one warning with their money. Who is known is
    asked of the ledger as it is now; an import that this one replaces makes nobody known, nor does the one that
    rejected the rows which come back, nor what leans on either: a change by hand, a guest's row of Stripe.
    """
    staged_file = overlap.staged_file
    if staged_file.creates and staged_file.updates:
        return staged_file, NO_ROWS
    rows = _of_known(connection, folder, overlap).filter(pl.col("known") == staged_file.creates)[ROW]
    if rows.is_empty():
        return staged_file, rows
    amount, count = amount_of(connection, folder, rows), len(rows)
    counts: dict[str, object] = {
        "rows_accepted": staged_file.rows_accepted - count,
        "amount_accepted": staged_file.amount_accepted - amount,
    }
    # Skipped, for it is no fault of anybody; rows of customers whom nobody knows are rejected.
    if staged_file.creates:
        note = Note(SKIPPED, found=count, value=round(amount, 2), row=rows.min())
        counts["rows_skipped"] = staged_file.rows_skipped + count
        counts["warnings"] = (*staged_file.warnings, note.line(staged_file.language))
    else:
        counts["rows_rejected"] = staged_file.rows_rejected + count
    return staged_file.model_copy(update=counts), rows


def reasons_of_unknown(folder: Path, rows: pl.Series) -> list[LateReason]:
    """Why rows of unknown customers are rejected, each with what it says of who it is."""
    sent = pl.read_parquet(folder / AS_SENT, columns=[ROW, "cells"]).filter(pl.col(ROW).is_in(rows.implode()))
    key = sent.select(ROW, pl.col("cells").list.first().alias("key")).unnest("key")
    return [
        LateReason(row, UNKNOWN, field, header, value)
        for row, field, header, value in key.select(ROW, "field", "header", "value").iter_rows()
    ]


def _of_known(connection: Connection, folder: Path, overlap: Overlap) -> pl.DataFrame:
    """Each accepted row that would count (`row_number`), and whether its customer is `known`."""
    origins = origins_of(connection, folder)["origin_import_id"].unique().to_list()
    found = rows_of(
        connection,
        f"""
        SELECT row_number, coalesce(survivor_id, {UUID_OF_HALVES}) IN (
            SELECT customer_id FROM ledger.live WHERE first_seq IS NOT NULL AND import_seq NOT IN (
                SELECT import_seq FROM ledger.imports
                WHERE import_seq IN (SELECT unnest($replaced)) OR import_id IN (SELECT unnest($origins))
            )
        ) AS known
        FROM read_parquet($accepted) LEFT JOIN ledger.merged_customers ON customer_id = {UUID_OF_HALVES}
        """,
        {"replaced": list(overlap.replaces), "origins": origins, "accepted": str(folder / ACCEPTED)},
    )
    return found.filter(~pl.col(ROW).is_in(overlap.skipped.implode()))
