#!/usr/bin/env bash
# In a text of an ods `<text:tab/>` and `<text:line-break/>` stand for a tab and a line break, and are left out: two words
# become one. Expected: 'Main Street 1\nParis' and 'Ann\tLee' (ODF 1.3, part 3, 6.1.4 text:tab, 6.1.5 text:line-break).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-calamine==0.9.1 fastexcel==0.21.0 pyarrow==26.0.1 odfpy==1.4.1
"$folder/venv/bin/python" - <<'PYTHON'
import io
from importlib.metadata import version

import fastexcel
import python_calamine
from odf import opendocument, table, text

book = opendocument.OpenDocumentSpreadsheet()
sheet = table.Table(name="List")
for before, between, after in (("Main Street 1", text.LineBreak, "Paris"), ("Ann", text.Tab, "Lee"), ("a", text.S, "b")):
    row, cell, words = table.TableRow(), table.TableCell(valuetype="string"), text.P(text=before)
    words.addElement(between())
    words.addText(after)
    cell.addElement(words)
    row.addElement(cell)
    sheet.addElement(row)
book.spreadsheet.addElement(sheet)
made = io.BytesIO()
book.save(made)
content = made.getvalue()
by_calamine = [row[0] for row in python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()]
by_fastexcel = fastexcel.read_excel(content).load_sheet(0, header_row=None, dtypes="string").to_arrow().column(0).to_pylist()
print("python-calamine", version("python-calamine"), by_calamine, "fastexcel", version("fastexcel"), by_fastexcel)
assert by_calamine[2] == by_fastexcel[2] == "a b", "text:s is known"
assert by_calamine[:2] == by_fastexcel[:2] == ["Main Street 1Paris", "AnnLee"], "this has changed"
PYTHON
