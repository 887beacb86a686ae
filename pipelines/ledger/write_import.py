"""Entering: one staged file's facts into the ledger, and what is told of them afterwards.

Lives here: history, contributions, rejected rows and archive of one import; its outcome. Not here: the transaction
around them, or anything about customers' rows (`commit_imports.py`, `customers/`).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import polars as pl

from pipelines.conflicts.overlaps import overlap_of, replace_imports
from pipelines.customers.addresses import note_addresses
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.identity import import_id
from pipelines.ledger.import_outcome import ImportInProgress, Status, status_of
from pipelines.models import staged_file as filed
from pipelines.models.staged_file import ReasonRecord, StagedFile
from pipelines.rejects.resolve import NO_ROWS, origins_of
from pipelines.warehouse.database import UUID_OF_HALVES, Connection, frame_as, number_of, row_of
from schemas.codes import message


def write_import(
    connection: Connection, home: Home, staged_file: StagedFile, run_id: str | None, now: datetime
) -> ImportInProgress:
    """The facts of one staged file: history, contributions, rejected rows, and the original in the archive.

    A staged file that largely repeats an earlier import, and for which nobody said what to do, is held: it has its line
    in the history and contributes nothing (contract page 6, rule 2).
    """
    known = repeated(connection, staged_file)
    if known:
        return known
    identity = import_id(staged_file.key, _undone_attempts(connection, staged_file))
    _forget_attempt(connection, identity)
    _archive(home, staged_file, identity)
    sequence = number_of(connection, "SELECT coalesce(max(import_seq), 0) + 1 FROM ledger.imports")
    if staged_file.verdict != "judged":
        _insert_import(connection, staged_file, identity, sequence, run_id, now, status_of(staged_file))
        _insert_refusal(connection, staged_file, identity, now)
        _insert_rejected(connection, home, staged_file, identity, now)
        return ImportInProgress(staged_file, identity, None, (staged_file.reason,) if staged_file.reason else ())
    return _write_validated(connection, home, staged_file, identity, sequence, run_id, now)


def hold_to_currency(connection: Connection, base_currency: str | None) -> None:
    """The ledger has one base currency for ever: amounts of two would add up to nonsense.

    Raises WrongUse where `sources.yaml` names another one than at the first import.
    """
    if base_currency is None:
        return
    found = row_of(connection, "SELECT base_currency FROM ledger.deployment")
    if found is None:
        connection.execute("INSERT INTO ledger.deployment VALUES (?)", [base_currency])
    elif found[0] != base_currency:
        raise WrongUse(
            f"base_currency: every amount in the ledger is in {found[0]}, sources.yaml now says {base_currency}; "
            f"set it back, or begin with an empty CUSTOMERS_HOME"
        )


def _write_validated(
    connection: Connection,
    home: Home,
    staged_file: StagedFile,
    identity: str,
    sequence: int,
    run_id: str | None,
    now: datetime,
) -> ImportInProgress:
    hold_to_currency(connection, staged_file.base_currency)
    overlap = overlap_of(connection, home.staging / staged_file.key, staged_file)
    if overlap.hold:
        told = staged_file.model_copy(update={"message": overlap.reason.message if overlap.reason else None})
        _insert_import(connection, told, identity, sequence, run_id, now, "held")
        return ImportInProgress(
            staged_file, identity, None, (overlap.reason,) if overlap.reason else (), overlap.choices
        )
    entered = overlap.staged_file
    _insert_import(connection, entered, identity, sequence, run_id, now, status_of(entered))
    _insert_contributions(connection, home, entered, sequence, overlap.skipped)
    if not entered.address_first:
        note_addresses(connection, sequence)
    _insert_details(connection, home, entered, sequence, overlap.skipped)
    _insert_rejected(connection, home, entered, identity, now, overlap.settled)
    _insert_resolutions(connection, home, entered, sequence)
    replaced = replace_imports(connection, overlap.replaces, identity, staged_file.imported_by, now)
    return ImportInProgress(entered, identity, sequence, replaced=replaced)


def repeated(connection: Connection, staged_file: StagedFile) -> ImportInProgress | None:
    """The import in progress of a staged file whose bytes are in the ledger already; None for a new one.

    One that is held is told again, without its choices: they are in the history. A decision makes room for it.
    """
    found = row_of(
        connection,
        "SELECT import_id, status, message FROM ledger.imports ANTI JOIN ledger.undone USING (import_id) "
        "WHERE source = ? AND sha256 = ? AND (status LIKE 'done%' OR status = 'held')",
        [staged_file.source, staged_file.sha256],
    )
    if found is None:
        return None
    live, status, told = (str(value) for value in found)
    if status == "held" and staged_file.on_overlap:
        return None
    if status == "held":
        return ImportInProgress(
            staged_file, live, None, (ReasonRecord(code="POSSIBLE_REUPLOAD", value=live, message=told),)
        )
    text = message("ALREADY_IMPORTED", staged_file.language, found=live)
    return ImportInProgress(staged_file, live, None, (ReasonRecord(code="ALREADY_IMPORTED", value=live, message=text),))


def _undone_attempts(connection: Connection, staged_file: StagedFile) -> int:
    counted = "SELECT count(*) FROM ledger.imports SEMI JOIN ledger.undone USING (import_id) WHERE import_key = ?"
    return number_of(connection, counted, [staged_file.key])


def _forget_attempt(connection: Connection, identity: str) -> None:
    """A refused or failed attempt at the same bytes makes room for the new one: its latest word counts."""
    for table in ("ledger.imports", "ledger.rejected_rows"):
        connection.execute(f"DELETE FROM {table} WHERE import_id = ?", [identity])


def _archive(home: Home, staged_file: StagedFile, identity: str) -> None:
    """The original under its import's name, before the transaction ends: an import is never without it.

    What was not searched is not copied (SC-18): a file that was refused while it was read goes to the folder `refused`
    of its source, one that failed stays where it is.
    """
    if not staged_file.searched:
        return
    folder = home.archive / identity
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (staged_file.archived_name or staged_file.file_name)
    target.unlink(missing_ok=True)
    os.link(home.staging / staged_file.key / filed.ORIGINAL, target)


def _insert_import(
    connection: Connection,
    staged_file: StagedFile,
    identity: str,
    sequence: int,
    run_id: str | None,
    now: datetime,
    status: Status,
) -> None:
    values: dict[str, object] = {
        "import_seq": sequence,
        "import_key": staged_file.key,
        "import_id": identity,
        "status": status,
        "rows_merged": 0,
        "customers_created": 0,
        "customers_updated": 0,
        "customers_unchanged": 0,
        "customers_kept_away": 0,
        "customers_removed": 0,
        "amount_repeated": 0,
        "mapping": filed.as_json(staged_file.mapping),
        "dialect": filed.as_json(staged_file.dialect),
        "warnings": list(staged_file.warnings),
        "finished_at": now,
        "run_id": run_id,
        "message": staged_file.message,
    } | {
        name: getattr(staged_file, name)
        for name in [
            "source",
            "file_name",
            "sha256",
            "format",
            "profile",
            "rows_read",
            "rows_blank",
            "rows_accepted",
            "rows_rejected",
            "rows_skipped",
            "amount_accepted",
            "started_at",
            "imported_by",
        ]
    }
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO ledger.imports ({', '.join(values)}) VALUES ({marks})", list(values.values()))


def _insert_refusal(connection: Connection, staged_file: StagedFile, identity: str, now: datetime) -> None:
    """A refused file is one rejected row of severity `file`, with its reason."""
    if staged_file.reason is None:
        return
    connection.execute(
        "INSERT INTO ledger.rejected_rows BY NAME SELECT ? AS import_id, ? AS source, ? AS file_name, "
        "'file' AS severity, [{'code': ?, 'field': NULL, 'header': NULL, 'value': ?, 'message': ?}] AS reasons, "
        "?::TIMESTAMPTZ AS rejected_at",
        [identity, staged_file.source, staged_file.file_name, *staged_file.reason.model_dump().values(), now],
    )


def _insert_contributions(
    connection: Connection, home: Home, staged_file: StagedFile, sequence: int, skipped: pl.Series
) -> None:
    with _unless(connection, skipped) as condition:
        connection.execute(
            f"INSERT INTO ledger.contributions BY NAME SELECT ?::INTEGER AS import_seq, ? AS source, {UUID_OF_HALVES} "
            f"AS customer_id, * EXCLUDE (id_high, id_low) FROM read_parquet(?) {condition}",
            [sequence, staged_file.source, str(home.staging / staged_file.key / filed.ACCEPTED)],
        )


def _insert_details(
    connection: Connection, home: Home, staged_file: StagedFile, sequence: int, skipped: pl.Series
) -> None:
    path = home.staging / staged_file.key / filed.DETAILS
    if path.exists():
        with _unless(connection, skipped) as condition:
            connection.execute(
                "INSERT INTO ledger.details BY NAME SELECT ?::INTEGER AS import_seq, * FROM read_parquet(?) "
                + condition,
                [sequence, str(path)],
            )


@contextmanager
def _unless(connection: Connection, skipped: pl.Series) -> Iterator[str]:
    """The condition that leaves out the rows to be skipped, good while the block lasts."""
    if skipped.is_empty():
        yield ""
        return
    with frame_as(connection, "skipped", skipped.alias("row_number").to_frame()):
        yield "WHERE row_number NOT IN (FROM skipped)"


def _insert_rejected(
    connection: Connection,
    home: Home,
    staged_file: StagedFile,
    identity: str,
    now: datetime,
    settled: pl.Series = NO_ROWS,
) -> None:
    """The rows that were rejected, but for settled ones; a file that was refused for its rows has them too (SC-08).

    A row that came back and is rejected again is linked to where it was rejected first (PIT-75).
    """
    rejected = home.staging / staged_file.key / filed.REJECTED
    if not rejected.exists():
        return
    origins = origins_of(connection, home.staging / staged_file.key)
    with frame_as(connection, "origins", origins), _unless(connection, settled) as condition:
        connection.execute(
            "INSERT INTO ledger.rejected_rows BY NAME SELECT ? AS import_id, ? AS source, ? AS file_name, ? AS sheet, "
            "row_number, severity, reasons, row, typed, ?::TIMESTAMPTZ AS rejected_at, "
            "origin_import_id AS retry_of_import_id, origin_row_number AS retry_of_row_number "
            f"FROM read_parquet(?) LEFT JOIN origins USING (row_number) {condition}",
            [identity, staged_file.source, staged_file.file_name, _sheet_of(staged_file), now, str(rejected)],
        )


def _insert_resolutions(connection: Connection, home: Home, staged_file: StagedFile, sequence: int) -> None:
    """Which rejected rows the rows of an import stand for, of those that count now."""
    origins = origins_of(connection, home.staging / staged_file.key)
    if origins.is_empty():
        return
    with frame_as(connection, "origins", origins):
        connection.execute(
            "INSERT INTO ledger.resolutions BY NAME SELECT import_seq, row_number, origin_import_id, origin_row_number "
            "FROM ledger.contributions JOIN origins USING (row_number) WHERE import_seq = ?",
            [sequence],
        )


def _sheet_of(staged_file: StagedFile) -> str | None:
    sheet = (staged_file.dialect or {}).get("sheet")
    return None if sheet is None else str(sheet)
