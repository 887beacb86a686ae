"""Measures small imports beside the build before: `python bench/small_imports.py --history 1000000`.

Here: an import of one row into an empty home and into one that a large file has filled, of 10,000 rows into both, and
its undo, as the command does them, for each build; quick commands beside them. Not here: large files (`imports.py`), a
history of ten millions (`ledger.py`).
"""

import argparse
import json
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import measure
from generate import write_customers
from imports import AS_OF
from measure import Cost, CrashError, customers, fresh
from report import record


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure small imports.")
    parser.add_argument("--history", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        try:
            for build in measure.builds():
                prepare(build, Path(folder), asked)
            ask(Path(folder), asked.history, asked.rows, asked.runs)
        except CrashError as told:
            print(told, file=sys.stderr)
            return 1
    return 0


def prepare(build: str, folder: Path, asked: argparse.Namespace) -> None:
    """A home with a history, and one that is as good as empty: its first import has made its tables."""
    for kind, rows in (("full", asked.history), ("empty", 1)):
        file = folder / f"{kind}.csv"
        if not file.exists():
            write_customers(rows, file)
        imported(build, fresh(folder / build / kind), file)


def ask(folder: Path, history: int, rows: int, runs: int) -> None:
    """Each question to each build."""
    for count in (1, rows):
        for kind, into in (("empty", "an empty ledger"), ("full", f"a ledger of {history:,} rows")):
            contenders = {build: partial(new_rows, build, folder / build / kind, count) for build in measure.builds()}
            question = f"{count:,} row{'s' * (count > 1)} into {into}"
            record(question, measure.in_turns(contenders, runs), measure.NOW)
    for kind, out_of in (("empty", "an empty ledger"), ("full", f"a ledger of {history:,} rows")):
        contenders = {build: partial(undone, build, folder / build / kind, rows) for build in measure.builds()}
        record(f"Undo of {rows:,} rows in {out_of}", measure.in_turns(contenders, runs), measure.NOW)
    for words in (["--help"], ["history"]):
        contenders = {build: partial(quick, build, folder / build / "full", words) for build in measure.builds()}
        record(f"customers {words[0]}", measure.in_turns(contenders, runs), measure.NOW)


def imported(build: str, home: Path, file: Path) -> Cost:
    words = ["import", str(file), "--source", "bench", "--as-of", AS_OF, "--on-overlap", "add"]
    return customers(build, words, home).cost


def new_rows(build: str, home: Path, count: int) -> Cost:
    """Import a file of customers that no other has."""
    file, now = home.parent / "new.csv", time.time_ns()
    lines = (f"p{now}.{number}@example.com,Ann Doe,12.50\n" for number in range(count))
    file.write_text("email,name,total_spent\n" + "".join(lines), "utf-8")
    return imported(build, home, file)


def undone(build: str, home: Path, rows: int) -> Cost:
    """Undo an import that was made for it."""
    new_rows(build, home, rows)
    history = json.loads(customers(build, ["history", "--json"], home).stdout)
    entries = history["imports"] if isinstance(history, dict) else history
    return customers(build, ["undo", entries[0]["import_id"], "--by", "bench"], home).cost


def quick(build: str, home: Path, words: list[str]) -> Cost:
    return customers(build, words, home).cost


if __name__ == "__main__":
    sys.exit(main())
