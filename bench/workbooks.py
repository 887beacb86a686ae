"""Measures reading an XLSX beside a bare fastexcel read: `python bench/workbooks.py --rows 500000 --runs 3`.

Here: the workbook, written once to a temporary folder, and its readers. Not here: the import (`imports.py`), what a
process costs (`measure.py`).
"""

import argparse
import datetime
import sys
import tempfile
from functools import partial
from pathlib import Path

from measure import ROOT, Cost, crash, finished, in_turns
from report import record

TITLES = ("email", "name", "total_spent", "monthly_spend", "payment_count", "first_payment", "last_payment", "refunds")
FIRST_DAY = datetime.date(2019, 1, 1)
OURS = "Customer Intake, read_file"
CONTENDERS = {
    "bare fastexcel, as text": (
        "import sys, fastexcel; fastexcel.read_excel(sys.argv[1]).load_sheet(0, dtypes='string').to_polars()"
    ),
    OURS: (
        "import sys; from pathlib import Path; from pipelines.reading.read_file import read_file; "
        "read_file(Path(sys.argv[1]).read_bytes())"
    ),
    "bare python-calamine": (
        "import sys, python_calamine; python_calamine.CalamineWorkbook.from_path(sys.argv[1])"
        ".get_sheet_by_index(0).to_python()"
    ),
}


def main() -> int:
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for kind, mixed in (("columns of one type each", False), ("a column of numbers and text", True)):
            file = Path(folder, "customers.xlsx")
            write_workbook(asked.rows, file, mixed)
            costs = in_turns({name: partial(read, name, file) for name in CONTENDERS}, asked.runs)
            record(f"Reading a workbook of {asked.rows:,} rows, {kind}", costs, OURS)
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


def read(name: str, file: Path) -> Cost:
    ended = finished([sys.executable, "-c", CONTENDERS[name], str(file)], file.parent, ROOT)
    if ended.exit_code:
        raise crash(name, ended)
    return ended.cost


if __name__ == "__main__":
    sys.exit(main())
