#!/usr/bin/env bash
# A sheet of an xlsx whose XML is in UTF-16 is read as an empty one by python-calamine, without an error; fastexcel
# refuses it.
# Expected: the same cells: parts are in UTF-8 or UTF-16 (ECMA-376, part 2, OPC: XML usage).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-calamine==0.9.1 fastexcel==0.21.0 xlsxwriter==3.3.1 openpyxl==3.1.5
"$folder/venv/bin/python" - <<'PYTHON'
import io
import zipfile
from importlib.metadata import version

import fastexcel
import openpyxl
import python_calamine
import xlsxwriter


def changed(content, part, change):
    """The same container with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(out, "w") as made:
        for name in given.namelist():
            text = given.read(name)
            made.writestr(name, change(text) if name == part else text)
    return out.getvalue()


def cells(content):
    return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


out = io.BytesIO()
book = xlsxwriter.Workbook(out)
sheet = book.add_worksheet("List")
sheet.write_row(0, 0, ["Name", "Total"])
sheet.write_row(1, 0, ["Ann", 10.5])
book.close()


def in_utf16(part):
    return part.decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")


wide = changed(out.getvalue(), "xl/worksheets/sheet1.xml", in_utf16)
by_openpyxl = [list(row) for row in openpyxl.load_workbook(io.BytesIO(wide)).active.values]
try:
    of_fastexcel = fastexcel.read_excel(wide).load_sheet(0, header_row=None).height
except fastexcel.FastExcelError as error:
    of_fastexcel = str(error).splitlines()[0]
print("python-calamine", version("python-calamine"), cells(wide), "fastexcel", version("fastexcel"), of_fastexcel,
      "openpyxl", by_openpyxl)
assert cells(out.getvalue()) == by_openpyxl == [["Name", "Total"], ["Ann", 10.5]]
assert cells(wide) == [] and isinstance(of_fastexcel, str), "this has changed"
PYTHON
