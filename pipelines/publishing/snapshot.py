"""The snapshot that analysts open: the next one grows beside the present one and takes its place at once.

Lives here: the steps in their order, begin, write, finish, swap, note, each on the one `SnapshotInProgress`; whether a
snapshot is behind the ledger. Not here: which tables it has (`tables.py`), the facts in them (`ledger_facts.py`), the
customers in it (`customers/derive.py`), the checks, with which the ledger's transaction ends before
(`ledger/checks/`). A reader keeps the state that it opened until it opens the file again.

The next snapshot starts as a copy of the present one, so that a change writes only the customers it affects.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipelines.durable import put_in_place, written
from pipelines.errors import TryAgain
from pipelines.publishing.ledger_facts import copy_facts
from pipelines.publishing.tables import make_tables, shape
from pipelines.warehouse.database import Connection, detach, number_of, second_writer, transaction
from pipelines.warehouse.open_elsewhere import kept_from_writers

STORAGE_VERSION = "v1.4.0"
"""Older DuckDB clients than ours can open the snapshot too: 1.4.4 and 1.5.5 refuse what 2.0 writes by default."""

VERSION = "SELECT coalesce(max(number), 0) FROM ledger.changes"


@dataclass(frozen=True)
class SnapshotInProgress:
    """The next snapshot: over which ledger, in place of which file, and whether it starts `fresh`, from nothing."""

    connection: Connection
    target: Path
    fresh: bool

    @property
    def building(self) -> Path:
        """The unfinished file."""
        return _building(self.target)


@contextmanager
def next_snapshot(connection: Connection, target: Path, fresh: bool) -> Iterator[Connection]:
    """Begin the next snapshot, empty where it is `fresh`, and swap it in when the block ends well.

    Yields the connection that writes its tables, `snapshot.main.*`. The facts are copied at the end, so the
    ledger's transaction must have ended by then. When the block fails, nothing of it remains.
    """
    snapshot = SnapshotInProgress(connection, target, fresh)
    try:
        begin(snapshot)
        with writing(snapshot) as writer:
            yield writer
            copy_facts(writer)
        finish(snapshot)
    except BaseException:
        give_up(snapshot)
        raise
    swap(snapshot)
    note_what_it_shows(snapshot)


def begin(snapshot: SnapshotInProgress) -> None:
    """Lay the unfinished file beside the present one, a copy of it or empty, and open it."""
    clear_unfinished(snapshot.target)
    if not snapshot.fresh:
        _copy_present(snapshot)
    _attach(snapshot.connection, snapshot.building, "snapshot", f"STORAGE_VERSION '{STORAGE_VERSION}'")


def _copy_present(snapshot: SnapshotInProgress) -> None:
    """Start from the present file. Raises TryAgain where somebody wrote into it meanwhile: it is made anew then."""
    with kept_from_writers(snapshot.target) as unwritten:
        shutil.copyfile(snapshot.target, snapshot.building)
        if not unwritten and not is_current(snapshot.connection, snapshot.target):
            raise TryAgain(f"somebody wrote into {snapshot.target} just now; what they write is not kept. Ask again")


@contextmanager
def writing(snapshot: SnapshotInProgress) -> Iterator[Connection]:
    """A connection that writes its tables, made first where it is fresh; the lineage of an earlier state is gone."""
    with second_writer(snapshot.connection) as writer:
        with transaction(writer):
            if snapshot.fresh:
                make_tables(writer)
            else:
                writer.execute("DELETE FROM snapshot.main.customer_values")
        yield writer


def finish(snapshot: SnapshotInProgress) -> None:
    """All that was written into the file itself, and the file closed."""
    snapshot.connection.execute("CHECKPOINT snapshot")
    snapshot.connection.execute("DETACH snapshot")


def swap(snapshot: SnapshotInProgress) -> None:
    """Make the new file durable, then give it the old one's name; readers see the one or the other.

    What somebody wrote into the old file goes with it: its log would keep everybody from opening the new one. Whoever
    has the old one open for writing goes on in it, with a log under the new one's name. DuckDB 2.0 tells such logs by
    the database's identity, which a copy shares, and a count of checkpoints, which can come to the same: it then
    read the rows of that log into the new file, without a word. So the new file gets an identity of its own.
    """
    with kept_from_writers(snapshot.target) as unwritten:
        if not unwritten:
            _renew_identity(snapshot)
        snapshot.target.with_name(f"{snapshot.target.name}.wal").unlink(missing_ok=True)
        put_in_place(snapshot.building, snapshot.target)


def _renew_identity(snapshot: SnapshotInProgress) -> None:
    """Write the unfinished file anew, as a database that no log of another one fits: 0.6 s for a million customers."""
    copied = snapshot.building.with_name(f"{snapshot.building.name}.copied")
    snapshot.building.replace(copied)
    _attach(snapshot.connection, copied, "copied", "READ_ONLY")
    _attach(snapshot.connection, snapshot.building, "snapshot", f"STORAGE_VERSION '{STORAGE_VERSION}'")
    snapshot.connection.execute("COPY FROM DATABASE copied TO snapshot; DETACH copied")
    finish(snapshot)
    copied.unlink()


def _attach(connection: Connection, path: Path, name: str, how: str) -> None:
    quoted = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS {name} ({how})")


def note_what_it_shows(snapshot: SnapshotInProgress) -> None:
    """Note beside the ledger which file shows which state of it."""
    with written(_state_file(snapshot.target)) as unfinished:
        unfinished.write_text(_state(snapshot.connection, snapshot.target), "utf-8")


def give_up(snapshot: SnapshotInProgress) -> None:
    """Nothing remains of the next snapshot."""
    detach(snapshot.connection, "snapshot")
    clear_unfinished(snapshot.target)


def is_current(connection: Connection, target: Path) -> bool:
    """Whether the snapshot is as it was last swapped in, has today's shape and shows all that the ledger holds.

    It does not after a crash between the ledger's commit and the swap, or when somebody wrote into it: then it is made
    anew. The snapshot itself is not opened: whoever has it open, even for writing, must not hold up a run.
    """
    noted = _state_file(target)
    return target.exists() and noted.exists() and noted.read_text("utf-8") == _state(connection, target)


def ledger_version(connection: Connection) -> int:
    """The number of the ledger's latest change; 0 before the first."""
    return number_of(connection, VERSION)


def clear_unfinished(target: Path) -> None:
    """Remove a next snapshot that was begun and never finished; the writer's lock says that nobody works on it."""
    building = _building(target)
    for ending in ("", ".wal", ".copied"):
        building.with_name(f"{building.name}{ending}").unlink(missing_ok=True)


def _building(target: Path) -> Path:
    return target.with_name(f".{target.name}.building")


def _state_file(target: Path) -> Path:
    return target.parent / "warehouse" / "published.json"


def _state(connection: Connection, target: Path) -> str:
    """Which file shows which state of the ledger in which shape, in a text to compare."""
    file = target.stat()
    known = {"ledger_version": ledger_version(connection), "inode": file.st_ino, "bytes": file.st_size}
    return json.dumps(known | {"changed": file.st_mtime_ns, "shape": shape()})
