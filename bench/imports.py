"""Measures the import against its peers: `python bench/imports.py --rows 1000000 --runs 3`.

Here: running each contender as a process of its own on one generated file, and the table of what it cost. Not here:
the file (`generate`), the peers (`peers/`), whether they agree (`agreement`), and any pass or fail on timing: a slow
machine is not a broken import. The exit code is 1 only when a contender crashed or found something else.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import measure
from agreement import differences, findings
from generate import write_customers
from measure import BEFORE, NOW, Cost, CrashError, Finished, crash, customers, finished, fresh
from report import record

PEERS = measure.ROOT / "bench" / "peers"
OUR_TABLES, SQL = "SQL that writes our tables", "SQL, 8 columns"
SCRIPTS = {
    OUR_TABLES: PEERS / "our_tables_sql.py",
    SQL: PEERS / "duckdb_sql.py",
    "polars": PEERS / "polars_script.py",
    "pandas": PEERS / "pandas_script.py",
    "dlt + SQL": PEERS / "dlt_sql.py",
}
AS_OF = "2026-11-23"
DATABASE = "customers.duckdb"


def main() -> int:
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file = Path(folder, "customers.csv")
        write_customers(asked.rows, file)
        try:
            return measured(asked, file)
        except CrashError as told:
            print(told, file=sys.stderr)
            return 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the import against its peers.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers-python", default=str(measure.PEERS_PYTHON))
    parser.add_argument("--only", action="append", choices=(NOW, BEFORE, *SCRIPTS), help="may be repeated")
    return parser.parse_args()


def measured(asked: argparse.Namespace, file: Path) -> int:
    """Run all contenders, and write down what they cost and whether they agree."""
    names = [name for name in (*measure.builds(), *SCRIPTS) if not asked.only or name in asked.only]
    costs = measure.in_turns({name: contender(name, file, asked.peers_python) for name in names}, asked.runs)
    reference = SQL if SQL in names else names[0]
    differing = list(differences({name: home(file, name) / DATABASE for name in names}, reference))
    agreement = [f"DIFFERENT {line}" for line in differing] or ["All contenders found exactly the same."]
    found = f"Found: {findings(home(file, reference) / DATABASE)}."
    record(f"A file of {asked.rows:,} rows", costs, NOW, found=found, agreement=" ".join(agreement))
    return 1 if differing else 0


def contender(name: str, file: Path, peers_python: str) -> Callable[[], Cost]:
    if name in SCRIPTS:
        return partial(of_a_peer, name, file, peers_python)
    return partial(of_ours, name, file)


def of_ours(build: str, file: Path) -> Cost:
    # Ours ends with 1, having rejected rows.
    words = ["import", str(file), "--source", "bench", "--as-of", AS_OF, "--json"]
    ended = customers(build, words, fresh(home(file, build)))
    return told(build, ended, ended.stdout)


def of_a_peer(name: str, file: Path, python: str) -> Cost:
    folder = fresh(home(file, name))
    ended = finished([python, str(SCRIPTS[name]), str(file), str(folder / DATABASE), "--as-of", AS_OF], folder)
    if ended.exit_code:
        raise crash(name, ended)
    return told(name, ended, ended.stdout.strip().rpartition("\n")[2])


def told(name: str, ended: Finished, document: str) -> Cost:
    """The cost with the seconds of work that the process tells in its last document."""
    try:
        return ended.cost._replace(work=float(json.loads(document)["work_seconds"]))
    except (ValueError, KeyError, TypeError) as error:
        raise crash(name, ended) from error


def home(file: Path, name: str) -> Path:
    return file.parent / name


if __name__ == "__main__":
    sys.exit(main())
