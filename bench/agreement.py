"""Whether the contenders of the import benchmark found the same, row by row.

Here: reading each contender's database and naming every difference from the reference. Not here:
running the contenders, and what they cost (`imports`).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

COUNTS = {
    "customers": "SELECT count(*) FROM {found}.customers",
    "rejected rows": "SELECT count(*) FROM {found}.rejected_rows",
    "total spent": "SELECT sum(total_spent) FROM {found}.customers",
    "high": "SELECT count(*) FROM {found}.customer_priority WHERE priority = 'high'",
    "medium": "SELECT count(*) FROM {found}.customer_priority WHERE priority = 'medium'",
    "low": "SELECT count(*) FROM {found}.customer_priority WHERE priority = 'low'",
}
ROWS = {
    "customers": """
        SELECT key AS email, name, total_spent, payment_count, refund_volume,
            first_payment_date, last_payment_date, priority
        FROM (SELECT *, lower(trim(email)) AS key FROM {found}.customers)
        LEFT JOIN (SELECT lower(trim(email)) AS key, priority FROM {found}.customer_priority) USING (key)""",
    "rejected rows": "SELECT row_number FROM {found}.rejected_rows",
}


def differences(databases: Mapping[str, Path], reference: str) -> Iterator[str]:
    with duckdb.connect() as con:
        for name, database in databases.items():
            path = str(database).replace("'", "''")
            con.execute(f"ATTACH '{path}' AS {quoted(name)} (READ_ONLY)")
        for name in databases:
            if name != reference:
                yield from differing_counts(con, name, reference)
                yield from differing_rows(con, name, reference)


def findings(database: Path) -> str:
    with duckdb.connect(database, read_only=True) as con:
        return ", ".join(f"{what} {count(con, sql, 'main'):,}" for what, sql in COUNTS.items())


def differing_counts(con: duckdb.DuckDBPyConnection, name: str, reference: str) -> Iterator[str]:
    for what, sql in COUNTS.items():
        mine, theirs = count(con, sql, quoted(name)), count(con, sql, quoted(reference))
        if mine != theirs:
            yield f"{what}: {name} found {mine:,}, {reference} {theirs:,}"


def differing_rows(con: duckdb.DuckDBPyConnection, name: str, reference: str) -> Iterator[str]:
    for what, sql in ROWS.items():
        for one, other in ((name, reference), (reference, name)):
            only = f"{sql.format(found=quoted(one))} EXCEPT ALL {sql.format(found=quoted(other))}"
            rows = con.execute(only).fetchmany(3)
            if rows:
                yield f"{what} found by {one} and not by {other}, for example {rows}"


def count(con: duckdb.DuckDBPyConnection, sql: str, found: str) -> Any:
    row = con.execute(sql.format(found=found)).fetchone()
    return (row[0] if row else None) or 0


def quoted(name: str) -> str:
    return f'"{name}"'
