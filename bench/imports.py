"""Measures the import against its peers: `python bench/imports.py --rows 1000000 --runs 3`.

Here: running each contender as a process of its own on one generated file, what the process cost,
and the table of it all. Not here: the file (`generate`), the peers (`peers/`), whether they agree
(`agreement`), and any pass or fail on timing: a slow machine is not a broken import. The exit code
is 1 only when a contender crashed or found something else.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import IO, NamedTuple

from agreement import differences, findings
from generate import write_customers

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "bench" / "peers"
OURS, SQL, PANDAS, DLT = "ours", "duckdb-sql", "pandas", "dlt"
SCRIPTS = {SQL: PEERS / "duckdb_sql.py", PANDAS: PEERS / "pandas_script.py", DLT: PEERS / "dlt_sql.py"}
TITLES = {OURS: "Customer Intake", SQL: "hand-written SQL", PANDAS: "pandas", DLT: "dlt + SQL"}
AS_OF = "2026-11-23"
DATABASE = "customers.duckdb"
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes
WORK_LIMIT, PEAK_LIMIT = 1.5, 1500  # times the work of the SQL peer; megabytes


class Cost(NamedTuple):
    """What one run took: `work` leaves out starting the process, `peak` is in megabytes."""

    work: float
    wall: float
    cpu: float
    peak: float


class CrashError(Exception):
    """A contender did not get through its import; the text says which, and its last words."""


def main() -> int:
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file = Path(folder, "customers.csv")
        write_customers(asked.rows, file)
        try:
            return report(asked, file)
        except CrashError as crash:
            print(crash, file=sys.stderr)
            return 1


def report(asked: argparse.Namespace, file: Path) -> int:
    names = [name for name in TITLES if name not in asked.skip]
    reference = SQL if SQL in names else names[0]
    costs = measure(names, file, asked.runs, asked.peers_python)
    differing = list(differences({name: home(file, name) / DATABASE for name in names}, reference))
    agreement = [f"DIFFERENT {line}" for line in differing] or ["All contenders found exactly the same."]
    found = f"Found: {findings(home(file, reference) / DATABASE)}"
    print(f"{asked.rows:,} rows, median of {asked.runs} runs\n")
    print(*table(costs), "", *targets(costs), "", found, *agreement, sep="\n")
    return 1 if differing else 0


def arguments() -> argparse.Namespace:
    own = ROOT / ".venv-bench" / "bin" / "python"
    parser = argparse.ArgumentParser(description="Measure the import against its peers.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers-python", default=str(own if own.exists() else sys.executable))
    parser.add_argument("--skip", action="append", default=[], choices=TITLES, help="may be repeated")
    asked = parser.parse_args()
    if min(asked.rows, asked.runs) < 1 or not set(TITLES) - set(asked.skip):
        parser.error("there is nothing to measure")
    return asked


def measure(names: Sequence[str], file: Path, runs: int, peers_python: str) -> dict[str, Cost]:
    """The median cost of each contender; taking turns spreads a busy minute over all of them."""
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for turn in range(1, runs + 1):
        for name in names:
            cost = run(name, file, peers_python)
            print(f"run {turn} of {runs}, {TITLES[name]}: {cost.wall:.2f} s", file=sys.stderr)
            costs[name].append(cost)
    return {name: Cost(*map(median, zip(*each, strict=True))) for name, each in costs.items()}


def run(name: str, file: Path, peers_python: str) -> Cost:
    folder = fresh(home(file, name))
    words = command(name, file, folder / DATABASE, peers_python)
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        began = time.perf_counter()
        process = subprocess.Popen(
            words, cwd=ROOT, env=environment(folder), stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        work = work_seconds(name, process.returncode, text(stdout), text(stderr))
    return Cost(work, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * RSS_UNIT / 1e6)


def home(file: Path, name: str) -> Path:
    return file.parent / name


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def command(name: str, file: Path, database: Path, peers_python: str) -> list[str]:
    if name != OURS:
        return [peers_python, str(SCRIPTS[name]), str(file), str(database), "--as-of", AS_OF]
    options = ["--source", "bench", "--as-of", AS_OF, "--json"]
    return [sys.executable, "-m", "assets.cli", "import", str(file), *options]


def environment(folder: Path) -> dict[str, str]:
    # With this one set, every process would compile its libraries anew, which no user's does.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "CUSTOMERS_HOME": str(folder)}


def text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode(errors="replace")


def work_seconds(name: str, exit_code: int, stdout: str, stderr: str) -> float:
    # Ours ends with 1, having rejected rows, and prints one document; a peer prints one last line.
    finished, document = ((0, 1), stdout) if name == OURS else ((0,), stdout.strip().rpartition("\n")[2])
    try:
        if exit_code in finished:
            return float(json.loads(document)["work_seconds"])
    except (ValueError, KeyError, TypeError):
        pass
    last_words = f"{stdout[-1000:]}\n{stderr[-3000:]}".strip()
    raise CrashError(f"{TITLES[name]} crashed with exit code {exit_code}:\n{last_words}")


def table(costs: Mapping[str, Cost]) -> Iterator[str]:
    yield "| contender | work s | wall s | CPU s | peak MB | work / SQL | wall / ours |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name, cost in costs.items():
        work = ratio(cost.work, costs[SQL].work) if SQL in costs else "-"
        wall = ratio(cost.wall, costs[OURS].wall) if OURS in costs else "-"
        yield (
            f"| {TITLES[name]} | {cost.work:.2f} | {cost.wall:.2f} | {cost.cpu:.2f} "
            f"| {cost.peak:,.0f} | {work} | {wall} |"
        )


def ratio(cost: float, base: float) -> str:
    return f"{cost / base:.2f}x"


def targets(costs: Mapping[str, Cost]) -> Iterator[str]:
    """One line for each target; a contender that did not run has no cost to hold against it."""
    if OURS not in costs:
        yield "Targets: not measured without Customer Intake."
        return
    ours = costs[OURS]
    if SQL in costs:
        limit = f"work at most {WORK_LIMIT}x hand-written SQL"
        yield verdict(limit, ours.work <= WORK_LIMIT * costs[SQL].work, ratio(ours.work, costs[SQL].work))
    for name in (PANDAS, DLT):
        if name in costs:
            quicker = ours.wall < costs[name].wall
            yield verdict(f"wall time below {TITLES[name]}", quicker, ratio(ours.wall, costs[name].wall))
    yield verdict(f"peak below {PEAK_LIMIT:,} MB", ours.peak < PEAK_LIMIT, f"{ours.peak:,.0f} MB")


def verdict(target: str, met: bool, measured: str) -> str:
    return f"- {target}: {'met' if met else 'MISSED'} ({measured})"


if __name__ == "__main__":
    sys.exit(main())
