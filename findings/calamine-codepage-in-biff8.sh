#!/usr/bin/env bash
# Text of an xls (BIFF8) with a CODEPAGE record of 1252, as Spreadsheet::WriteExcel writes it, comes out with NUL.
# Expected: 'Zoe': in BIFF8 text is UTF-16 or its lower bytes, and 1252 is an allowed value (MS-XLS, CodePage and XLUnicodeString).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-calamine==0.9.1 xlwt==1.3.0
"$folder/venv/bin/python" - <<'PYTHON'
import io
from importlib.metadata import version

import python_calamine
import xlwt

book = xlwt.Workbook()
book.add_sheet("List").write(0, 0, "Zoe")
out = io.BytesIO()
book.save(out)
codepage = b"\x42\x00\x02\x00"
made = out.getvalue()
assert made.count(codepage + b"\xb0\x04") == 1, "xlwt declares 1200"
of_1252 = made.replace(codepage + b"\xb0\x04", codepage + b"\xe4\x04")
seen = [python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(each)).get_sheet_by_index(0).to_python()[0][0]
        for each in (made, of_1252)]
print("python-calamine", version("python-calamine"), "with 1200:", repr(seen[0]), "with 1252:", repr(seen[1]))
assert seen[0] == "Zoe" and "\x00" in seen[1], "this has changed"
PYTHON
