"""Imports by their id: which there are, which wait for a decision, what a crash left of one in staging.

Lives here: looking. Not here: what is done with one (`commit_imports.py`).
"""

from pipelines.errors import WrongUse
from pipelines.home import Home
from pipelines.intake.cleanup import clean_up_staging
from pipelines.intake.run_folders import waiting_staged_files
from pipelines.ledger.import_outcome import outcome_of
from pipelines.ledger.write_import import repeated
from pipelines.warehouse.database import Connection, row_of, rows_of, value_of


def held_keys(connection: Connection) -> set[str]:
    """The keys of imports that wait for a decision."""
    held = rows_of(connection, "SELECT import_key FROM ledger.import_keys WHERE status = 'held'")
    return set(held["import_key"])


def entry_of(connection: Connection, wanted: str) -> tuple[str, str, int]:
    """An import's key, its status and its place in the ledger; WrongUse for one that does not exist."""
    query = "SELECT import_key, status, import_seq FROM ledger.import_keys WHERE import_id = ?"
    found = row_of(connection, query, [wanted])
    if found is None:
        raise WrongUse(f"there is no import {wanted!r}; `customers history --all` lists them")
    key, status, sequence = map(str, found)
    return key, status, int(sequence)


def clear_repeated(connection: Connection, home: Home, wanted: str) -> None:
    """What a crash after the commit left in staging must not be committed again now that it is to be undone."""
    key = value_of(connection, "SELECT import_key FROM ledger.imports WHERE import_id = ?", [wanted])
    for staged_file in waiting_staged_files(home):
        in_progress = repeated(connection, staged_file) if staged_file.key == key else None
        if in_progress:
            clean_up_staging(home, staged_file, outcome_of(connection, in_progress))
