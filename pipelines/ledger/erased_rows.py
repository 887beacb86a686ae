"""Rows of erased people on their way in again: not taken, listed without a word of them, and not kept as they came.

Lives here: those steps of an import. Not here: by what erased people are known
(`pipelines/conflicts/erased_people.py`), the other steps (`write_import.py`). An import into a ledger that nobody was
erased from asks one question.
"""

from pathlib import Path

import polars as pl

from pipelines.conflicts.erased_people import anybody_erased, erased_rows, without_addresses, without_cells
from pipelines.durable import written
from pipelines.ledger.import_in_progress import ImportInProgress
from pipelines.models.sheet import ROW
from pipelines.models.staged_file import (
    ACCEPTED,
    AS_SENT,
    CUSTOM_FIELDS,
    DETAILS,
    ORIGINAL,
    REJECTED,
    ROWS,
    save_record,
)
from pipelines.rejects.resolve import amount_of
from pipelines.rejects.write import ERASED_PERSON
from pipelines.warehouse.database import frame_as, rows_of
from schemas.codes import message
from schemas.sentences.languages import IN_TABLES
from schemas.sentences.note import Note

COPY = ".without-erased.csv"
"""How the copy of an original is called that lacks rows of erased people."""

NUMBER = Note("row_of_the_original").sentence(IN_TABLES)

LISTED = """
    INSERT INTO ledger.rejected_rows BY NAME
    SELECT ? AS import_id, ? AS source, ? AS file_name, ? AS sheet, row_number, 'row' AS severity,
        [{'code': ?, 'field': NULL, 'header': NULL, 'value': NULL, 'message': ?}] AS reasons, '{}'::JSON AS "row",
        ?::TIMESTAMPTZ AS rejected_at
    FROM listed
"""


def find_erased(entry: ImportInProgress) -> None:
    """Find the rows that name somebody who was erased; from here on nothing that is told of the file quotes them."""
    # Most ledgers keep nobody away, and are asked one question.
    if not anybody_erased(entry.connection) or not (entry.folder / ROWS).exists():
        return
    entry.erased = erased_rows(entry.connection, entry.folder)
    theirs = pl.read_parquet(entry.folder / ROWS).filter(pl.col(ROW).is_in(entry.erased.implode())).drop(ROW)
    if theirs.is_empty():
        return
    staged_file, dialect = entry.staged_file, dict(entry.staged_file.dialect or {})
    if "evidence" in dialect:
        (dialect["evidence"],) = without_cells([str(dialect["evidence"])], theirs)
    told = {"warnings": without_cells(staged_file.warnings, theirs), "dialect": dialect}
    entry.staged_file = staged_file.model_copy(update=told)
    save_record(entry.folder, entry.staged_file)


def archive_without(entry: ImportInProgress, target: Path) -> None:
    """In place of the original a copy without them, with the numbers that the rows had; staging keeps no other."""
    kept = pl.read_parquet(entry.folder / ROWS).filter(~pl.col(ROW).is_in(entry.erased.implode()))
    with written(target.with_name(target.name + COPY)) as unfinished:
        numbered = kept.drop(ROW) if NUMBER in kept.columns else kept.rename({ROW: NUMBER})  # a copy that came back
        # With the mark, by which Excel knows UTF-8.
        numbered.write_csv(unfinished, include_bom=True)
    with written(entry.folder / ROWS) as unfinished:
        kept.write_parquet(unfinished)


