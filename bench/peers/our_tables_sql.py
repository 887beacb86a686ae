"""Peer: hand-written SQL in DuckDB that leaves the tables that Customer Intake leaves.

Run as `python bench/peers/our_tables_sql.py CSV OUT.duckdb --as-of DAY`. Here: the ledger's contributions, customers
with all their columns, priorities with their reason, their history, rejected rows with every reason, for the one layout
of the benchmark's file. Not here: the rules (`judging_sql`), anything that is checked, undone, explained or kept apart.
It is the floor for whoever wants these tables: the peer `duckdb_sql` writes 8 columns of customers and no ledger.
"""

from datetime import date

import duckdb
from duckdb_sql import csv_source
from judging_sql import COLUMNS, FILE_ORDER, LEVEL, MACROS, MONTHS, found
from outcome import asked, print_outcome

BLANK = (
    "first_name", "last_name", "company", "phone", "mobile", "address", "postal_code", "city", "region", "country",
    "external_id", "accounting_code", "vat_number",
)  # fmt: skip
BLANKS = ", ".join(f"NULL::VARCHAR AS {column}" for column in BLANK)
NAMED = ", ".join(f"'{column}', {column}" for column in COLUMNS)

# A reason is a struct; the list of a good row is empty. What is asked of a cell is asked as in `judging_sql`.
REASONS = (
    ("coalesce(key, '') = ''", "MISSING_EMAIL", "email"),
    (r"key <> '' AND NOT regexp_full_match(key, '[^@ ]+@[^@ ]+\.[^@ ]+')", "INVALID_EMAIL", "email"),
    ("full_name IS NULL", "MISSING_NAME", "name"),
    *(
        (f"{value} IS NULL AND {cell} IS NOT NULL", "INVALID_NUMBER", cell)
        for value, cell in (
            ("total", "total_spent"), ("monthly", "monthly_spend"), ("refund", "refund_volume"),
            ("payments", "payment_count"),
        )
    ),
    *(
        (f"{value} < 0", "NEGATIVE_AMOUNT", cell)
        for value, cell in (
            ("total", "total_spent"), ("monthly", "monthly_spend"), ("refund", "refund_volume"),
            ("payments", "payment_count"),
        )
    ),
    *(
        (f"{value} IS NULL AND {cell} IS NOT NULL", "INVALID_DATE", cell)
        for value, cell in (("first_day", "first_payment_date"), ("last_day", "last_payment_date"))
    ),
    ("greatest(first_day, last_day) > CAST($as_of AS DATE) + 1", "DATE_IN_FUTURE", "last_payment_date"),
    ("last_day < first_day", "DATES_INVERTED", "last_payment_date"),
)  # fmt: skip

JUDGED = r"""
CREATE TEMP TABLE judged AS
WITH cells AS (
    SELECT
        lower(trim(email)) AS key, nullif(trim(name), '') AS full_name, amount(total_spent) AS total,
        amount(monthly_spend) AS monthly, amount(refund_volume) AS refund, whole(payment_count) AS payments,
        iso_day(first_payment_date) AS first_day, iso_day(last_payment_date) AS last_day, {columns}
    FROM {source}
)
SELECT
    key, trim(email) AS email, full_name, total, monthly, refund, payments, first_day, last_day, {bad} AS is_bad,
    CASE WHEN is_bad THEN list_filter([{reasons}], lambda reason: reason IS NOT NULL) END AS reasons,
    CASE WHEN is_bad THEN json_object({named}) END AS cells
FROM cells
"""

REJECTED = """
CREATE TABLE rejected_rows AS
SELECT
    'import-1' AS import_id, 'bench' AS source, 'customers.csv' AS file_name, NULL::VARCHAR AS sheet, row_number,
    'row' AS severity, reasons, cells AS "row", NULL::VARCHAR[] AS typed, now() AS rejected_at,
    NULL::VARCHAR AS retry_of_import_id, NULL::BIGINT AS retry_of_row_number, NULL::VARCHAR AS resolved_by_import_id
FROM numbered WHERE is_bad
"""

