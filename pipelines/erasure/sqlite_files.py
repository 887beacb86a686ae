"""SQLite files, in which Dagster keeps its runs, their forms and their events: texts taken out of every value.

Lives here: rewriting values of any table, and the pages that deleted ones leave. It knows no table of Dagster's: what
is not text, or names nobody, is not touched. Not here: which files there are (`erase_files.py`).
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from pipelines.errors import TryAgain

MAGIC = b"SQLite format 3\x00"
WAIT_SECONDS = 60.0


def is_sqlite(path: Path) -> bool:
    """Whether a file is a SQLite database."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def clear_sqlite(path: Path, clear: Callable[[str], str]) -> int:
    """Take a person out of every value of a database that others may have open; returns how many values changed.

    `clear`: a text without them, the same one where it says nothing of them.
    Afterwards nothing of them is in deleted pages or in the log beside it. Raises TryAgain where others are at it
    longer than a minute.
    """
    try:
        with closing(sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            changed = sum(_clear_column(connection, table, column, clear) for table, column in _columns(connection))
            connection.execute("COMMIT")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError as error:
        raise TryAgain(f"{path} is in use: {error}. Ask again to finish the erasure") from error
    return changed


def _columns(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'")
    for (table,) in tables.fetchall():
        for column in connection.execute("SELECT name FROM pragma_table_info(?)", [table]).fetchall():
            yield _quoted(table), _quoted(column[0])


def _clear_column(connection: sqlite3.Connection, table: str, column: str, clear: Callable[[str], str]) -> int:
    found = connection.execute(f"SELECT rowid, {column} FROM {table} WHERE typeof({column}) IN ('text', 'blob')")
    texts = ((place, value, _text(value)) for place, value in found)
    changed = [
        (cleared if isinstance(value, str) else cleared.encode("utf-8", "surrogateescape"), place)
        for place, value, text in texts
        if (cleared := clear(text)) != text
    ]
    connection.executemany(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", changed)
    return len(changed)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "surrogateescape")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
