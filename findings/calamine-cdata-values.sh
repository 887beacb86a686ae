#!/usr/bin/env bash
# A text in CDATA is blank in an ods, and so is the result of a formula of an xlsx; a string of an xlsx in CDATA is read.
# Expected: 'Lee & Sons' from all three: CDATA means the characters in it (XML 1.0, 2.7).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-calamine==0.9.1 odfpy==1.4.1 xlsxwriter==3.3.1
"$folder/venv/bin/python" - <<'PYTHON'
import io
import zipfile
from importlib.metadata import version

import python_calamine
import xlsxwriter
from odf import opendocument, table, text


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


words, wrapped = b">Lee &amp; Sons<", b"><![CDATA[Lee & Sons]]><"
out = io.BytesIO()
book = xlsxwriter.Workbook(out)
sheet = book.add_worksheet("List")
sheet.write_string(0, 0, "Lee & Sons")
sheet.write_formula(1, 0, '="Lee &"&" Sons"', None, "Lee & Sons")
book.close()
both = changed(out.getvalue(), "xl/sharedStrings.xml", lambda part: part.replace(words, wrapped))
both = changed(both, "xl/worksheets/sheet1.xml", lambda part: part.replace(words, wrapped))

ods = opendocument.OpenDocumentSpreadsheet()
of_ods, row, cell = table.Table(name="List"), table.TableRow(), table.TableCell(valuetype="string")
cell.addElement(text.P(text="Lee & Sons"))
row.addElement(cell)
of_ods.addElement(row)
ods.spreadsheet.addElement(of_ods)
made = io.BytesIO()
ods.save(made)
in_ods = changed(made.getvalue(), "content.xml", lambda part: part.replace(words, wrapped))

assert cells(out.getvalue()) == [["Lee & Sons"], ["Lee & Sons"]] and cells(made.getvalue()) == [["Lee & Sons"]]
print("python-calamine", version("python-calamine"), "xlsx:", cells(both), "ods:", cells(in_ods))
assert cells(both)[0] == ["Lee & Sons"]
assert cells(both)[1] == [""] and cells(in_ods) in ([], [[""]]), "this has changed"
PYTHON
