"""Peer: the same import as a careful polars user writes it.

Run as `python bench/peers/polars_script.py CSV OUT.duckdb --as-of DAY`. Here: the rules of the benchmark as
expressions over columns, money as whole thousandths, and the tables written through DuckDB. Not here: the rules as SQL
(`judging_sql`).
"""

from datetime import date, timedelta
from decimal import Decimal

import duckdb
import polars as pl
from outcome import asked, print_outcome

AMOUNTS = ("total_spent", "monthly_spend", "refund_volume")
DAYS = ("first_payment_date", "last_payment_date")
HIGH, MEDIUM = 100_000, 50_000  # thousandths a month
CENTS = r"^-?[0-9]+(\.[0-9]{1,2})?$"
MONEY = pl.Decimal(18, 3)


def main() -> None:
    job = asked()
    raw = pl.read_csv(job.csv, infer_schema=False).fill_null("")
    rows = read_cells(raw, job.as_of)
    customers = merge(rows.filter(pl.col("reason") == ""))
    cells = (f"raw_{name}" for name in raw.columns)
    rejected = rows.filter(pl.col("reason") != "").select("row_number", "reason", *cells)
    with duckdb.connect(job.database) as con:
        tables = {
            "customers": customers,
            "customer_priority": prioritise(customers, job.as_of),
            "rejected_rows": rejected,
        }
        for name, rows_to_write in tables.items():
            con.register("rows_to_write", rows_to_write.to_arrow())
            con.execute(f"CREATE TABLE {name} AS FROM rows_to_write")
            con.unregister("rows_to_write")
    print_outcome(job.started, customers.height, rejected.height, customers["total_spent"].sum() or Decimal(0))


def read_cells(raw: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Each row's values, with the first rule that it breaks as `reason`, and its cells as they were as `raw_…`."""
    whole = pl.col("payment_count")
    values = raw.lazy().select(
        pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("row_number"),
        pl.all().name.prefix("raw_"),
        pl.col("email").str.strip_chars(" ").str.to_lowercase(),
        pl.col("name").str.strip_chars(" "),
        *(plain(name, CENTS).cast(MONEY).alias(name) for name in AMOUNTS),
        pl.when(whole.str.contains(r"^-?[0-9]+$")).then(whole).cast(pl.Int64).alias("payment_count"),
        *(pl.col(name).str.to_date("%Y-%m-%d", strict=False).alias(name) for name in DAYS),
    )
    first, last = (pl.col(name) for name in DAYS)
    rules = {
        "blank e-mail": pl.col("email") == "",
        "invalid e-mail": ~pl.col("email").str.contains(r"^[^@ ]+@[^@ ]+\.[^@ ]+$"),
        "blank name": pl.col("name") == "",
        "invalid amount": pl.any_horizontal(unreadable(name) for name in AMOUNTS),
        "negative amount": pl.any_horizontal(pl.col(name) < 0 for name in AMOUNTS),
        "invalid count": unreadable("payment_count") | (whole < 0),
        "impossible date": pl.any_horizontal(unreadable(name) for name in DAYS),
        "future date": pl.max_horizontal(first, last) > as_of + timedelta(days=1),
        "dates reversed": last < first,
    }
    broken = [pl.when(rule).then(pl.lit(reason)) for reason, rule in rules.items()]
    return values.with_columns(pl.coalesce(*broken, pl.lit("")).alias("reason")).collect()


def plain(name: str, pattern: str) -> pl.Expr:
    return pl.when(pl.col(name).str.contains(pattern)).then(pl.col(name))


def unreadable(name: str) -> pl.Expr:
    return pl.col(name).is_null() & (pl.col(f"raw_{name}") != "")


def merge(rows: pl.DataFrame) -> pl.DataFrame:
    added = [
        pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name)
        for name in ("total_spent", "payment_count", "refund_volume")
    ]
    return rows.group_by("email").agg(
        pl.col("name").last(),
        *added,
        pl.col("monthly_spend").drop_nulls().last().alias("reported_monthly_spend"),
        pl.col("first_payment_date").min(),
        pl.col("last_payment_date").max(),
    )


def prioritise(customers: pl.DataFrame, as_of: date) -> pl.DataFrame:
    thousandths = (pl.col("total_spent") * 1000).cast(pl.Int64)
    spend = (thousandths // pl.col("months")).fill_null((pl.col("reported_monthly_spend") * 1000).cast(pl.Int64))
    reached = pl.when(spend >= HIGH).then(pl.lit("high")).when(spend >= MEDIUM).then(pl.lit("medium"))
    basis = pl.when(pl.col("months").is_not_null()).then(pl.lit("computed"))
    reported = basis.when(pl.col("reported_monthly_spend").is_not_null()).then(pl.lit("reported"))
    return customers.with_columns(months=months_until("first_payment_date", as_of)).select(
        "email",
        reached.otherwise(pl.lit("low")).alias("priority"),
        (spend.cast(pl.Decimal(18, 0)) / 1000).cast(MONEY).alias("monthly_spend"),
        "months",
        reported.otherwise(pl.lit("none")).alias("basis"),
    )


def months_until(name: str, as_of: date) -> pl.Expr:
    """Full months from each day to AS_OF, at least 1, null without a total; the end of a month completes it."""
    day = pl.col(name)
    ends_month = (as_of + timedelta(days=1)).day == 1
    last_full = 31 if ends_month else as_of.day
    months = (as_of.year - day.dt.year()) * 12 + as_of.month - day.dt.month().cast(pl.Int32)
    full = (months - (day.dt.day() > last_full).cast(pl.Int32)).clip(lower_bound=1).cast(pl.Int64)
    return pl.when(pl.col("total_spent").is_not_null()).then(full)


if __name__ == "__main__":
    main()
