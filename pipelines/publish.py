"""Publishing: the tables that analysts open, built anew beside the old ones and swapped in at once.

Lives here: what the snapshot holds, its comments and views, the swap. Not here: how the tables came to be.
A reader with the old snapshot open keeps it until it opens the file again.
"""

import os
from pathlib import Path

from pipelines.warehouse import TABLES, Connection, column_list, number_of
from schemas.base import Contract, columns_of
from schemas.imports import ImportHistory

STORAGE_VERSION = "v1.4.0"
"""Older DuckDB clients than ours can open the snapshot too."""

RECENT_DAYS = 20
PUBLISHED: dict[str, type[Contract]] = TABLES | {"import_history": ImportHistory}

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


def publish(connection: Connection, target: Path) -> dict[str, int]:
    """Write the snapshot and swap it in; returns the rows of each table.

    A crash before the swap leaves the old snapshot and a leftover that the next call removes.
    """
    building = target.with_name(f".{target.name}.building")
    for leftover in (building, building.with_name(f"{building.name}.wal")):
        leftover.unlink(missing_ok=True)
    connection.execute(f"ATTACH '{_quoted(building)}' AS snapshot (STORAGE_VERSION '{STORAGE_VERSION}')")
    try:
        connection.execute("BEGIN")
        counts = {name: _copy(connection, name, contract) for name, contract in PUBLISHED.items()}
        for name, (comment, query) in VIEWS.items():
            _view(connection, name, comment, query)
        connection.execute("COMMIT")
        connection.execute("CHECKPOINT snapshot")
    finally:
        connection.execute("DETACH snapshot")
    _swap(building, target)
    return counts


def _copy(connection: Connection, name: str, contract: type[Contract]) -> int:
    columns = columns_of(contract)
    listed = ", ".join(f'"{column.name}"' for column in columns)
    connection.execute(f"CREATE TABLE snapshot.main.{name} ({column_list(columns)})")
    count = number_of(connection, f"INSERT INTO snapshot.main.{name} SELECT {listed} FROM working.main.{name}")
    _comment(connection, f"TABLE snapshot.main.{name}", _summary(contract))
    for column in columns:
        _comment(connection, f'COLUMN snapshot.main.{name}."{column.name}"', column.description)
    return count


def _view(connection: Connection, name: str, comment: str, query: str) -> None:
    connection.execute("USE snapshot")
    connection.execute(f"CREATE VIEW {name} AS {query}")
    _comment(connection, f"VIEW {name}", comment)
    connection.execute("USE working")


def _comment(connection: Connection, target: str, text: str) -> None:
    connection.execute(f"COMMENT ON {target} IS '{text.replace(chr(39), chr(39) * 2)}'")


def _summary(contract: type[Contract]) -> str:
    return (contract.__doc__ or "").strip().split("\n\n")[0]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


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