CONTRIBUTIONS = f"""
CREATE TABLE ledger.contributions AS
SELECT
    1 AS import_seq, 'bench' AS source, md5_number('email:' || key)::UUID AS customer_id, row_number, email,
    full_name AS name, {BLANKS}, NULL::VARCHAR AS payment_id, NULL::DECIMAL(18,3) AS payment_amount,
    0::BIGINT AS payment_line, NULL::DATE AS payment_day, NULL::VARCHAR AS payment_state, total AS total_spent,
    payments AS payment_count, refund AS refund_volume, monthly AS reported_monthly_spend,
    first_day AS first_payment_date, last_day AS last_payment_date
FROM numbered WHERE NOT is_bad
"""

CUSTOMERS = f"""
CREATE TABLE customers AS
SELECT
    customer_id, arg_max(email, row_number) AS email, arg_max(name, row_number) AS name, {BLANKS},
    NULL::VARCHAR AS account_manager, NULL::VARCHAR AS dunning_plan,
    if(coalesce(sum(total_spent), 0) > 0, 'active', 'potential') AS status, NULL::BOOLEAN AS opt_in,
    NULL::VARCHAR AS access_status, 'file' AS origin, sum(total_spent)::DECIMAL(18,3) AS total_spent,
    sum(payment_count)::BIGINT AS payment_count, sum(refund_volume)::DECIMAL(18,3) AS refund_volume,
    (sum(total_spent) - coalesce(sum(refund_volume), 0))::DECIMAL(18,3) AS net_spent,
    arg_max(reported_monthly_spend, row_number) AS reported_monthly_spend,
    min(first_payment_date) AS first_payment_date, max(last_payment_date) AS last_payment_date,
    ['bench'] AS sources, NULL::VARCHAR[] AS groups, 'import-1' AS first_import_id, 'import-1' AS last_import_id,
    now() AS created_at, now() AS updated_at
FROM ledger.contributions GROUP BY customer_id
"""

PRIORITIES = f"""
CREATE TABLE customer_priority AS
WITH known AS (
    SELECT
        customer_id, email, total_spent, reported_monthly_spend,
        {MONTHS}
    FROM customers
)
SELECT
    customer_id, email, CAST($as_of AS DATE) AS as_of_date,
    {LEVEL},
    CASE basis
        WHEN 'computed' THEN total_spent || ' in ' || months || ' months are ' || monthly_spend || ' a month'
        WHEN 'reported' THEN monthly_spend || ' a month, as reported' ELSE 'nothing is known' END AS reason,
    NULL::VARCHAR AS previous_priority
FROM known
"""

HISTORY = """
CREATE TABLE customer_priority_history AS
SELECT customer_id, as_of_date, priority, monthly_spend, 'data' AS cause, 1::BIGINT AS change_number
FROM customer_priority
"""


def main() -> None:
    job = asked()
    ledger = job.database.with_name("ledger.duckdb")
    ledger.unlink(missing_ok=True)
    with duckdb.connect(job.database) as con:
        con.execute(f"ATTACH '{ledger}' AS ledger")
        write_result(con, csv_source(job.csv), job.as_of)
        result = found(con)
    print_outcome(job.started, *result)


def write_result(con: duckdb.DuckDBPyConnection, source: str, as_of: date) -> None:
    con.execute(MACROS)
    con.execute(validated(source), {"as_of": as_of})
    con.execute(FILE_ORDER)
    con.execute(REJECTED)
    con.execute(CONTRIBUTIONS)
    con.execute(CUSTOMERS)
    con.execute(PRIORITIES, {"as_of": as_of})
    con.execute(HISTORY)


def validated(source: str) -> str:
    reasons = ", ".join(
        f"CASE WHEN {broken} THEN {{'code': '{code}', 'field': '{cell}', 'header': '{cell}', 'value': {cell}, "
        f"'message': '{code}'}} END"
        for broken, code, cell in REASONS
    )
    bad = " OR ".join(f"coalesce({broken}, false)" for broken, _, _ in REASONS)
    return JUDGED.format(source=source, columns=", ".join(COLUMNS), named=NAMED, reasons=reasons, bad=f"({bad})")


if __name__ == "__main__":
    main()
