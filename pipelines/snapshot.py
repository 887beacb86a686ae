"""The snapshot that analysts open: the next one grows beside the present one and takes its place at once.

Lives here: what the snapshot holds, its comments and views, how it is begun, finished and swapped in. Not here:
the customers in it (`customers/deriving.py`). A reader keeps the state that it opened until it opens the file again.

The next snapshot starts as a copy of the present one, so that a change writes only the customers it touches.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.warehouse import Connection, column_list, detach, number_of, second_writer, transaction
from schemas.base import Contract, columns_of
from schemas.customers import CustomerPriority, CustomerPriorityHistory, Customers
from schemas.imports import ImportHistory, RejectedRows

STORAGE_VERSION = "v1.4.0"
"""Older DuckDB clients than ours can open the snapshot too."""

RECENT_DAYS = 20
TABLES: dict[str, type[Contract]] = {
    "customers": Customers,
    "customer_priority": CustomerPriority,
    "customer_priority_history": CustomerPriorityHistory,
    "rejected_rows": RejectedRows,
    "import_history": ImportHistory,
}

VIEWS: dict[str, tuple[str, str]] = {
    "rejected_reasons": (
        "One row per reason of a rejected row",
        "SELECT import_id, source, file_name, sheet, row_number, severity, reason.code, reason.field, "
        "reason.header, reason.value, reason.message, rejected_at, resolved_by_import_id "
        "FROM rejected_rows, unnest(reasons) AS reasons(reason)",
    ),
    "import_history_recent": (
        f"The imports of the last {RECENT_DAYS} days",
        f"SELECT * FROM import_history WHERE started_at >= now() - INTERVAL {RECENT_DAYS} DAY",
    ),
}

VERSION = "SELECT coalesce(max(number), 0) FROM ledger.changes"


def is_current(connection: Connection, target: Path) -> bool:
    """Whether the snapshot is the one last swapped in, has today's shape and shows all that the ledger holds.

    It does not after a crash between the ledger's commit and the swap: then it is made anew. The snapshot itself is
    not opened: whoever has it open, even for writing, must not hold up a run.
    """
    noted = _state_file(target)
    return target.exists() and noted.exists() and noted.read_text("utf-8") == _state(connection, target)


@contextmanager
def next_snapshot(connection: Connection, target: Path, fresh: bool) -> Iterator[Connection]:
    """Begin the next snapshot, empty where it is `fresh`, and swap it in when the block ends well.

    Yields the connection that writes its tables, `snapshot.main.*`. The facts are copied at the end, so the
    ledger's transaction must have ended by then. When the block fails, nothing of it remains.
    """
    building = _building(target)
    clear_unfinished(target)
    try:
        if not fresh:
            shutil.copyfile(target, building)
        connection.execute(f"ATTACH '{_quoted(building)}' AS snapshot (STORAGE_VERSION '{STORAGE_VERSION}')")
        with second_writer(connection) as writer:
            if fresh:
                with transaction(writer):
                    _make_tables(writer)
            yield writer
            _copy_facts(writer)
            writer.execute("CHECKPOINT snapshot")
        connection.execute("DETACH snapshot")
    except BaseException:
        detach(connection, "snapshot")
        clear_unfinished(target)
        raise
    _swap(building, target)
    _state_file(target).write_text(_state(connection, target), "utf-8")


def ledger_version(connection: Connection) -> int:
    """The number of the ledger's latest change; 0 before the first."""
    return number_of(connection, VERSION)


def _state_file(target: Path) -> Path:
    return target.parent / "warehouse" / "published.json"


def _state(connection: Connection, target: Path) -> str:
    """Which file shows which state of the ledger in which shape, in a text to compare."""
    shape = repr(([column_list(columns_of(contract)) for contract in TABLES.values()], VIEWS))
    file = target.stat()
    known = {"ledger_version": ledger_version(connection), "inode": file.st_ino, "bytes": file.st_size}
    return json.dumps(known | {"shape": hashlib.sha256(shape.encode()).hexdigest()[:16]})


def _make_tables(writer: Connection) -> None:
    for name, contract in TABLES.items():
        writer.execute(f"CREATE TABLE snapshot.main.{name} ({column_list(columns_of(contract))})")
        _comment(writer, f"TABLE snapshot.main.{name}", (contract.__doc__ or "").strip().split("\n\n")[0])
        for column in columns_of(contract):
            _comment(writer, f'COLUMN snapshot.main.{name}."{column.name}"', column.description)
    _make_views(writer)


def _make_views(writer: Connection) -> None:
    writer.execute("USE snapshot")
    for name, (comment, query) in VIEWS.items():
        writer.execute(f"CREATE VIEW {name} AS {query}")
        _comment(writer, f"VIEW {name}", comment)
    writer.execute("USE working")


def _copy_facts(writer: Connection) -> None:
    """The tables that show the ledger's facts, as they are now; the history of priorities only grows."""
    writer.execute(
        """
        BEGIN;
        DELETE FROM snapshot.main.rejected_rows;
        INSERT INTO snapshot.main.rejected_rows BY NAME FROM ledger.listed_rejects;
        DELETE FROM snapshot.main.import_history;
        INSERT INTO snapshot.main.import_history BY NAME FROM ledger.import_history;
        INSERT INTO snapshot.main.customer_priority_history FROM ledger.priority_changes
            WHERE change_number > (
                SELECT coalesce(max(change_number), 0) FROM snapshot.main.customer_priority_history);
        COMMIT
        """
    )


def _comment(writer: Connection, target: str, text: str) -> None:
    writer.execute(f"COMMENT ON {target} IS '{text.replace(chr(39), chr(39) * 2)}'")


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def clear_unfinished(target: Path) -> None:
    """Remove a next snapshot that was begun and never finished; the writer's lock says that nobody works on it."""
    building = _building(target)
    for leftover in (building, building.with_name(f"{building.name}.wal")):
        leftover.unlink(missing_ok=True)


def _building(target: Path) -> Path:
    return target.with_name(f".{target.name}.building")


def _swap(building: Path, target: Path) -> None:
    """Make the new file durable, then give it the old one's name; readers see the one or the other."""
    building.chmod(0o444)
    with open(building, "rb") as file:
        os.fsync(file.fileno())
    building.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
