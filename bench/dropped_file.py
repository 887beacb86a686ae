"""How long a dropped file waits: `python bench/dropped_file.py --drops 10` (median; asked: 12 s for 1,000 rows).

Here: `make dev` over a new home with its default settings, files that are dropped at uneven moments, when each is in
`customers.duckdb`, and where the time went, by Dagster's own instants. Not here: what is in the files (`generate.py`).
"""

import argparse
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import duckdb
from generate import HEADER, customer_rows

PROJECT = Path(__file__).resolve().parents[1]
START, PATIENCE, POLL = 300.0, 120.0, 0.05
DAGSTER_TIMES = """
    SELECT strftime('%s', runs.create_timestamp), runs.start_time, runs.end_time FROM runs
    WHERE pipeline_name = 'import_files' ORDER BY id DESC LIMIT 1
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="How long a dropped file waits until analysts see it.")
    parser.add_argument("--drops", type=int, default=10)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument(
        "--copy", action="store_true", help="write into the inbox, instead of moving a whole file there"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        lists = written(asked.drops + 1, asked.rows, Path(folder))
        process = started(home)
        try:
            first = dropped(lists[0], home, START, asked.copy)
            print(f"the first, with the start of `make dev`: {first[0]:.1f} s")
            waits = []
            for number, path in enumerate(lists[1:]):
                time.sleep(3 + number * 1.37 % 5)  # uneven against any rhythm of the daemon
                wait, parts = dropped(path, home, PATIENCE, asked.copy)
                waits.append(wait)
                print(f"{path.name}: {wait:.1f} s ({parts}; load {os.getloadavg()[0]:.1f})", flush=True)
            print(f"median {statistics.median(waits):.1f} s, worst {max(waits):.1f} s; memory {memory(process.pid)} MB")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def written(count: int, rows: int, folder: Path) -> list[Path]:
    """Files of different people."""
    made = list(customer_rows(count * rows))
    paths = [folder / f"list_{number}.csv" for number in range(count)]
    for number, path in enumerate(paths):
        lines = [HEADER, *made[number * rows : (number + 1) * rows]]
        path.write_text("".join(",".join(line) + "\n" for line in lines), "utf-8")
    return paths


def started(home: Path) -> subprocess.Popen[bytes]:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "assets.cli.dev", "--port", str(port)]
    variables = os.environ | {"CUSTOMERS_HOME": str(home)}
    log = home.with_suffix(".log").open("wb")
    return subprocess.Popen(command, cwd=PROJECT, env=variables, stdout=log, stderr=log, start_new_session=True)


def dropped(path: Path, home: Path, patience: float, copied: bool) -> tuple[float, str]:
    """Seconds from the drop until the snapshot has the import, and where they went."""
    target = home / "inbox" / "crm" / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    began, instant = time.perf_counter(), time.time()
    if copied:
        target.write_bytes(path.read_bytes())
    else:
        path.replace(target)
    while not published(home / "customers.duckdb", path.name):
        if time.perf_counter() - began > patience:
            sys.exit(f"{path.name} did not come within {patience:.0f} s; see {home.with_suffix('.log')}")
        time.sleep(POLL)
    return time.perf_counter() - began, parts_of(home, instant)


def published(path: Path, name: str) -> bool:
    if not path.exists():
        return False
    with duckdb.connect(path, read_only=True) as connection:
        found = connection.execute("SELECT count(*) FROM import_history WHERE file_name = ?", [name]).fetchone()
        return found is not None and found[0] > 0


def parts_of(home: Path, instant: float) -> str:
    """When its run was asked for, and when its process began the work."""
    with closing(sqlite3.connect(f"file:{home}/dagster/history/runs.db?mode=ro", uri=True)) as connection:
        asked, began, _ = connection.execute(DAGSTER_TIMES).fetchone()
    return f"asked for after {int(asked) - instant:.0f} s, begun after {began - instant:.1f} s" if began else ""


def memory(process: int) -> int:
    """Megabytes of a process group that nobody else uses, or a fair share of."""
    total = 0
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(place.read_text().rsplit(")", 1)[1].split()[2]) == process:
                lines = place.with_name("smaps_rollup").read_text().splitlines()
                total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue
    return round(total / 1024)


if __name__ == "__main__":
    main()
