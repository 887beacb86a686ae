"""Reasons that only the ledger could tell: they join those which validation found in an import's rejected rows.

Lives here: adding them in the open transaction. Not here: what is wrong (`pipelines/conflicts/known_customers.py`,
`owned_fields.py`), what it changes of the import (`pipelines/ledger/write_import.py`).
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipelines.models.sheet import ROW
from pipelines.models.staged_file import AS_SENT, StagedFile
from pipelines.rejects.resolve import origins_of
from pipelines.warehouse.database import Connection, frame_as
from schemas.codes import message
from schemas.imports import REASON


class LateReason(NamedTuple):
    """Why a row or a value is not taken: the row's number, the code, the cell; `owner` is named where there is one."""

    row_number: int
    code: str
    field: str | None
    header: str | None
    value: str | None
    owner: str | None = None

    def told(self, language: str) -> dict[str, str | None]:
        """The reason as it stands in `rejected_rows`."""
        text = message(
            self.code,
            language,
            found=self.value,
            header=self.header or self.field,
            field=self.field,
            expected=self.owner,
        )
        return {"code": self.code, "field": self.field, "header": self.header, "value": self.value, "message": text}


class Rejecting(NamedTuple):
    """The import whose rows are rejected, and where its frames lie."""

    import_id: str
    staged_file: StagedFile
    folder: Path
    now: datetime


def add_reasons(connection: Connection, rejecting: Rejecting, reasons: Sequence[LateReason], severity: str) -> None:
    """Add reasons to rows of an import; a row that has some already keeps them, and the graver severity counts."""
    language = rejecting.staged_file.language
    listed = (
        pl.DataFrame(
            [(each.row_number, each.told(language)) for each in reasons],
            schema={ROW: pl.Int64, "reason": REASON},
            orient="row",
        )
        .group_by(ROW, maintain_order=True)
        .agg(reasons="reason", severity=pl.lit(severity))
    )
    with frame_as(connection, "late", listed):
        connection.execute(
            "UPDATE ledger.rejected_rows AS known SET reasons = list_concat(known.reasons, late.reasons), "
            # `row` is greater than `field` as text too.
            "severity = greatest(known.severity, late.severity) FROM late "
            "WHERE known.import_id = ? AND known.row_number = late.row_number",
            [rejecting.import_id],
        )
        _insert_others(connection, rejecting)


def _insert_others(connection: Connection, rejecting: Rejecting) -> None:
    """The rows that had no reason yet, as their sender wrote them."""
    staged_file = rejecting.staged_file
    with frame_as(connection, "origins", origins_of(connection, rejecting.folder)):
        connection.execute(
            "INSERT INTO ledger.rejected_rows BY NAME SELECT ? AS import_id, ? AS source, ? AS file_name, ? AS sheet, "
            "row_number, severity, reasons, row, typed, ?::TIMESTAMPTZ AS rejected_at, "
            "origin_import_id AS retry_of_import_id, origin_row_number AS retry_of_row_number "
            "FROM late JOIN read_parquet(?) USING (row_number) LEFT JOIN origins USING (row_number) "
            "WHERE row_number NOT IN (SELECT row_number FROM ledger.rejected_rows WHERE import_id = ? "
            "AND row_number IS NOT NULL)",
            [
                rejecting.import_id,
                staged_file.source,
                staged_file.file_name,
                staged_file.sheet,
                rejecting.now,
                str(rejecting.folder / AS_SENT),
                rejecting.import_id,
            ],
        )
