#!/usr/bin/env bash
# An ods whose content.xml is indented, as Gnumeric and SheetJS write it, cannot be opened.
# Expected: the same cells: white space between rows and cells has no meaning in OpenDocument.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-calamine==0.9.1 fastexcel==0.21.0 odfpy==1.4.1
"$folder/venv/bin/python" - <<'PYTHON'
import io
import re
import zipfile
from importlib.metadata import version

import fastexcel
import python_calamine
from odf import opendocument, table, text

book = opendocument.OpenDocumentSpreadsheet()
sheet = table.Table(name="List")
for word in ("email", "ann@example.com"):
    row, cell = table.TableRow(), table.TableCell(valuetype="string")
    cell.addElement(text.P(text=word))
    row.addElement(cell)
    sheet.addElement(row)
book.spreadsheet.addElement(sheet)
made = io.BytesIO()
book.save(made)
indented = io.BytesIO()
with zipfile.ZipFile(made) as given, zipfile.ZipFile(indented, "w") as changed:
    for name in given.namelist():
        part = given.read(name)
        changed.writestr(name, re.sub(rb"<(?=/?table:table-row|table:table-cell)", rb"\n  <", part)
                         if name == "content.xml" else part)
read = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(made.getvalue())).get_sheet_by_index(0).to_python()
assert read == [["email"], ["ann@example.com"]], read
for library, open_it in (
    ("python-calamine", lambda: python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(indented.getvalue()))),
    ("fastexcel", lambda: fastexcel.read_excel(indented.getvalue())),
):
    try:
        open_it()
    except Exception as error:
        print(library, version(library), "on the indented file:", type(error).__name__, str(error).splitlines()[0])
    else:
        raise SystemExit(f"{library}: this has changed")
PYTHON
