#!/usr/bin/env bash
# write_excel writes text that looks like a link as other text, or ends in an IndexError.
# Expected: the text of the frame: no formula or link was asked for.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check polars==2.1.0 xlsxwriter==3.3.1 openpyxl==3.1.5
"$folder/venv/bin/python" - <<'PYTHON'
import io
import warnings
from importlib.metadata import version

import openpyxl
import polars as pl

warnings.simplefilter("ignore")


def written(text: str) -> str:
    out = io.BytesIO()
    pl.DataFrame({"company": [text]}).write_excel(out)
    return openpyxl.load_workbook(out).active["A2"].value


seen = {text: written(text) for text in ("mailto:office@example.com", "external:Acme", "0042")}
print("polars", version("polars"), "XlsxWriter", version("xlsxwriter"), seen)
try:
    written("file:///x")
except IndexError as error:
    print("file:///x: IndexError:", error)
else:
    raise SystemExit("this has changed")
assert seen == {"mailto:office@example.com": "office@example.com", "external:Acme": "Acme", "0042": "0042"}, "this has changed"
PYTHON
