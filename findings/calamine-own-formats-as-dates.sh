#!/usr/bin/env bash
# In an xls a number whose style has a format numbered 50 to 58 comes out as a day, though the workbook's own FORMAT
# record of that number says `00000`. Expected: the number, as for the same format under the number 164: a FORMAT record
# says what its number means (MS-XLS 2.4.126), and Gnumeric numbers its own formats from 50.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-calamine==0.9.1 xlwt==1.3.0
"$folder/venv/bin/python" - <<'PYTHON'
import io
import struct
from importlib.metadata import version

import python_calamine
import xlwt

book = xlwt.Workbook()
sheet = book.add_sheet("List")
sheet.write(0, 0, 1000, xlwt.easyxf(num_format_str="00000"))
made = io.BytesIO()
book.save(made)


def numbered(content, first):
    """The same workbook whose own formats are numbered from another number, in FORMAT records and in their styles."""
    changed, at = bytearray(content), content.index(struct.pack("<HH", 0x0809, 16))
    while (kind := struct.unpack_from("<H", changed, at)[0]) != 0x000A:
        length = struct.unpack_from("<H", changed, at + 2)[0]
        place = at + 4 + (2 if kind == 0x00E0 else 0)
        if kind in (0x041E, 0x00E0) and (number := struct.unpack_from("<H", changed, place)[0]) >= 164:
            struct.pack_into("<H", changed, place, number - 164 + first)
        at += 4 + length
    return bytes(changed)


def cell(first):
    content = io.BytesIO(numbered(made.getvalue(), first))
    return python_calamine.CalamineWorkbook.from_filelike(content).get_sheet_by_index(0).to_python()[0][0]


seen = {first: cell(first) for first in (164, 60, 50)}
print("python-calamine", version("python-calamine"), seen)
assert seen[164] == seen[60] == 1000.0, "this has changed"
assert str(seen[50]).startswith("1902-09-26"), "this has changed"
PYTHON
