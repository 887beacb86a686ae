"""Rows that come back: which rejected row each row of a reject file stands for, and whether that one is open still.

Lives here: finding the rejected rows in the ledger, leaving out what is settled, what is told of it. Not here: reading
our columns (`pipelines/titles/reject_columns.py`), other repetitions (`pipelines/conflicts/duplicate_rows.py`). A
rejected row counts at most once, whatever brings it and whatever was changed in it; an undo opens it again.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipelines.models.sheet import ROW
from pipelines.models.staged_file import ACCEPTED, ORIGINS, REJECTED, StagedFile
from pipelines.validation.rejections import codes_of
from pipelines.warehouse.database import Connection, frame_as, rows_of, value_of
from schemas.sentences.note import Note

FOUND = """
    SELECT came.row_number, first.import_id AS origin_import_id, first.row_number AS origin_row_number,
        resolved.import_id AS settled_by, first.source, import_keys.status
    FROM read_parquet(?) AS came
    JOIN ledger.rejected_rows AS said ON said.severity = 'row'
        AND said.import_id = came.origin_import_id AND said.row_number = came.origin_row_number
    JOIN ledger.rejected_rows AS first ON first.severity = 'row'
        AND first.import_id = coalesce(said.retry_of_import_id, said.import_id)
        AND first.row_number = coalesce(said.retry_of_row_number, said.row_number)
    JOIN ledger.import_keys ON import_keys.import_id = first.import_id
    LEFT JOIN ledger.resolved ON resolved.origin_import_id = first.import_id
        AND resolved.origin_row_number = first.row_number
    ORDER BY came.row_number
"""

FOUND_SCHEMA = {
    ROW: pl.Int64,
    "origin_import_id": pl.String,
    "origin_row_number": pl.Int64,
    "settled_by": pl.String,
    "source": pl.String,
    "status": pl.String,
}
NO_ROWS = pl.Series(ROW, [], pl.Int64)
COUNTS = pl.col("status").str.starts_with("done")


@dataclass(frozen=True)
class Returned:
    """A staged file without the rows that are settled already.

    `staged_file`: with the counts and warnings of what is left. `settled`: the rows that are left out, accepted or not.
    `accepted`: those of them that were accepted. `known`: rows that were rejected in an import that counts, so that
    they repeat nothing.
    """

    staged_file: StagedFile
    settled: pl.Series = field(default_factory=lambda: NO_ROWS)
    accepted: pl.Series = field(default_factory=lambda: NO_ROWS)
    known: pl.Series = field(default_factory=lambda: NO_ROWS)


def origins_of(connection: Connection, folder: Path) -> pl.DataFrame:
    """Each row of a staged file that stands for a rejected row: that row where it was rejected first, and who settled
    it.
    """
    path = folder / ORIGINS
    return rows_of(connection, FOUND, [str(path)]) if path.exists() else pl.DataFrame(schema=FOUND_SCHEMA)


def returned(connection: Connection, folder: Path, staged_file: StagedFile) -> Returned:
    """Leave out the rows that came back before, and say so; any other staged file stays as it is.

    In a source of snapshots the rows of an import that was replaced are settled too: the newer list has them.
    """
    if not staged_file.is_reject_file:
        return Returned(staged_file)
    found = origins_of(connection, folder)
    accepted = pl.read_parquet(folder / ACCEPTED, columns=[ROW])[ROW] if staged_file.rows_accepted else NO_ROWS
    # A newer list of a source of snapshots has taken the place of the one that rejected them.
    outdated = ~COUNTS if staged_file.amounts == "snapshot" else pl.lit(False)
    done = found.filter(pl.col("settled_by").is_not_null() | outdated)[ROW]
    again = _again(found.filter(pl.col(ROW).is_in(accepted.implode()) & ~pl.col(ROW).is_in(done.implode())))
    settled = pl.concat([done, again]).sort()
    left = _without(connection, folder, staged_file, settled, accepted)
    warnings = (*staged_file.warnings, *_told(staged_file, found, settled))
    return Returned(
        staged_file=left.model_copy(update={"warnings": warnings}),
        settled=settled,
        accepted=settled.filter(settled.is_in(accepted.implode())),
        known=found.filter(COUNTS)[ROW],
    )


def amount_of(connection: Connection, folder: Path, rows: pl.Series) -> Decimal:
    """The money of some accepted rows."""
    path = str(folder / ACCEPTED)
    # Columns that hold nothing are not written into the frame.
    known = rows_of(connection, "SELECT * FROM read_parquet(?) LIMIT 0", [path]).columns
    if "total_spent" not in known:
        return Decimal(0)
    with frame_as(connection, "chosen", rows.alias(ROW).to_frame()):
        summed = value_of(
            connection,
            "SELECT coalesce(sum(total_spent), 0) FROM read_parquet(?) WHERE row_number IN (FROM chosen)",
            [path],
        )
    return Decimal(str(summed))


def _again(found: pl.DataFrame) -> pl.Series:
    """Accepted rows that stand for a row which an earlier one of the file stands for."""
    return found.filter(~pl.struct("origin_import_id", "origin_row_number").is_first_distinct())[ROW]


def _without(
    connection: Connection, folder: Path, staged_file: StagedFile, settled: pl.Series, accepted: pl.Series
) -> StagedFile:
    """The staged file's counts without the settled rows; they are skipped, valid or not."""
    if settled.is_empty():
        return staged_file
    skipped = settled.filter(settled.is_in(accepted.implode()))
    rejected = pl.read_parquet(folder / REJECTED).filter(~pl.col(ROW).is_in(settled.implode()))
    rows_rejected = rejected.filter(severity="row").height
    return staged_file.model_copy(
        update={
            "rows_accepted": staged_file.rows_accepted - skipped.len(),
            "rows_rejected": rows_rejected,
            "rows_skipped": staged_file.rows_skipped + skipped.len() + staged_file.rows_rejected - rows_rejected,
            "amount_accepted": staged_file.amount_accepted - amount_of(connection, folder, skipped),
            "reject_codes": codes_of(rejected),
        }
    )


def _told(staged_file: StagedFile, found: pl.DataFrame, settled: pl.Series) -> tuple[str, ...]:
    """What is worth knowing of rows that came back."""
    strange = staged_file.rows_read - found.height
    others = found.filter(pl.col("source") != staged_file.source)
    left = found.filter(~COUNTS & ~pl.col(ROW).is_in(settled.implode()))
    by = found.filter(pl.col(ROW).is_in(settled.implode()))["settled_by"].drop_nulls()
    told = (
        ("REJECTS_SETTLED", settled.len(), _listed(by) or staged_file.key),
        ("REJECTS_WITHOUT_ORIGIN", strange, None),
        ("REJECTS_OF_OTHER_SOURCE", others.height, _listed(others["source"])),
        ("REJECTS_OF_UNCOUNTED_IMPORT", left.height, _listed(left["origin_import_id"])),
    )
    return tuple(
        Note(code, found=count, expected=names).line(staged_file.language) for code, count, names in told if count
    )


def _listed(names: pl.Series) -> str:
    return ", ".join(names.unique().sort().head(5))
