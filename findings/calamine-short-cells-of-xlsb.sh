#!/usr/bin/env bash
# Cells of an xlsb without a column of their own (records 12 to 18), as SheetJS writes them, are left out.
# Expected: [['Email', 'Name', 'Total'], ['ann@example.com', 'Ann', 10.5]] (MS-XLSB, BrtShortBlank to BrtShortIsst).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-calamine==0.9.1
npm install --silent --no-audit --no-fund --prefix "$folder/npm" xlsx@0.18.5
cat > "$folder/npm/write.js" <<'NODE'
const X = require('xlsx'), book = X.utils.book_new();
X.utils.book_append_sheet(book, X.utils.aoa_to_sheet([['Email', 'Name', 'Total'], ['ann@example.com', 'Ann', 10.5]]), 'List');
for (const kind of ['xlsx', 'xlsb']) X.writeFile(book, `${__dirname}/list.${kind}`, {bookType: kind});
NODE
node "$folder/npm/write.js"
"$folder/venv/bin/python" - "$folder/npm" <<'PYTHON'
import sys
from importlib.metadata import version

import python_calamine

seen = {kind: python_calamine.CalamineWorkbook.from_path(f"{sys.argv[1]}/list.{kind}").get_sheet_by_index(0).to_python()
        for kind in ("xlsx", "xlsb")}
print("python-calamine", version("python-calamine"), "SheetJS 0.18.5:", seen)
assert seen["xlsx"] == [["Email", "Name", "Total"], ["ann@example.com", "Ann", 10.5]], seen
assert "Ann" not in seen["xlsb"][1], "this has changed"
PYTHON
