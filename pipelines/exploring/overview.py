"""What the analyst's page shows of the published snapshot: selected customers, their money, imports, one of them.

Lives here: each question with its query. Not here: who is selected (`pipelines/publishing/selection.py`), pictures
(`pictures.py`), how it looks (`assets/explore/page.py`). Every call opens the file and closes it: nothing is kept that
would show an old state, and what one call returns agrees with itself. Nothing is written.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.publishing.exports import Wanted, as_cells, export
from pipelines.publishing.selection import NAMES, Selection, selecting
from pipelines.warehouse.database import Connection, published, rows_of
from schemas.customers import PRIORITIES

MOST_SHOWN = 1000
"""Customers in the table; the numbers above it are of all that are selected, and so is their export."""

SELECTED = """
    SELECT customers.email, name, company, country, priority, monthly_spend, total_spent, payment_count, refund_volume,
        first_payment_date, last_payment_date, sources, groups, customers.customer_id
    FROM customers JOIN customer_priority USING (customer_id)
"""
SUMS = """
    SELECT count(*) AS customers, count(*) FILTER (priority = 'high') AS high,
        count(*) FILTER (priority = 'medium') AS medium, count(*) FILTER (priority = 'low') AS low,
        coalesce(sum(total_spent), 0) AS spent, coalesce(sum(refund_volume), 0) AS refunded,
        max(as_of_date) AS as_of_date, (SELECT any_value(base_currency) FROM deployment) AS currency
    FROM customers JOIN customer_priority USING (customer_id)
"""
SPEND = """
    SELECT date_trunc('month', paid_date)::DATE AS month, source, count(amount_in_base) AS payments,
        coalesce(sum(amount_in_base), 0) AS spent, coalesce(sum(refund_in_base), 0) AS refunded
    FROM payments
"""
COHORTS = """
    SELECT date_trunc('month', first_payment_date)::DATE AS first_payment, count(*) AS customers,
        count(*) FILTER (last_payment_date > last_day(first_payment_date)) AS paid_again_later,
        count(*) FILTER (priority = 'high') AS high, coalesce(sum(total_spent), 0) AS spent
    FROM customers JOIN customer_priority USING (customer_id)
"""
IMPORTS = """
    SELECT started_at, source, file_name, status, rows_read, rows_accepted, rows_rejected,
        round(100 * rows_rejected / nullif(rows_read, 0), 1) AS rejected_percent, commonest_reason, import_id
    FROM import_history LEFT JOIN (
        SELECT import_id, mode(code) AS commonest_reason FROM rejected_reasons GROUP BY import_id
    ) USING (import_id)
    WHERE format NOT IN ('stripe', 'cleanup', 'merge', 'separate') AND ($source IS NULL OR source = $source)
    ORDER BY started_at DESC, import_id
"""
OF_ONE: dict[str, str] = {
    "Priority over time": "SELECT as_of_date, priority, monthly_spend, cause FROM customer_priority_history "
    "WHERE {mine} ORDER BY change_number DESC",
    "Payments": "SELECT paid_date, source, amount, refund, currency, amount_in_base, import_id, row_number "
    "FROM payments WHERE {mine} ORDER BY paid_date DESC NULLS LAST, payment_key",
    "Contacts": "SELECT email, first_name, last_name, position, phone, is_primary FROM contacts "
    "WHERE {mine} ORDER BY is_primary DESC, email",
    "Addresses and numbers": "SELECT kind, rank, value, raw_value FROM contact_points WHERE {mine} ORDER BY kind, rank",
    "Consents": "SELECT stated_at, opt_in, evidence, source, import_id FROM customer_consents "
    "WHERE {mine} ORDER BY stated_at DESC",
    "Other columns of lists": "SELECT source, title, value, import_id FROM customer_custom_fields "
    "WHERE {mine} ORDER BY source, title",
    "Where values come from": "SELECT field, value, source, import_id, row_number, header, raw_value, rule, wins "
    "FROM customer_values WHERE {mine} ORDER BY field, wins DESC, import_id, row_number",
}

MINE = "customer_id = $customer::UUID"


@dataclass(frozen=True)
class Choices:
    """What there is to select by, each list in its order."""

    priority: list[str]
    segment: list[str]
    source: list[str]
    group: list[str]


@dataclass(frozen=True)
class Overview:
    """One state of the snapshot as the page shows it; money is in the base currency.

    `sums` is one row over all selected customers; `customers` are the first of them; `spend` has a row per month and
    source, `cohorts` one per month of the first payment, `imports` one per import of the selected source.
    """

    sums: dict[str, object]
    customers: pl.DataFrame
    spend: pl.DataFrame
    cohorts: pl.DataFrame
    imports: pl.DataFrame


def choices(path: Path) -> Choices:
    """What the snapshot's customers can be selected by. Raises WrongUse where nothing was published yet."""
    with published(path) as connection:
        named = {name: rows_of(connection, NAMES[name])["name"].to_list() for name in ("segment", "source", "group")}
    return Choices(list(PRIORITIES), **named)


def overview(path: Path, selection: Selection) -> Overview:
    """What there is of the selected customers. Raises WrongUse for a value that no customer has."""
    with published(path) as connection:
        chosen, values = selecting(connection, "customers", selection)
        where = f"WHERE {chosen}"
        order = (
            "ORDER BY array_position(['high', 'medium', 'low'], priority), total_spent DESC NULLS LAST, customers.email"
        )
        return Overview(
            sums=_rows(connection, f"{SUMS} {where}", values).to_dicts()[0],
            customers=_rows(connection, f"{SELECTED} {where} {order} LIMIT {MOST_SHOWN}", values),
            spend=_rows(connection, f"{SPEND} {where} AND paid_date IS NOT NULL GROUP BY ALL ORDER BY ALL", values),
            cohorts=_rows(
                connection, f"{COHORTS} {where} AND first_payment_date IS NOT NULL GROUP BY ALL ORDER BY ALL", values
            ),
            imports=_rows(connection, IMPORTS, {"source": selection.source}),
        )


def _rows(connection: Connection, query: str, values: dict[str, object]) -> pl.DataFrame:
    return rows_of(connection, query, values or None)


def one_customer(path: Path, customer_id: str) -> dict[str, pl.DataFrame]:
    """All that the snapshot tells of one customer, by heading; what it has nothing of is left out.

    First its row of `customers`, a line per column; of somebody who is not in the table any more there is nothing.
    """
    with published(path) as connection:
        asked: dict[str, object] = {"customer": customer_id}
        row = rows_of(connection, f"SELECT COLUMNS(*) FROM customers WHERE {MINE}", asked)
        tables = {name: rows_of(connection, query.format(mine=MINE), asked) for name, query in OF_ONE.items()}
    known = [
        (name, cells[0]) for name, cells in as_cells(row).cast(pl.String).to_dict(as_series=False).items() if cells
    ]
    found = {"Its row": pl.DataFrame(known, schema=["field", "value"], orient="row").drop_nulls()} | tables
    return {heading: rows for heading, rows in found.items() if rows.height}


def exported(path: Path, selection: Selection, kind: str) -> bytes:
    """The selected customers, all of them, as the bytes of a CSV or XLSX as `customers export` writes it."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"customers.{kind}"
        export(path, Wanted("customers", kind, selection), target)
        return target.read_bytes()
