"""The rules of the benchmark as SQL: validate each row, merge by e-mail, give priorities.

Here: the statements the SQL peers run once their rows can be selected from, in one pass over the
cells. Not here: how the rows get into DuckDB (each peer's own business) and the pandas reading of
the same rules.
"""

from datetime import date
from decimal import Decimal

import duckdb

COLUMNS = (
    "email", "name", "total_spent", "monthly_spend",
    "payment_count", "first_payment_date", "last_payment_date", "refund_volume",
)  # fmt: skip

# Casting alone would let through what the rules do not call a plain number or an ISO date
# (1e3, +5, 12.345, 2024/01/05): hence the pattern, and for days the cheaper way back to text.
MACROS = r"""
CREATE TEMP MACRO amount(cell) AS
    CASE WHEN regexp_full_match(cell, '-?[0-9]+(\.[0-9]{1,2})?') THEN try_cast(cell AS DECIMAL(18,3)) END;
CREATE TEMP MACRO whole(cell) AS
    CASE WHEN regexp_full_match(cell, '-?[0-9]+') THEN try_cast(cell AS BIGINT) END;
CREATE TEMP MACRO iso_day(cell) AS
    CASE WHEN try_cast(cell AS DATE)::VARCHAR = cell THEN try_cast(cell AS DATE) END;
"""

# A blank cell is NULL in the source, so "NULL after reading but not before" means unreadable.
JUDGED = r"""
CREATE TEMP TABLE judged AS
WITH cells AS (
    SELECT
        {carried}
        lower(trim(email)) AS key,
        nullif(trim(name), '') AS full_name,
        amount(total_spent) AS total,
        amount(monthly_spend) AS monthly,
        amount(refund_volume) AS refund,
        whole(payment_count) AS payments,
        iso_day(first_payment_date) AS first_day,
        iso_day(last_payment_date) AS last_day,
        {columns}
    FROM {source}
)
SELECT
    {carried}
    key, full_name, total, monthly, refund, payments, first_day, last_day,
    CASE
        WHEN coalesce(key, '') = '' THEN 'blank e-mail'
        WHEN NOT regexp_full_match(key, '[^@ ]+@[^@ ]+\.[^@ ]+') THEN 'invalid e-mail'
        WHEN full_name IS NULL THEN 'blank name'
        WHEN (total IS NULL AND total_spent IS NOT NULL)
            OR (monthly IS NULL AND monthly_spend IS NOT NULL)
            OR (refund IS NULL AND refund_volume IS NOT NULL) THEN 'invalid amount'
        WHEN total < 0 OR monthly < 0 OR refund < 0 THEN 'negative amount'
        WHEN (payments IS NULL AND payment_count IS NOT NULL) OR payments < 0 THEN 'invalid count'
        WHEN (first_day IS NULL AND first_payment_date IS NOT NULL)
            OR (last_day IS NULL AND last_payment_date IS NOT NULL) THEN 'impossible date'
        WHEN greatest(first_day, last_day) > CAST($as_of AS DATE) + 1 THEN 'future date'
        WHEN last_day < first_day THEN 'dates reversed'
    END AS reason,
    CASE WHEN reason IS NOT NULL THEN json_object({named_columns}) END AS cells
FROM cells
"""

# The header is row 1. A table keeps the order of the file it was read from, and its rowid is far
# cheaper than numbering the rows on the way in, which would make the reading single-threaded.
FILE_ORDER = "CREATE TEMP VIEW numbered AS SELECT rowid + 2 AS row_number, * FROM judged"
OWN_NUMBERS = "CREATE TEMP VIEW numbered AS FROM judged"

REJECTED = """
CREATE TABLE rejected_rows AS
SELECT row_number, reason, cells FROM numbered WHERE reason IS NOT NULL
"""

MERGED = """
CREATE TABLE customers AS
SELECT
    key AS email,
    arg_max(full_name, row_number) AS name,
    sum(total)::DECIMAL(18,3) AS total_spent,
    sum(payments)::BIGINT AS payment_count,
    sum(refund)::DECIMAL(18,3) AS refund_volume,
    arg_max(monthly, row_number) AS reported_monthly_spend,
    min(first_day) AS first_payment_date,
    max(last_day) AS last_payment_date
FROM numbered
WHERE reason IS NULL
GROUP BY key
"""

# The spend a month is cut, not rounded, so that it never shows a threshold that was not reached.
# Whole thousandths keep the division exact: dividing decimals gives a float. From a trillion on
# they overflow, with an error; a wider decimal would not, but is ten times slower.
MONTHS = """CASE WHEN total_spent IS NOT NULL AND first_payment_date IS NOT NULL
            THEN greatest(1, datesub('month', first_payment_date, CAST($as_of AS DATE))) END AS months"""
LEVEL = """CASE
        WHEN total_spent >= 100 * months OR (months IS NULL AND reported_monthly_spend >= 100) THEN 'high'
        WHEN total_spent >= 50 * months OR (months IS NULL AND reported_monthly_spend >= 50) THEN 'medium'
        ELSE 'low'
    END AS priority,
    CASE WHEN months IS NULL THEN reported_monthly_spend
        ELSE (((total_spent * 1000)::BIGINT // months) * 0.001)::DECIMAL(18,3) END AS monthly_spend,
    months,
    CASE WHEN months IS NOT NULL THEN 'computed'
        WHEN reported_monthly_spend IS NOT NULL THEN 'reported'
        ELSE 'none' END AS basis"""
PRIORITIES = f"""
CREATE TABLE customer_priority AS
WITH known AS (
    SELECT
        email, total_spent, reported_monthly_spend,
        {MONTHS}
    FROM customers
)
SELECT
    email,
    {LEVEL}
FROM known
"""


def write_result(con: duckdb.DuckDBPyConnection, source: str, as_of: date, numbered: bool = False) -> None:
    """Writes the three tables from SOURCE, which has its own `row_number` column when NUMBERED."""
    con.execute(MACROS)
    con.execute(validated(source, numbered), {"as_of": as_of})
    con.execute(OWN_NUMBERS if numbered else FILE_ORDER)
    con.execute(REJECTED)
    con.execute(MERGED)
    con.execute(PRIORITIES, {"as_of": as_of})


def validated(source: str, numbered: bool) -> str:
    return JUDGED.format(
        source=source,
        carried="row_number," if numbered else "",
        columns=", ".join(COLUMNS),
        named_columns=", ".join(f"'{column}', {column}" for column in COLUMNS),
    )


def found(con: duckdb.DuckDBPyConnection) -> tuple[int, int, Decimal]:
    """How many customers and rejected rows there are, and what the customers spent in all."""
    row = con.execute(
        "SELECT count(*), (SELECT count(*) FROM rejected_rows), sum(total_spent) FROM customers"
    ).fetchone()
    assert row is not None
    return row[0], row[1], row[2]
