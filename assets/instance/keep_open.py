"""Dagster's SQLite databases stay open while a job runs in this process, and are on the disk when it has ended.

Lives here: the connections that nobody uses just now, and what is known of their tables. Not here: who takes them
and gives them back (`compile_once.py`). Dagster opens and closes a connection for each look and each event, 330 times
in an import of one row; and when the last one to a database closes, SQLite copies its log into the file and waits for
the disk.

Nor does SQLite wait for the disk at each commit meanwhile (`synchronous = NORMAL`): a process that dies loses nothing,
a machine that dies in the middle of a run may lose the last events of that run, which died with it. What a command
tells when its job has ended is on the disk.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

LIGHT_COMMIT = "PRAGMA synchronous = NORMAL"
TO_DISK = "PRAGMA wal_checkpoint(PASSIVE)"
"""Waits for nobody, and the log is on the disk when it is done: a database may be open elsewhere as well."""


class Kept(sqlite3.Connection):
    """A connection that knows what it was opened with, and which file that was: another may have taken its name."""

    terms: tuple[object, ...] = ()
    file: tuple[int, int] | None = None


class Idle:
    """Connections that nobody uses just now, and what is known of the tables of their databases."""

    def __init__(self) -> None:
        """None yet."""
        self._free: dict[tuple[object, ...], list[Kept]] = {}
        self.known: dict[object, Any] = {}
        """Answers about tables that are there; none goes, or changes its columns, while a job runs."""

    def open(self, path: str, **terms: Any) -> sqlite3.Connection:
        """A connection to a database: one that is open already, or a new one."""
        wanted = (path, *sorted(terms.items()))
        with suppress(KeyError, IndexError):
            while True:
                kept = self._free[wanted].pop()
                if kept.file == _file_of(path):
                    return kept
                kept.close()
        made = sqlite3.connect(path, **terms, factory=Kept)
        made.terms = wanted
        return made

    def give_back(self, connection: sqlite3.Connection) -> None:
        """Nobody uses it any more; it stays open where its database keeps a write-ahead log.

        A second connection to a database that has no log yet could hold up the switch to it, which needs it alone.
        """
        if not isinstance(connection, Kept) or connection.in_transaction or not _is_ready(connection):
            connection.close()
        else:
            self._free.setdefault(connection.terms, []).append(connection)

    def close(self) -> None:
        """What was committed is on the disk, and every connection closed."""
        for kept in (kept for alike in self._free.values() for kept in alike):
            with suppress(sqlite3.Error):  # whoever has the database open too writes its log back later
                kept.execute(TO_DISK).fetchone()
            kept.close()


def _is_ready(connection: Kept) -> bool:
    """Whether a connection may be kept; the first time it is asked, its commits become light."""
    if connection.file is None and connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        connection.execute(LIGHT_COMMIT)
        connection.file = _file_of(str(connection.terms[0]))
    return connection.file is not None


def _file_of(path: str) -> tuple[int, int] | None:
    with suppress(OSError):
        found = os.stat(path)  # noqa: PTH116 -- asked 330 times
        return found.st_dev, found.st_ino
    return None


_idle: list[Idle] = []


def idle() -> Idle | None:
    """The connections that are kept just now; None outside of `kept_open`."""
    return _idle[-1] if _idle else None


@contextmanager
def kept_open() -> Iterator[None]:
    """Keep open, until the block ends, each SQLite database that Dagster closes a connection to."""
    kept = Idle()
    _idle.append(kept)
    try:
        yield
    finally:
        _idle.remove(kept)
        kept.close()
