"""Measures what the tables alone cost: `python bench/tables.py --rows 1000000`.

Here: the tables that an import must leave behind (contract page 4, and the ledger that makes undo exact), written again
into empty databases from Parquet files of their rows, by one INSERT each: no reading, validating, folding or checking.
Beside it the whole work of the hand-written SQL, in the same run. It is the floor under `imports.py`: what leaves
these tables takes at least as long. Not here: the import itself.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
from generate import write_customers
from imports import DATABASE, OURS, SQL, TITLES, home, run

LEDGER = ("contributions", "priority_changes")
SNAPSHOT = ("customers", "customer_priority", "customer_priority_history")


class Cost(NamedTuple):
    """What writing one table took, the file included."""

    rows: int
    columns: int
    wall: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what the tables alone cost.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--peers-python", required=True)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file = Path(folder, "customers.csv")
        write_customers(asked.rows, file)
        costs = {name: run(name, file, asked.peers_python) for name in (OURS, SQL)}
        tables = {
            f"{schema}.{name}": written(database, schema, name, Path(folder))
            for database, schema, names in (
                (home(file, OURS) / "warehouse" / "working.duckdb", "ledger", LEDGER),
                (home(file, OURS) / DATABASE, "main", SNAPSHOT),
            )
            for name in names
        }
    print(*table(tables), "", sep="\n")
    whole = (f"{TITLES[name]}, the whole work: {cost.work:.2f} s, {cost.cpu:.2f} s CPU" for name, cost in costs.items())
    print(*whole, sep="\n")


def written(database: Path, schema: str, name: str, folder: Path) -> Cost:
    """Write one table anew from its rows; the median of three."""
    rows, target = folder / "rows.parquet", folder / "again.duckdb"
    with duckdb.connect(database, read_only=True) as found:
        found.execute(f"COPY {schema}.{name} TO '{rows}' (COMPRESSION uncompressed)")
        described = found.execute(f"DESCRIBE {schema}.{name}").fetchall()
    columns = ", ".join(f'"{column[0]}" {column[1]}' for column in described)
    return sorted((once(target, columns, rows) for _ in range(3)), key=lambda cost: cost.wall)[1]


def once(target: Path, columns: str, rows: Path) -> Cost:
    target.unlink(missing_ok=True)
    wall, cpu = time.perf_counter(), cpu_seconds()
    with duckdb.connect(target) as con:
        con.execute("SET preserve_insertion_order = false")
        con.execute(f"CREATE TABLE written ({columns})")
        con.execute(f"INSERT INTO written FROM read_parquet('{rows}')")
        height = con.execute("SELECT count(*) FROM written").fetchall()[0][0]
    return Cost(height, columns.count('" '), time.perf_counter() - wall, cpu_seconds() - cpu)


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def table(tables: dict[str, Cost]) -> Iterator[str]:
    yield "| table | rows | columns | wall s | CPU s |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for name, cost in tables.items():
        yield f"| {name} | {cost.rows:,} | {cost.columns} | {cost.wall:.2f} | {cost.cpu:.2f} |"
    wall, cpu = sum(cost.wall for cost in tables.values()), sum(cost.cpu for cost in tables.values())
    yield f"| all | | | {wall:.2f} | {cpu:.2f} |"


if __name__ == "__main__":
    main()
