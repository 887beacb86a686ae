#!/usr/bin/env bash
# Dates of the cell type 'd' with a time zone, as SheetJS writes them, come out as null in a column of dates.
# Expected: every date or its text, or an error: none without a value (ECMA-376, part 1, 18.18.11).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check fastexcel==0.21.0 polars==2.1.0 pyarrow==26.0.1 xlsxwriter==3.3.1
"$folder/venv/bin/python" - <<'PYTHON'
import io
import zipfile
from importlib.metadata import version

import fastexcel
import xlsxwriter

made = io.BytesIO()
with xlsxwriter.Workbook(made) as book:
    sheet, day = book.add_worksheet("List"), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_string(0, 0, "since")
    for row in range(1, 11):
        sheet.write_number(row, 0, 45352, day)
typed = io.BytesIO()
with zipfile.ZipFile(made) as given, zipfile.ZipFile(typed, "w") as changed:
    for name in given.namelist():
        part = given.read(name)
        changed.writestr(name, part.replace(b'"><v>45352</v>', b'" t="d"><v>2024-03-01T00:00:00.000Z</v>'))
seen = fastexcel.read_excel(typed.getvalue()).load_sheet(0).to_polars()["since"]
print("fastexcel", version("fastexcel"), seen.dtype, "with", seen.null_count(), "of", len(seen), "null")
assert len(seen) == 10 and seen.null_count() == 10, "this has changed"
PYTHON
