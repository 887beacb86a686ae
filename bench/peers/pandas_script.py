"""Peer: the same import as a careful pandas user writes it.

Run as `python bench/peers/pandas_script.py CSV OUT.duckdb --as-of DAY`. Here: the rules of the
benchmark over whole columns, with money as whole cents, and the tables written through DuckDB.
Not here: the rules as SQL (`judging_sql`).
"""

import calendar
from datetime import date
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from outcome import asked, print_outcome

AMOUNTS = ["total_spent", "monthly_spend", "refund_volume"]
DAYS = ["first_payment_date", "last_payment_date"]
HIGH, MEDIUM = 100_000, 50_000  # thousandths a month

CUSTOMERS = """
CREATE TABLE customers AS
SELECT
    email, name,
    (total_spent::DECIMAL(16,0) * 0.01)::DECIMAL(18,3) AS total_spent,
    payment_count,
    (refund_volume::DECIMAL(16,0) * 0.01)::DECIMAL(18,3) AS refund_volume,
    (reported_monthly_spend::DECIMAL(16,0) * 0.01)::DECIMAL(18,3) AS reported_monthly_spend,
    first_payment_date::DATE AS first_payment_date,
    last_payment_date::DATE AS last_payment_date
FROM rows_to_write
"""
PRIORITIES = """
CREATE TABLE customer_priority AS
SELECT email, priority, (thousandths::DECIMAL(15,0) * 0.001)::DECIMAL(18,3) AS monthly_spend, months, basis
FROM rows_to_write
"""
REJECTED = "CREATE TABLE rejected_rows AS FROM rows_to_write"


def main() -> None:
    job = asked()
    raw = pd.read_csv(job.csv, engine="pyarrow", dtype=str, keep_default_na=False)
    rows = read_cells(raw)
    reasons = validate(raw, rows, job.as_of)
    good = (reasons == "").to_numpy()
    customers = merge(rows[good])
    rejected = list_rejected(raw[~good], reasons[~good])
    with duckdb.connect(job.database) as con:
        write(con, CUSTOMERS, customers)
        write(con, PRIORITIES, prioritise(customers, job.as_of))
        write(con, REJECTED, rejected)
    total = Decimal(int(customers["total_spent"].sum())).scaleb(-2)
    print_outcome(job.started, len(customers), len(rejected), total.quantize(Decimal("0.001")))


def read_cells(raw: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "email": raw["email"].str.strip(" ").str.lower(),
            "name": raw["name"].str.strip(" "),
            **{column: cents(raw[column]) for column in AMOUNTS},
            "payment_count": plain(raw["payment_count"], "-?[0-9]+").astype("Float64").astype("Int64"),
            **{column: days(raw[column]) for column in DAYS},
        }
    )


def plain(cells: pd.Series, pattern: str) -> pd.Series:
    # What is left can only be read one way, so a plain cast will do where it is faster than to_numeric.
    return cells.where(cells.str.fullmatch(pattern))


def cents(cells: pd.Series) -> pd.Series:
    # Exact: below 2**53 cents the nearest float of a two-decimal number rounds back to its cents.
    amounts = plain(cells, r"-?[0-9]+(\.[0-9]{1,2})?").astype("Float64")
    return (amounts * 100).round().astype("Int64")


def days(cells: pd.Series) -> pd.Series:
    iso = plain(cells, "[0-9]{4}-[0-9]{2}-[0-9]{2}")
    return pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce")


def validate(raw: pd.DataFrame, rows: pd.DataFrame, as_of: date) -> pd.Series:
    """Why each row is rejected: the first rule it breaks, or an empty text."""
    read = [*AMOUNTS, "payment_count", *DAYS]
    unreadable = rows[read].isna() & (raw[read] != "")
    total, monthly, refund = (rows[column] for column in AMOUNTS)
    first, last = (rows[column] for column in DAYS)
    rules = {
        "blank e-mail": rows["email"] == "",
        "invalid e-mail": ~rows["email"].str.fullmatch(r"[^@ ]+@[^@ ]+\.[^@ ]+"),
        "blank name": rows["name"] == "",
        "invalid amount": unreadable[AMOUNTS].any(axis=1),
        "negative amount": (total < 0) | (monthly < 0) | (refund < 0),
        "invalid count": unreadable["payment_count"] | (rows["payment_count"] < 0),
        "impossible date": unreadable[DAYS].any(axis=1),
        "future date": rows[DAYS].max(axis=1) > pd.Timestamp(as_of) + pd.Timedelta(days=1),
        "dates reversed": last < first,
    }
    broken = [rule.to_numpy(bool, na_value=False) for rule in rules.values()]
    codes = np.select(broken, range(1, len(rules) + 1), 0)
    return pd.Series(pd.Categorical.from_codes(codes, ["", *rules]), index=rows.index)


def list_rejected(raw: pd.DataFrame, reasons: pd.Series) -> pd.DataFrame:
    # The header is row 1, so the first data row, at index 0, is row 2.
    return pd.DataFrame({"row_number": raw.index + 2, "reason": reasons.astype(str), **raw})


def merge(rows: pd.DataFrame) -> pd.DataFrame:
    groups = rows.groupby("email", sort=False)
    added = groups[["total_spent", "payment_count", "refund_volume"]].sum(min_count=1)
    latest = groups[["name", "monthly_spend"]].last()
    columns = {
        "name": latest["name"],
        **added,
        "reported_monthly_spend": latest["monthly_spend"],
        "first_payment_date": groups["first_payment_date"].min(),
        "last_payment_date": groups["last_payment_date"].max(),
    }
    return pd.DataFrame(columns).reset_index()


def prioritise(customers: pd.DataFrame, as_of: date) -> pd.DataFrame:
    total, reported = customers["total_spent"], customers["reported_monthly_spend"]
    months = months_until(customers["first_payment_date"], as_of).where(total.notna())
    computed = months.notna()
    spend = (total * 10 // months).where(computed, reported * 10)
    reached = [(spend >= level).to_numpy(bool, na_value=False) for level in (HIGH, MEDIUM)]
    return pd.DataFrame(
        {
            "email": customers["email"],
            "priority": np.select(reached, ["high", "medium"], "low"),
            "thousandths": spend,
            "months": months,
            "basis": np.select([computed, reported.notna()], ["computed", "reported"], "none"),
        }
    )


def months_until(first: pd.Series, as_of: date) -> pd.Series:
    """Full months from each day to AS_OF, at least 1; the end of a month completes every month."""
    ends_month = as_of.day == calendar.monthrange(as_of.year, as_of.month)[1]
    last_full = 31 if ends_month else as_of.day
    months = (as_of.year - first.dt.year) * 12 + as_of.month - first.dt.month
    return (months - (first.dt.day > last_full)).clip(lower=1).astype("Int64")


def write(con: duckdb.DuckDBPyConnection, statement: str, rows: pd.DataFrame) -> None:
    con.register("rows_to_write", pa.Table.from_pandas(rows, preserve_index=False))
    con.execute(statement)
    con.unregister("rows_to_write")


if __name__ == "__main__":
    main()
