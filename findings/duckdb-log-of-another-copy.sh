#!/usr/bin/env bash
# Two copies of a database go their own ways. One of them ends without closing and leaves its log; the other one, finished
# meanwhile, takes its place. DuckDB opens it, reads the log into it, and shows rows that neither copy ever held together.
# Expected: the log is of another database now, and is refused or left alone. It is told by the database's identity, which
# a copy has too, and a count of checkpoints; with one checkpoint more or fewer it is refused.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check duckdb==2.0.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import os
import shutil
import subprocess
import sys
from importlib.metadata import version

import duckdb

with duckdb.connect("first.duckdb") as base:
    base.execute("CREATE TABLE days (day INTEGER); INSERT INTO days VALUES (1)")
shutil.copy("first.duckdb", "second.duckdb")
with duckdb.connect("second.duckdb") as second:
    second.execute("INSERT INTO days VALUES (2)")
ended = """
import os, duckdb
first = duckdb.connect("first.duckdb")
for statement in ("INSERT INTO days VALUES (3)", "CHECKPOINT", "INSERT INTO days VALUES (4)"):
    first.execute(statement)
os._exit(0)
"""
subprocess.run([sys.executable, "-c", ended], check=True)
os.replace("second.duckdb", "first.duckdb")
with duckdb.connect("first.duckdb") as opened:
    seen = [day for (day,) in opened.execute("FROM days ORDER BY day").fetchall()]
print("duckdb", version("duckdb"), "one copy held 1, 2, the other one 1, 3, 4; opened:", seen)
assert seen == [1, 2, 4], "this has changed"
PYTHON
