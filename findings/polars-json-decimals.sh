#!/usr/bin/env bash
# A JSON number read into Decimal(20, 3) goes through a float: 17 digits come out as another amount, without an error.
# Expected: 12345678901234.567, as from the same digits in quotes, and as the number's own text when a String is asked for.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check polars==2.1.0
"$folder/venv/bin/python" - <<'PYTHON'
import io
from importlib.metadata import version

import polars as pl

money, digits = pl.Decimal(20, 3), "12345678901234.567"
number, text = f'{{"a":{digits}}}', f'{{"a":"{digits}"}}'
seen = {
    "json_decode": pl.Series([number]).str.json_decode(pl.Struct({"a": money})).struct.field("a")[0],
    "read_json": pl.read_json(io.BytesIO(f"[{number}]".encode()), schema={"a": money})["a"][0],
    "as String": pl.Series([number]).str.json_decode(pl.Struct({"a": pl.String})).struct.field("a")[0],
    "json_path_match": pl.Series([number]).str.json_path_match("$.a")[0],
    "in quotes": pl.Series([text]).str.json_decode(pl.Struct({"a": money})).struct.field("a")[0],
}
print("polars", version("polars"), {name: str(value) for name, value in seen.items()})
assert str(seen.pop("in quotes")) == digits
assert digits not in {str(value) for value in seen.values()}, "this has changed"
PYTHON
