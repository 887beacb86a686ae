"""Reading the published snapshot: queries for people, and tables as files.

Lives here: what the `customers` command reads. Not here: anything that writes a table.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import polars as pl
from polars import selectors as cs

from pipelines.errors import WrongUse
from pipelines.publishing.amounts_as_text import large_money_as_text, money_as_text, with_currency
from pipelines.spreadsheets.write import write_table
from pipelines.titles.reject_columns import doubly_guarded, guarded
from pipelines.warehouse.database import number_of, published, rows_of

FORMATS = ("csv", "xlsx", "parquet")
PARTING = r'[|,;"]'
"""What parts the elements of a list in a cell, and the quotes that keep it from doing so."""

PRIORITY_COUNTS = (
    "SELECT priority, count(*) AS customers, any_value(as_of_date) AS as_of_date FROM customer_priority "
    "GROUP BY priority ORDER BY array_position(['high', 'medium', 'low'], priority)"
)
TOP_CUSTOMERS = (
    "SELECT p.email, c.name, p.priority, p.monthly_spend, p.months, c.total_spent, c.payment_count, "
    "c.first_payment_date FROM customer_priority AS p JOIN customers AS c USING (customer_id) "
    "ORDER BY array_position(['high', 'medium', 'low'], p.priority), p.monthly_spend DESC NULLS LAST, p.email "
    "LIMIT 10"
)

SYNC = (
    "SELECT import_id, syncs.mode, charges_read, refunds_read, customers_read, objects_changed, late_changes, "
    "rows_rejected, customers_created, customers_updated, amount_accepted AS amount_change, warnings "
    "FROM stripe_syncs AS syncs JOIN import_history USING (import_id) WHERE run_id = ?"
)

LATEST_CLEANUP = (
    "SELECT import_id, customers_removed FROM import_history WHERE format = 'cleanup' AND status = 'done' "
    "ORDER BY started_at DESC LIMIT 1"
)

ACCESS_OF = """
    SELECT customer_id, email, name, access_status, requested_at, decided_by, decided_at
    FROM customers JOIN access_requests USING (customer_id)
    WHERE lower(email) = lower($1) OR customer_id::VARCHAR = lower($1) ORDER BY requested_at DESC LIMIT 1
"""
"""A customer's newest request for access, and what was decided about it."""


def read(path: Path, query: str, parameters: list[object] | None = None) -> pl.DataFrame:
    """The result of a query over the snapshot; WrongUse where nothing was published yet."""
    with published(path) as connection:
        return rows_of(connection, query, parameters)


def tables_of(path: Path) -> list[str]:
    """The tables and views of the snapshot."""
    names = read(path, "SELECT table_name FROM information_schema.tables ORDER BY table_type, table_name")
    return names["table_name"].to_list()


def table_counts(path: Path) -> dict[str, int]:
    """The rows of every table of the snapshot, views left out."""
    names = read(
        path,
        "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' ORDER BY table_name",
    )
    with published(path) as connection:
        return {name: number_of(connection, f'SELECT count(*) FROM "{name}"') for name in names["table_name"]}


def first_reasons(path: Path, import_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Of each import, by code: the first row that a reason was held against, and its sentence to the sender."""
    if not path.exists():
        return {}
    found = read(
        path,
        "SELECT import_id, code, min(row_number) AS row_number, arg_min(message, coalesce(row_number, 0)) AS told "
        "FROM rejected_reasons WHERE import_id IN (SELECT unnest(?)) GROUP BY ALL ORDER BY ALL",
        [list(import_ids)],
    )
    told: dict[str, dict[str, str]] = {}
    for identity, code, row, sentence in found.iter_rows():
        told.setdefault(identity, {})[code] = f"; row {row}: {sentence}" if row else f"; {sentence}"
    return told


def export(path: Path, table: str, kind: str, target: Path) -> int:
    """Write a table or view of the snapshot as a file; returns its rows.

    In CSV and XLSX lists and structures are written as text, and a `currency` stands beside amounts; CSV writes them
    with its decimals, so that a list of customers imports again as it is, wherever that is. XLSX cells are text
    wherever they are not numbers or dates, and CSV cells guarded, so that none becomes a formula (PIT-61); what comes
    back is without guard again. Raises WrongUse for a table that does not exist, and for an XLSX of more rows or longer
    texts than it holds.
    """
    known = tables_of(path)
    if table not in known:
        near = get_close_matches(table, known, 1)
        meant = f"; did you mean --table {near[0]}?" if near else ""
        raise WrongUse(f"there is no table {table!r}{meant}; there are {', '.join(known)}")
    rows = read(path, f'SELECT COLUMNS(*) FROM "{table}" ORDER BY ALL')
    base = str(read(path, "SELECT coalesce(any_value(base_currency), '') FROM deployment").item())
    target.parent.mkdir(parents=True, exist_ok=True)
    match kind:
        case "parquet":
            rows.write_parquet(target)
        case "csv":
            text = _flat(money_as_text(with_currency(rows, base), base))
            text.with_columns(guarded(cs.string())).write_csv(target, include_bom=True)
        case _:
            text = _flat(large_money_as_text(with_currency(rows, base)))
            write_table(target, text.with_columns(doubly_guarded(cs.string())), table)
    return rows.height


def _flat(rows: pl.DataFrame) -> pl.DataFrame:
    """Lists joined by a bar, structures as JSON: a cell of a spreadsheet holds text.

    An element that holds what parts a list when it is read stands in quotes, so that it comes back whole (PIT-62).
    """
    return rows.with_columns(_text(name, dtype) for name, dtype in rows.schema.items())


def _text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.List(pl.String):
        element = pl.element()
        quoted = pl.lit('"') + element.str.replace_all('"', '""', literal=True) + pl.lit('"')
        whole = pl.when(element.str.contains(PARTING)).then(quoted).otherwise(element)
        return column.list.eval(whole).list.join("|")
    if isinstance(dtype, pl.List):
        return column.list.eval(pl.element().struct.json_encode()).list.join("|")
    return column.dt.strftime("%Y-%m-%d %H:%M:%S UTC") if isinstance(dtype, pl.Datetime) else column
