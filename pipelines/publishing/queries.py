"""What people ask of the published snapshot: the history, priorities, what a sync or a clean-up did, first rows.

Lives here: asking it anything, and each common question with its query. Not here: whole tables as files (`exports.py`),
how an answer is shown (`assets/`). Nothing here opens the working database: a question holds up no run.
"""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import polars as pl

from pipelines.warehouse.database import Connection, glanced_at, number_of, rows_of

PRIORITY_COUNTS = (
    "SELECT priority, count(*) AS customers, any_value(as_of_date) AS as_of_date FROM computed_priorities "
    "GROUP BY priority ORDER BY array_position(['high', 'medium', 'low'], priority)"
)
TOP_CUSTOMERS = (
    "SELECT c.email, c.name, p.priority, p.monthly_spend, p.months, c.total_spent, c.payment_count, "
    "c.first_payment_date FROM computed_priorities AS p JOIN customers AS c USING (customer_id) "
    "ORDER BY array_position(['high', 'medium', 'low'], p.priority), p.monthly_spend DESC NULLS LAST, c.email "
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
    WHERE customer_id = $1::UUID ORDER BY requested_at DESC LIMIT 1
"""
OF_FILES = "FROM import_history WHERE status LIKE 'done%' AND format NOT IN ('stripe', 'cleanup', 'merge', 'separate')"
"""Imports whose accepted rows count now."""

SAMPLES: dict[str, str] = {
    "contributions": f"SELECT source, file_name, rows_accepted, amount_accepted, import_id {OF_FILES} "
    "ORDER BY started_at DESC LIMIT 10",
    "rejected_rows": "SELECT file_name, row_number, reasons[1].code AS code, "
    "reasons[1].header AS header FROM rejected_rows ORDER BY rejected_at DESC, row_number LIMIT 10",
    "import_history": "SELECT file_name, status, rows_accepted, rows_rejected, amount_accepted, import_id "
    "FROM import_history ORDER BY started_at DESC LIMIT 10",
    "customers": "SELECT status, origin, sources, count(*) AS customer_count, sum(total_spent) AS total_spent "
    "FROM customers GROUP BY ALL ORDER BY ALL LIMIT 10",
    "contacts": "SELECT position, is_primary, count(*) AS contact_count "
    "FROM contacts GROUP BY ALL ORDER BY ALL LIMIT 10",
    "customer_groups": "SELECT name, count(*) AS customer_count "
    "FROM customer_groups GROUP BY ALL ORDER BY ALL LIMIT 10",
    "customer_custom_fields": "SELECT source, title, count(*) AS customer_count "
    "FROM customer_custom_fields GROUP BY ALL ORDER BY ALL LIMIT 10",
    "payments": "SELECT paid_date, source, amount, refund, currency, payment_key "
    "FROM payments ORDER BY paid_date DESC NULLS LAST, payment_key LIMIT 10",
    "customer_priority": "SELECT priority, basis, count(*) AS customer_count, sum(monthly_spend) AS monthly_spend "
    "FROM computed_priorities GROUP BY ALL ORDER BY ALL LIMIT 10",
    "customer_priority_history": "SELECT as_of_date, cause, priority, count(*) AS customer_count "
    "FROM customer_priority_history GROUP BY ALL ORDER BY as_of_date DESC, cause, priority LIMIT 10",
}
"""What of each table a person wants to see first. Dagster keeps it with every run: it is about nobody (PIT-75)."""

BY_MONTH: dict[str, tuple[str, str]] = {
    "payments": (
        "spend by month, refunds taken off, in the base currency",
        "SELECT coalesce(strftime(paid_date, '%Y-%m'), 'no day') AS month, "
        "sum(coalesce(amount_in_base, 0) - coalesce(refund_in_base, 0)) AS number "
        "FROM payments WHERE amount_in_base IS NOT NULL OR refund_in_base IS NOT NULL GROUP BY ALL",
    ),
    "customers": (
        "customers so far, by month of their first payment",
        "SELECT strftime(first_payment_date, '%Y-%m') AS month, sum(count(*)) OVER (ORDER BY month)::BIGINT AS number "
        "FROM customers WHERE first_payment_date IS NOT NULL GROUP BY month",
    ),
}
"""What is shown of a table over time: its title, and its query."""
MOST_MONTHS = 24

LISTS: dict[str, str] = {
    "stripe_charges": "SELECT charge_id, stripe_customer_id, amount, currency, status, counted, created_at "
    "FROM stripe_charges WHERE source = ? ORDER BY created_at DESC, charge_id LIMIT 10",
    "stripe_refunds": "SELECT refund_id, charge_id, amount, currency, status, counted, created_at "
    "FROM stripe_refunds WHERE source = ? ORDER BY created_at DESC, refund_id LIMIT 10",
    "stripe_customers": "SELECT stripe_customer_id, deleted, email IS NOT NULL AS has_address "
    "FROM stripe_customers WHERE source = ? ORDER BY created_at DESC, stripe_customer_id LIMIT 10",
}
"""The same of the lists of a Stripe source."""


def read(path: Path, query: str, parameters: list[object] | None = None) -> pl.DataFrame:
    """The result of a query over the snapshot; WrongUse where nothing was published yet."""
    with glanced_at(path) as connection:
        return rows_of(connection, query, parameters)


class TableSample(NamedTuple):
    """How many rows a table has, and those that a person wants to see first."""

    row_count: int
    rows: pl.DataFrame


def table_samples(path: Path) -> dict[str, TableSample]:
    """A sample of each table of `SAMPLES`; before anything was published, no rows.

    Accepted rows themselves are not published: `contributions` counts them by their imports, as the history has them.
    """
    if not path.exists():
        return {name: TableSample(0, pl.DataFrame()) for name in SAMPLES}
    with glanced_at(path) as connection:
        return {name: TableSample(_count(connection, name), rows_of(connection, SAMPLES[name])) for name in SAMPLES}


def numbers_by_month(path: Path) -> dict[str, dict[str, int | Decimal]]:
    """By table of `BY_MONTH`: the numbers of its newest months that have any; before anything was published, none."""
    if not path.exists():
        return {}
    newest = f"ORDER BY month DESC LIMIT {MOST_MONTHS}"
    with glanced_at(path) as connection:
        return {
            name: dict(reversed(rows_of(connection, f"FROM ({query}) {newest}").rows()))
            for name, (_, query) in BY_MONTH.items()
        }


def _count(connection: Connection, name: str) -> int:
    if name == "contributions":
        return number_of(connection, f"SELECT coalesce(sum(rows_accepted), 0) {OF_FILES}")
    # As many as there are in the view over it, which would join them with their customers.
    table = "computed_priorities" if name == "customer_priority" else name
    return number_of(connection, f"SELECT count(*) FROM {table}")


def stripe_list_sample(path: Path, name: str, source: str) -> TableSample:
    """A sample of a list of a Stripe source; before anything was published, no rows."""
    if not path.exists():
        return TableSample(0, pl.DataFrame())
    with glanced_at(path) as connection:
        count = number_of(connection, f"SELECT count(*) FROM {name} WHERE source = ?", [source])
        return TableSample(count, rows_of(connection, LISTS[name], [source]))


def import_history(path: Path, everything: bool) -> pl.DataFrame:
    """The imports of the last 20 days, or all, the newest first. Raises WrongUse where nothing was published yet."""
    view = "import_history" if everything else "import_history_recent"
    return read(path, f"FROM {view} ORDER BY started_at DESC, import_id")


def held_imports(path: Path) -> pl.DataFrame:
    """The imports that wait for a decision, the oldest first; before anything was published, none."""
    if not path.exists():
        return pl.DataFrame(schema=["import_id"])
    return read(
        path,
        "SELECT import_id, source, file_name, rows_read, started_at, imported_by FROM import_history "
        "WHERE status = 'held' ORDER BY started_at, import_id",
    )


def imports_of_run(path: Path, run_id: str) -> list[dict[str, object]]:
    """What became of each file that a run imported, without anything that stands in its rows."""
    counts = "rows_read, rows_accepted, rows_rejected, customers_created, customers_updated"
    query = (
        f"SELECT import_id, source, file_name, status, {counts}, "
        "format('{} of {} rows accepted', rows_accepted, rows_read) AS message "
        "FROM import_history WHERE run_id = ? ORDER BY started_at, import_id"
    )
    return read(path, query, [run_id]).to_dicts()


def import_entry(path: Path, import_id: str) -> pl.DataFrame:
    """The line of one import in the history, if there is one."""
    return read(path, "FROM import_history WHERE import_id = ?", [import_id])


def priority_counts(path: Path) -> pl.DataFrame:
    """How many customers have each priority."""
    return read(path, PRIORITY_COUNTS)


def top_customers(path: Path) -> pl.DataFrame:
    """The ten customers who come first by priority and monthly spend."""
    return read(path, TOP_CUSTOMERS)


def sync_of(path: Path, run_id: str) -> pl.DataFrame:
    """What the sync of a run did; no row where it changed nothing."""
    return read(path, SYNC, [run_id])


def latest_cleanup(path: Path) -> pl.DataFrame:
    """The last clean-up that counts."""
    return read(path, LATEST_CLEANUP)


def access_of(path: Path, customer_id: str) -> pl.DataFrame:
    """A customer's newest request for access, and what was decided about it."""
    return read(path, ACCESS_OF, [customer_id])


def possible_duplicates(path: Path, everything: bool) -> pl.DataFrame:
    """The pairs who may be one, the likeliest first; with `everything` those too that somebody decided about."""
    undecided = "TRUE" if everything else "decided IS NULL"
    return read(
        path,
        f"FROM possible_duplicates WHERE {undecided} ORDER BY score DESC NULLS LAST, customer_a, customer_b",
    )


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
