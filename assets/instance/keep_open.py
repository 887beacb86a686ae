"""Keeping Dagster's SQLite databases open while a job runs in this process.

Lives here: one idle connection to each of them. Not here: what Dagster writes there. It opens and closes a connection
for each event, and when the last one to a database closes, SQLite copies its log into the file and waits for the disk
several times. Each event is as durable as before: SQLite still waits for its own commit.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from sqlalchemy import event
from sqlalchemy.pool import Pool


@contextmanager
def kept_open() -> Iterator[None]:
    """Keep open, until the block ends, each SQLite database that SQLAlchemy closes a connection to."""
    with ExitStack() as kept:
        known: set[str] = set()

        def keep(connection: object, _: object) -> None:
            path = _path_of(connection) if isinstance(connection, sqlite3.Connection) else ""
            if path and path not in known:
                known.add(path)
                kept.enter_context(closing(_idle(path)))

        event.listen(Pool, "close", keep)
        kept.callback(event.remove, Pool, "close", keep)
        yield


def _path_of(connection: sqlite3.Connection) -> str:
    """The file of a database that keeps a write-ahead log; empty for any other, also before it is told to keep one."""
    # A second connection to a database that has no log yet could hold up the switch to it, which needs it alone.
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    return str(connection.execute("PRAGMA database_list").fetchone()[2]) if mode == "wal" else ""


def _idle(path: str) -> sqlite3.Connection:
    """A connection that has read something: before that it does not count as open. It holds no lock."""
    # The block may end on another thread than the one on which Dagster closed a connection.
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection
