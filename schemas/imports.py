"""What senders and engineers read about imports: the history and the rejected rows.

Lives here: one contract per table, the closed list of statuses. Not here: how they are written.
"""

from typing import Annotated

import pandera.polars as pa
import polars as pl

from schemas.base import Contract, Instant, Money, Texts

STATUSES = ("done", "done_with_rejects", "held", "refused", "failed", "undone", "replaced")
SEVERITIES = ("file", "row", "field")
REASON_PARTS = ("code", "field", "header", "value", "message")
REASON = pl.Struct(dict.fromkeys(REASON_PARTS, pl.String()))
Reasons = Annotated[pl.List, REASON]
# `value` is a word of SQL, and needs its quotes.
_REASONS_SQL = 'STRUCT(code VARCHAR, field VARCHAR, header VARCHAR, "value" VARCHAR, message VARCHAR)[]'


RESOLVED = "The later import that brought the row mended"


class ImportHistory(Contract):
    """One row per import: what came, how it was read, what became of it."""

    import_id: str = pa.Field(unique=True, description="Source and content of the file")
    source: str = pa.Field(description="Source as in sources.yaml; manual: somebody entered it by hand")
    file_name: str = pa.Field(description="Name the file came with; of an entry by hand add or edit")
    sha256: str = pa.Field(description="SHA-256 of the file's bytes")
    format: str = pa.Field(nullable=True, description="Format by content")
    profile: str = pa.Field(description="Profile it was validated by")
    status: str = pa.Field(isin=STATUSES, description="What became of it")
    rows_read: int = pa.Field(description="Rows below the header that are not blank")
    rows_blank: int = pa.Field(description="Blank rows below the header")
    rows_accepted: int = pa.Field(description="Rows that went into the ledger")
    rows_rejected: int = pa.Field(description="Rows that did not; accepted + rejected + skipped = read")
    rows_skipped: int = pa.Field(
        description="Rows left out that are not at fault: in the ledger already, in a file refused for its bad rows, "
        "items of an order, or money that is nobody's payment"
    )
    rows_merged: int = pa.Field(description="Accepted rows beyond the first of their customer in this file")
    customers_created: int = pa.Field(description="Customers that the table did not have before and has now")
    customers_updated: int = pa.Field(description="Existing customers that changed")
    customers_unchanged: int = pa.Field(description="Existing customers that stayed as they were")
    customers_kept_away: int = pa.Field(
        description="Customers that a clean-up keeps out of the table; merged + created + updated + unchanged + "
        "kept away = accepted"
    )
    customers_removed: int = pa.Field(description="Of a clean-up: customers that it took out of the table")
    amount_accepted: Money = pa.Field(
        description="What the accepted rows added to total_spent when they came in; less than nothing where they took "
        "back payments of earlier imports"
    )
    amount_repeated: Money = pa.Field(
        description="Money of the accepted rows that earlier imports had counted: accepted + repeated is the sum of "
        "total_spent over the rows"
    )
    mapping: str = pa.Field(
        nullable=True, metadata={"sql": "JSON"}, description="Field to column title, and the ignored titles"
    )
    dialect: str = pa.Field(nullable=True, metadata={"sql": "JSON"}, description="Encoding, delimiter, header row")
    warnings: Texts = pa.Field(description="What was noticed and not held against it")
    started_at: Instant = pa.Field(description="UTC")
    finished_at: Instant = pa.Field(description="UTC")
    imported_by: str = pa.Field(description="Who started it")
    run_id: str = pa.Field(nullable=True, description="Dagster run")
    message: str = pa.Field(nullable=True, description="The outcome in a sentence")
    undone_at: Instant = pa.Field(nullable=True, description="UTC")
    undone_by: str = pa.Field(nullable=True, description="Who undid it")
    undone_count: int = pa.Field(
        nullable=True, description="Customers that went with the undo; of a clean-up: that came back"
    )
    language: str = pa.Field(nullable=True, description="In which its sender is told things: en, fr or pl")
    decision: str = pa.Field(nullable=True, description="Of one that was held: add, replace or skip_identical")
    decided_by: str = pa.Field(nullable=True, description="Who decided so")
    decided_at: Instant = pa.Field(nullable=True, description="UTC")
    replaced_by: str = pa.Field(nullable=True, description="The import that stands in its place")


FACTS_SINCE = (
    *("undone_at", "undone_by", "undone_count"),
    *("decision", "decided_by", "decided_at", "replaced_by"),
)
"""Columns of the history that say what became of an import since: decisions tell them."""


class OfRejectedRow(Contract):
    """What says which row was rejected, and what that costs."""

    import_id: str = pa.Field(description="The import")
    source: str = pa.Field(description="Its source")
    file_name: str = pa.Field(description="Its file")
    sheet: str = pa.Field(nullable=True, description="Sheet of a workbook")
    row_number: int = pa.Field(
        nullable=True, description="Row as the spreadsheet shows it; the header is 1; null: the whole file"
    )
    severity: str = pa.Field(isin=SEVERITIES, description="What the fault costs: file, row or field")


class RejectedRows(OfRejectedRow):
    """One row per rejected row (or refused file), with every reason and the sender's own text."""

    reasons: Reasons = pa.Field(
        metadata={"sql": _REASONS_SQL}, description="Every reason: code, field, title, value, message"
    )
    row: str = pa.Field(nullable=True, metadata={"sql": "JSON"}, description="The row in the sender's titles and text")
    typed: Texts = pa.Field(
        nullable=True, description="Titles of the cells that a workbook held as numbers, dates or booleans"
    )
    rejected_at: Instant = pa.Field(description="UTC")
    retry_of_import_id: str = pa.Field(nullable=True, description="Of a row that came back: the import it was first in")
    retry_of_row_number: int = pa.Field(nullable=True, description="Its row number there")
    resolved_by_import_id: str = pa.Field(nullable=True, description=RESOLVED)


class Deployment(Contract):
    """One row: what holds for every number in this database."""

    base_currency: str = pa.Field(description="Currency of every amount without a currency beside it, ISO 4217")
