#!/usr/bin/env bash
# An xlsx with an extension within a cell cannot be read: "Expecting 'v, f, or is' node".
# Expected: the cells: a cell may end with an extLst (ECMA-376, part 1, 18.3.1.4, CT_Cell), which a reader may pass over.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-calamine==0.9.1 xlsxwriter==3.3.1 openpyxl==3.1.5
"$folder/venv/bin/python" - <<'PYTHON'
import io
import zipfile
from importlib.metadata import version

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
book.add_worksheet("List").write_number(0, 0, 10.5)
book.close()
extension = b'</v><extLst><ext uri="{7B2A8F3C-0000-4000-8000-000000000000}"/></extLst>'
extended = changed(out.getvalue(), "xl/worksheets/sheet1.xml", lambda part: part.replace(b"</v>", extension))
assert cells(out.getvalue()) == [[10.5]] == [list(row) for row in openpyxl.load_workbook(io.BytesIO(extended)).active.values]
try:
    seen = cells(extended)
except python_calamine.CalamineError as error:
    seen = str(error)
print("python-calamine", version("python-calamine"), "with an extension:", seen)
assert isinstance(seen, str), "this has changed"
PYTHON
