"""Imports that the ledger knows: by their id, by their bytes, and what a crash left of one in staging.

Lives here: looking. Not here: what is done with one (`commit_imports.py`, `undo.py`).
"""

from typing import NamedTuple

from pipelines.configuration.yaml_documents import meant
from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.intake.cleanup import clean_up_staging
from pipelines.intake.run_folders import waiting_staged_files
from pipelines.ledger.import_outcome import repeated_outcome
from pipelines.models.staged_file import Outcome, ReasonRecord, StagedFile
from pipelines.warehouse.database import Connection, row_of, rows_of, value_of
from schemas.sentences.note import Note
from schemas.ways_in.actions import both_ways


class KnownImport(NamedTuple):
    """An import in the ledger: its key, what became of it, its number, its format."""

    import_key: str
    status: str
    import_seq: int
    format: str


def held_keys(connection: Connection) -> set[str]:
    """The keys of imports that wait for a decision."""
    held = rows_of(connection, "SELECT import_key FROM ledger.import_keys WHERE status = 'held'")
    return set(held["import_key"])


def no_import(connection: Connection, import_id: str) -> WrongUse:
    """The error that there is no import of an id, with the one that it begins, or that was probably meant."""
    ids = [str(known) for (known,) in rows_of(connection, "SELECT import_id FROM ledger.import_keys").iter_rows()]
    begun = [known for known in ids if import_id and known.startswith(import_id)]
    near = f"; did you mean {begun[0]}?" if len(begun) == 1 else meant(import_id, ids)
    return WrongUse(f"there is no import {import_id!r}{near}; {both_ways('history')} lists them")


def import_of(connection: Connection, import_id: str) -> KnownImport:
    """The import of an id. Raises WrongUse where there is none."""
    query = "SELECT import_key, status, import_seq, format FROM ledger.import_keys WHERE import_id = ?"
    found = row_of(connection, query, [import_id])
    if found is None:
        raise no_import(connection, import_id)
    key, status, number, kind = map(str, found)
    return KnownImport(key, status, int(number), kind)


def known_outcome(connection: Connection, staged_file: StagedFile) -> Outcome | None:
    """What is told of a staged file whose bytes are in the ledger already; None for a new one.

    One that is held is told again, without its choices: they are in the history. A decision makes room for it.
    """
    query = (
        "SELECT import_id, status, message FROM ledger.imports ANTI JOIN ledger.undone USING (import_id) "
        "WHERE source = ? AND sha256 = ? AND (status LIKE 'done%' OR status = 'held')"
    )
    found = row_of(connection, query, [staged_file.source, staged_file.sha256])
    if found is None:
        return None
    import_id, status, told = map(str, found)
    # Whoever sends it again with a choice decides it by that.
    if status == "held" and staged_file.on_overlap:
        return None
    if status == "held":
        reason = ReasonRecord(code="POSSIBLE_REUPLOAD", value=import_id, message=told)
        return repeated_outcome(connection, staged_file, "held", reason)
    text = Note("ALREADY_IMPORTED", found=import_id).sentence(staged_file.language)
    reason = ReasonRecord(code="ALREADY_IMPORTED", value=import_id, message=text)
    return repeated_outcome(connection, staged_file, "refused", reason)


def clear_repeated(connection: Connection, home: Home, import_id: str) -> None:
    """What a crash after the commit left in staging must not be committed again now that it is to be undone."""
    key = value_of(connection, "SELECT import_key FROM ledger.imports WHERE import_id = ?", [import_id])
    for staged_file in waiting_staged_files(home):
        outcome = known_outcome(connection, staged_file) if staged_file.key == key else None
        if outcome:
            clean_up_staging(home, staged_file, outcome)
