"""Consents read again from the archived originals, of ledgers made when a blank one was kept as a no (AMB-37).

Lives here: reading one column of an original once more. Not here: which imports this concerns, and what their rows say
until then, which is nothing (`pipelines/warehouse/migrations.py`).
"""

import json
from pathlib import Path

import polars as pl

from pipelines.errors import FileRefused
from pipelines.models.parsed_column import cleaned
from pipelines.models.sheet import ROW, ReadingOptions, Sheet
from pipelines.parsing.words.enumerations import parse_flags
from pipelines.warehouse.database import Connection, frame_as, number_of, rows_of, transaction
from pipelines.warehouse.import_rows import add_warnings
from schemas.sentences.note import Note

FLAGS = ("opt_in", "is_primary")
WAITING = """
    SELECT import_seq, import_id, mapping->'fields' AS fields, dialect FROM ledger.consents_to_read
    JOIN ledger.imports USING (import_seq) ORDER BY import_seq
"""
SAID_NO = """
    UPDATE ledger.details SET opt_in = coalesce(details.opt_in, said.opt_in),
        is_primary = coalesce(details.is_primary, said.is_primary)
    FROM said WHERE import_seq = ? AND details.row_number = said.row_number
"""
NOTED = """
    DELETE FROM ledger.consents_to_read;
    INSERT INTO ledger.changes SELECT max(number) + 1, arg_max(as_of_date, number) FROM ledger.changes
"""


def reread_consents(connection: Connection, archive: Path) -> None:
    """Give the rows that wait for it the no that their original says; what cannot be read stays unknown, and is told.

    A yes was kept as it was written, so that nobody is written to who was not before.

    Args:
        connection: the working database, outside of a transaction.
        archive: the folder of the originals.
    """
    if not number_of(connection, "SELECT count(*) FROM ledger.consents_to_read"):
        return
    with transaction(connection):
        for sequence, identity, fields, dialect in rows_of(connection, WAITING).iter_rows():
            titles = {name: title for name, title in json.loads(fields).items() if name in FLAGS}
            sheet = _read(archive / identity, json.loads(dialect or "{}"))
            if sheet is None or not set(titles.values()) <= set(sheet.titles):
                _tell_unknown(connection, sequence)
                # Unknown lifts no consent, and writes to nobody who was not written to before.
                continue
            with frame_as(connection, "said", _said_no(sheet, titles)):
                connection.execute(SAID_NO, [sequence])
        connection.execute(NOTED)


def _read(folder: Path, dialect: dict[str, object]) -> Sheet | None:
    """The original, read as it was read then; None where it is gone or cannot be read."""
    original = next(iter(sorted(folder.glob("*"))), None)
    if original is None:
        return None
    told = {name: dialect[name] for name in ("encoding", "delimiter", "header_row", "sheet") if name in dialect}
    try:
        # Imported where an older ledger has something to read once more: 40 ms for whoever opens the ledger to ask.
        from pipelines.reading.read_file import read_file

        return read_file(original.read_bytes(), told=ReadingOptions.model_validate(told))
    except FileRefused:
        return None


def _said_no(sheet: Sheet, titles: dict[str, str]) -> pl.DataFrame:
    """Row numbers, and below each flag a no where the row says so."""
    flags = {name: parse_flags(cleaned(sheet.rows[title], sheet.tidy)).values for name, title in titles.items()}
    nothing = pl.repeat(None, sheet.rows.height, dtype=pl.Boolean, eager=True)
    return pl.DataFrame(
        {"row_number": sheet.rows[ROW]}
        | {name: pl.select(pl.when(~flags.get(name, nothing)).then(False)).to_series() for name in FLAGS}
    )


def _tell_unknown(connection: Connection, sequence: int) -> None:
    rows = "SELECT count(*) FROM ledger.details WHERE import_seq = ? AND opt_in IS NULL"
    note = Note("CONSENTS_UNKNOWN", found=number_of(connection, rows, [sequence]))
    add_warnings(connection, [sequence], [note], "en")
