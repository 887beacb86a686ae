"""Measures reading an XLSX beside a bare fastexcel read: `python bench/workbooks.py --rows 500000 --runs 3`.

Here: the workbook, written once to a temporary folder, each contender as a process of its own, and the table of
what they cost. Not here: the import (`imports`), and any pass or fail on timing.
"""

import argparse
import datetime
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
TITLES = ("email", "name", "total_spent", "monthly_spend", "payment_count", "first_payment", "last_payment", "refunds")
FIRST_DAY = datetime.date(2019, 1, 1)
RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes
CONTENDERS = {
    "bare fastexcel, as text": (
        "import sys, fastexcel; fastexcel.read_excel(sys.argv[1]).load_sheet(0, dtypes='string').to_polars()"
    ),
    "Customer Intake, read_file": (
        "import sys; from pathlib import Path; from pipelines.reading.read_file import read_file; "
        "read_file(Path(sys.argv[1]).read_bytes())"
    ),
    "bare python-calamine": (
        "import sys, python_calamine; python_calamine.CalamineWorkbook.from_path(sys.argv[1])"
        ".get_sheet_by_index(0).to_python()"
    ),
}
BASE = next(iter(CONTENDERS))


class Cost(NamedTuple):
    """What one run took, its own processes included; `peak` is in megabytes, of the largest of them."""

    wall: float
    cpu: float
    peak: float


def main() -> int:
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for kind, mixed in (("columns of one type each", False), ("a column of numbers and text", True)):
            file = Path(folder, "customers.xlsx")
            write_workbook(asked.rows, file, mixed)
            print(f"\n{asked.rows:,} rows, {kind}, {file.stat().st_size / 1e6:.0f} MB, median of {asked.runs} runs\n")
            print(*table(measure(file, asked.runs)), sep="\n")
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure reading a workbook.")
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


def write_workbook(count: int, file: Path, mixed: bool) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(file), {"constant_memory": True})
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, TITLES)
    for row in range(1, count + 1):
        sheet.write_string(row, 0, f"customer{row}@example.com")
        sheet.write_string(row, 1, f"0{row}" if mixed and row % 5 == 0 else f"Name {row % 1000}")
        if mixed and row % 7 == 0:
            sheet.write_number(row, 1, row)
        sheet.write_number(row, 2, row * 37 % 100_000 / 100)
        sheet.write_number(row, 3, row * 17 % 10_000 / 100)
        sheet.write_number(row, 4, row % 90)
        sheet.write_datetime(row, 5, FIRST_DAY + datetime.timedelta(row % 1500), day)
        sheet.write_datetime(row, 6, FIRST_DAY + datetime.timedelta(row % 2500), day)
        sheet.write_number(row, 7, 0)
    book.close()


def measure(file: Path, runs: int) -> dict[str, Cost]:
    """The median cost of each contender; taking turns spreads a busy minute over all of them."""
    turns = [{name: run(program, file) for name, program in CONTENDERS.items()} for _ in range(runs)]
    return {name: middle([turn[name] for turn in turns]) for name in CONTENDERS}


def middle(costs: Sequence[Cost]) -> Cost:
    return Cost(*map(median, zip(*costs, strict=True)))


def run(program: str, file: Path) -> Cost:
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", program, str(file)], cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"a contender crashed with exit code {process.returncode}: {program}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * RSS_UNIT / 1e6)


def table(costs: dict[str, Cost]) -> Iterator[str]:
    yield "| contender | wall s | CPU s | peak MB | wall / fastexcel | CPU / fastexcel |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for name, cost in costs.items():
        wall, cpu = cost.wall / costs[BASE].wall, cost.cpu / costs[BASE].cpu
        yield f"| {name} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.peak:,.0f} | {wall:.2f}x | {cpu:.2f}x |"


if __name__ == "__main__":
    sys.exit(main())
