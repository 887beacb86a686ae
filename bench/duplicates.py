"""Measures who may be one: `python bench/duplicates.py --splink-python PYTHON`.

Here: made customers of whom it is known who is who, and any list with a column `cluster` that tells it, compared by us
and by Splink (`peers/splink_pairs.py`) on the same columns, birth dates left out. Ours are the pairs that are proposed;
of Splink's the threshold is read off the labels, which nobody has: the most pairs of which 95 % are right. Not here:
who is made up (`duplicate_customers.py`), single rules (the tests say that).
"""

import argparse
import subprocess
import tempfile
import time
from itertools import combinations
from pathlib import Path

import polars as pl
from duplicate_customers import customers

from pipelines.duplicates.possible_duplicates import possible_duplicates

PEER = Path(__file__).parent / "peers" / "splink_pairs.py"
COLUMNS = ("first_name", "last_name", "name", "email", "phone", "company", "address", "postal_code", "city")
PRECISE = 0.95


def labelled(path: Path) -> pl.DataFrame:
    """A list with `cluster`: its columns by our names, blanks as null."""
    rows = pl.read_csv(path, infer_schema=False).with_columns(pl.all().replace("", None))
    rows = rows.rename({"surname": "last_name", "unique_id": "customer_id", "cluster": "who"}, strict=False)
    return rows.select("customer_id", "who", *(name for name in COLUMNS if name in rows.columns))


def true_pairs(rows: pl.DataFrame) -> pl.DataFrame:
    """Every pair of rows that are the same one."""
    same = rows.group_by("who").agg(pl.col("customer_id").sort()).filter(pl.col("customer_id").list.len() > 1)
    pairs = [pair for ids in same["customer_id"] for pair in combinations(ids, 2)]
    return pl.DataFrame(pairs, schema=["customer_a", "customer_b"], orient="row")


def in_order(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs with the smaller id first, as `true_pairs` has them."""
    first, second = pl.min_horizontal("customer_a", "customer_b"), pl.max_horizontal("customer_a", "customer_b")
    return pairs.with_columns(first.alias("customer_a"), second.alias("customer_b"))


def rates(found: pl.DataFrame, true: pl.DataFrame) -> tuple[float, float]:
    """Precision and recall of pairs, in whichever order they name their two."""
    ordered = in_order(found).select("customer_a", "customer_b").unique()
    right = ordered.join(true, on=["customer_a", "customer_b"], how="semi").height
    return right / max(1, ordered.height), right / max(1, true.height)


def ours(rows: pl.DataFrame, true: pl.DataFrame) -> tuple[float, float, float]:
    """Precision, recall and seconds of what we propose."""
    started = time.perf_counter()
    found = possible_duplicates(rows.drop("who"))
    return (*rates(found, true), time.perf_counter() - started)


def splinks(rows: pl.DataFrame, true: pl.DataFrame, python: str) -> tuple[float, float, float]:
    """Precision, recall and seconds of Splink where its labels say it is best, starting it included."""
    with tempfile.TemporaryDirectory() as folder:
        given, target = Path(folder, "rows.parquet"), Path(folder, "pairs.parquet")
        rows.drop("who").write_parquet(given)
        started = time.perf_counter()
        subprocess.run([python, PEER, given, target], check=True, capture_output=True)
        seconds = time.perf_counter() - started
        pairs = pl.read_parquet(target).with_columns(pl.col("customer_a", "customer_b").cast(pl.String))
    right = in_order(pairs).join(true.with_columns(right=pl.lit(True)), on=["customer_a", "customer_b"], how="left")
    ranked = right.sort("weight", descending=True).select(pl.col("right").fill_null(False).cum_sum())["right"]
    tried = [(found / count, found / true.height) for count, found in enumerate(ranked, start=1)]
    precise = [each for each in tried if each[0] >= PRECISE] or [max(tried)]
    return (*max(precise, key=lambda each: each[1]), seconds)


def main() -> None:
    """Print a line for each list and way."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--labelled", type=Path, action="append", default=[], help="a CSV with a column `cluster`")
    options.add_argument("--made", type=int, action="append", default=[], help="so many made customers")
    options.add_argument("--splink-python", help="an interpreter that has Splink; without it only ours is measured")
    told = options.parse_args()
    lists = {path.stem: labelled(path) for path in told.labelled}
    lists |= {f"{count:,} made": customers(count).with_columns(pl.col("who").cast(pl.String)) for count in told.made}
    print(f"{'list':24}{'way':10}{'precision':>10}{'recall':>8}{'seconds':>9}")
    for name, rows in lists.items():
        true = true_pairs(rows)
        measured = {"ours": ours(rows, true)}
        if told.splink_python:
            measured["splink"] = splinks(rows, true, told.splink_python)
        for way, (precision, recall, seconds) in measured.items():
            print(f"{name:24}{way:10}{precision:10.3f}{recall:8.3f}{seconds:9.1f}")


if __name__ == "__main__":
    main()
