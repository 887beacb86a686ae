"""The rows of `ledger.imports`: the one place that numbers imports, writes an import's row and changes it.

Lives here: numbering, inserting, adding counts and warnings. Files, syncs of accounts and clean-ups all enter the
history this way. Not here: what they say of themselves, the table's columns (`ledger_tables.py`), undoing, which is a
decision beside the row.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from pipelines.warehouse.database import Connection, number_of
from pipelines.warehouse.import_counts import ImportCounts
from schemas.sentences.note import Note


class ImportRow(ImportCounts):
    """An import as `schemas.imports.ImportHistory` describes it, with its number in the ledger, its key and what
    each row of it is: a customer, a payment, an event or an edit (`grain`).

    What an import does not say is nothing of it: 0 rows, no money, no warning.
    """

    import_seq: int
    import_key: str
    import_id: str
    source: str
    file_name: str
    sha256: str
    format: str | None
    profile: str
    status: str
    started_at: datetime
    finished_at: datetime
    imported_by: str
    grain: str | None = None
    run_id: str | None = None
    message: str | None = None
    mapping: str | None = None
    dialect: str | None = None
    warnings: Sequence[str] = ()
    customers_removed: int = 0
    language: str | None = None


COLUMNS = tuple(ImportRow.model_fields)


def next_import_seq(connection: Connection) -> int:
    """The number of the next import: imports are ordered by it, and an undone one keeps its own."""
    return number_of(connection, "SELECT coalesce(max(import_seq), 0) + 1 FROM ledger.imports")


def insert_import(connection: Connection, row: ImportRow) -> None:
    """Enter an import into the history, in the open transaction."""
    marks = ", ".join("?" * len(COLUMNS))
    values = [getattr(row, name) for name in COLUMNS]
    values[COLUMNS.index("warnings")] = list(row.warnings)
    connection.execute(f"INSERT INTO ledger.imports ({', '.join(COLUMNS)}) VALUES ({marks})", values)


def update_import(connection: Connection, import_seq: int, **values: object) -> None:
    """Set columns of an import that only what followed its insertion could tell; names are those of `ImportRow`."""
    assignments = ", ".join(f"{name} = ?" for name in values)
    connection.execute(f"UPDATE ledger.imports SET {assignments} WHERE import_seq = ?", [*values.values(), import_seq])


def add_warnings(connection: Connection, import_seqs: Collection[int], notes: Iterable[Note], language: str) -> None:
    """Add what is noted of imports to their warnings, behind those that they have, in the language of their sender."""
    warnings = [note.line(language) for note in notes]
    if warnings and import_seqs:
        connection.execute(
            "UPDATE ledger.imports SET warnings = list_concat(warnings, ?) WHERE import_seq IN (SELECT unnest(?))",
            [warnings, list(import_seqs)],
        )


def take_off_repeated(connection: Connection, import_seq: int, amount: Decimal) -> None:
    """Note how much of an import's money earlier imports had counted: that it did not add."""
    connection.execute(
        "UPDATE ledger.imports SET amount_accepted = amount_accepted - ?, amount_repeated = ? WHERE import_seq = ?",
        [amount, amount, import_seq],
    )


def delete_import(connection: Connection, import_id: str) -> None:
    """Make room for an import that takes the place of one that contributed nothing: refused, failed or held before."""
    connection.execute("DELETE FROM ledger.imports WHERE import_id = ?", [import_id])