def hold_without(entry: ImportInProgress) -> None:
    """Of a file that waits for a decision nothing of theirs is kept but whose a row is, to reject it by later."""
    if entry.status != "held" or entry.erased.is_empty():
        return
    archive_without(entry, entry.folder / ORIGINAL)
    # The original names the person, and stays nowhere.
    (entry.folder / ORIGINAL).unlink(missing_ok=True)
    theirs = pl.col(ROW).is_in(entry.erased.implode())
    for path in (entry.folder / name for name in (ACCEPTED, DETAILS, CUSTOM_FIELDS, AS_SENT, REJECTED)):
        if not path.exists():
            continue
        frame = pl.read_parquet(path)
        kept = frame.filter(~theirs)
        if path.name == ACCEPTED:
            texts = [name for name, kind in frame.schema.items() if kind == pl.String or kind.is_nested()]
            # The row itself stays, with its customer's id and money: by them it is rejected when the import is decided.
            kept = frame.with_columns(pl.when(~theirs).then(name).alias(name) for name in texts)
        elif path.name == REJECTED:
            kept = pl.concat([kept, _emptied(frame.filter(theirs), entry.staged_file.language)]).sort(ROW)
        with written(path) as unfinished:
            kept.write_parquet(unfinished)


def _emptied(rejected: pl.DataFrame, language: str) -> pl.DataFrame:
    """Rejected rows of which it is told whose they are, and nothing else."""
    reason = {"code": ERASED_PERSON, "message": message(ERASED_PERSON, language)}
    reasons = pl.Series("reasons", [[reason]] * rejected.height, dtype=rejected.schema["reasons"])
    blank = [pl.lit(None, dtype=rejected.schema[name]).alias(name) for name in ("typed",) if name in rejected.columns]
    return rejected.with_columns(reasons, pl.lit("{}").alias("row"), *blank)


def leave_out_erased(entry: ImportInProgress) -> None:
    """What of them would have counted is rejected, and no warning names them."""
    if entry.erased.is_empty():
        return
    staged_file, connection = entry.staged_file, entry.connection
    warnings = without_addresses(connection, staged_file.warnings)
    entry.staged_file = staged_file.model_copy(update={"warnings": warnings})
    if not entry.contributes or entry.overlap is None:
        return
    accepted = pl.read_parquet(entry.folder / ACCEPTED, columns=[ROW])[ROW]
    gone = pl.concat([entry.overlap.skipped, entry.left_out])
    rows = entry.erased.filter(entry.erased.is_in(accepted.implode()) & ~entry.erased.is_in(gone.implode()))
    if rows.is_empty():
        return
    entry.newly_rejected = rows
    codes = staged_file.reject_codes
    counts = {
        "rows_accepted": staged_file.rows_accepted - len(rows),
        "rows_rejected": staged_file.rows_rejected + len(rows),
        "amount_accepted": staged_file.amount_accepted - amount_of(connection, entry.folder, rows),
        "reject_codes": codes | {ERASED_PERSON: codes.get(ERASED_PERSON, 0) + len(rows)},
    }
    entry.staged_file = entry.staged_file.model_copy(update=counts)
    entry.status = "done_with_rejects"


def reject_erased(entry: ImportInProgress) -> None:
    """List them, those too that were rejected for another reason, by their numbers alone."""
    if entry.erased.is_empty() or entry.status == "held":
        return
    staged_file, connection = entry.staged_file, entry.connection
    with frame_as(connection, "erased", entry.erased.alias(ROW).to_frame()):
        already = rows_of(
            connection,
            "SELECT DISTINCT row_number FROM ledger.rejected_rows SEMI JOIN erased USING (row_number) "
            "WHERE import_id = $1 AND severity = 'row'",
            [entry.import_id],
        )
        connection.execute(
            "DELETE FROM ledger.rejected_rows WHERE import_id = ? AND row_number IN (FROM erased)", [entry.import_id]
        )
    rows = pl.concat([already[ROW], entry.newly_rejected]).unique().sort()
    with frame_as(connection, "listed", rows.alias(ROW).to_frame()):
        connection.execute(
            LISTED,
            [
                entry.import_id,
                staged_file.source,
                staged_file.file_name,
                staged_file.sheet,
                ERASED_PERSON,
                message(ERASED_PERSON, staged_file.language),
                entry.commit.now,
            ],
        )
