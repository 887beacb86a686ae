"""Who else has a database open: whether some other process may write into a file of DuckDB.

Lives here: asking for the lock that DuckDB takes on a file that it opens. Not here: our own turns (`write_lock.py`).
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def kept_from_writers(path: Path) -> Iterator[bool]:
    """Let no other process open a database for writing while the block lasts; whoever reads it goes on.

    Yields whether that could be had: no, where some process has it open for writing already; yes for a file that is not
    there. The lock is that of a reader of DuckDB's; as with DuckDB's own, any other handle on the file that this
    process closes ends it.
    """
    if not path.exists():
        yield True
        return
    with path.open("rb") as file:
        try:
            # lockf, as DuckDB: locks of flock and of fcntl do not see each other.
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            free = True
        except OSError:
            free = False
        yield free
