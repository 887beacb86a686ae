#!/usr/bin/env bash
# The product of two decimals is rounded to the larger of their scales, half to even, before anybody rounds it.
# Expected: 0.00149999997, for decimal[38] has room for both scales; rounded half away from zero to three decimals 0.001.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check polars==2.1.0
"$folder/venv/bin/python" - <<'PYTHON'
from decimal import Decimal

import polars as pl

frame = pl.DataFrame(
    {"amount": [Decimal("0.300")], "rate": [Decimal("0.0049999999")]},
    schema={"amount": pl.Decimal(38, 3), "rate": pl.Decimal(20, 10)},
)
product = pl.col("amount") * pl.col("rate")
seen = frame.select(product.alias("product"), product.round(3, mode="half_away_from_zero").alias("rounded"))
print("polars", pl.__version__, seen.schema, seen.rows())
assert seen.row(0) == (Decimal("0.0015"), Decimal("0.002")), "this has changed"
assert Decimal("0.300") * Decimal("0.0049999999") == Decimal("0.00149999997")
PYTHON
