"""Reprioritising: the priority of customers written again, with the history of what changed and why.

Lives here: which priorities are due, the priority tables. Not here: the formula (`priority.py`).
"""

from datetime import date

import polars as pl

from pipelines.customers.priority import prioritise
from pipelines.customers.refolding import BATCH, TOUCHED
from pipelines.errors import WrongUse
from pipelines.warehouse import Connection, frame_as, number_of, rows_of, value_of

DUE = "due_customers"


def current_as_of(connection: Connection) -> date:
    """The day that priorities are counted to now; WrongUse before the first import."""
    found = value_of(connection, "SELECT arg_max(as_of_date, number) FROM ledger.prioritisations")
    if not isinstance(found, date):
        raise WrongUse("there are no priorities yet: import a file first")
    return found


def reprioritise(connection: Connection, as_of: date, cause: str) -> None:
    """Recompute the touched customers' priorities as of a day; all customers' when the day is a new one.

    All rows of `customer_priority` have the same day. Touched customers get `cause` in the history, the
    others `clock`. A priority enters the history when it differs from the customer's latest one there.
    """
    number = _note(connection, as_of)
    everyone = number is not None
    scope = "FROM main.customers" if everyone else f"FROM main.customers SEMI JOIN {TOUCHED} USING (customer_id)"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {DUE} AS SELECT customer_id {scope}")
    _forget(connection, everyone)
    _remember_latest(connection)
    for batch in _batches(connection):
        with frame_as(connection, "judged", prioritise(batch, as_of)):
            _record_changes(connection, as_of, cause)
            _insert(connection, as_of)


def _note(connection: Connection, as_of: date) -> int | None:
    """Write a new day down; None when the day is the present one."""
    latest = value_of(connection, "SELECT arg_max(as_of_date, number) FROM ledger.prioritisations")
    if latest == as_of:
        return None
    number = number_of(connection, "SELECT coalesce(max(number), 0) + 1 FROM ledger.prioritisations")
    connection.execute("INSERT INTO ledger.prioritisations VALUES (?, ?)", [number, as_of])
    return number


def _forget(connection: Connection, everyone: bool) -> None:
    """The rows that will be written again, and those of customers that are gone."""
    gone = "TRUE" if everyone else f"customer_id IN (FROM {TOUCHED})"
    connection.execute(f"DELETE FROM main.customer_priority WHERE {gone}")


def _batches(connection: Connection) -> list[pl.DataFrame]:
    due = number_of(connection, f"SELECT count(*) FROM {DUE}")
    batches = due // BATCH + 1
    return [rows_of(connection, _customers(batch, batches)) for batch in range(batches)] if due else []


def _customers(batch: int, batches: int) -> str:
    share = f"WHERE hash(customer_id) % {batches} = {batch}" if batches > 1 else ""
    return (
        "SELECT customer_id::VARCHAR AS id, email, total_spent, first_payment_date, reported_monthly_spend "
        f"FROM main.customers SEMI JOIN (FROM {DUE} {share}) AS batch USING (customer_id)"
    )


def _remember_latest(connection: Connection) -> None:
    """The two latest entries of each due customer in the history, before this day's are added."""
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE latest_priorities AS
        SELECT customer_id, entries[1].priority AS latest, entries[2].priority AS one_before
        FROM (
            SELECT customer_id, max({{'number': change_number, 'priority': priority}}, 2) AS entries
            FROM main.customer_priority_history SEMI JOIN {DUE} USING (customer_id) GROUP BY customer_id
        )
        """
    )


def _record_changes(connection: Connection, as_of: date, cause: str) -> None:
    connection.execute(
        f"""
        INSERT INTO main.customer_priority_history
        SELECT judged.id::UUID, $as_of, judged.priority, judged.monthly_spend,
            CASE WHEN touched.customer_id IS NULL THEN 'clock' ELSE $cause END,
            (SELECT coalesce(max(change_number), 0) + 1 FROM main.customer_priority_history)
        FROM judged
        LEFT JOIN latest_priorities AS known ON known.customer_id = judged.id::UUID
        LEFT JOIN {TOUCHED} AS touched ON touched.customer_id = judged.id::UUID
        WHERE known.latest IS DISTINCT FROM judged.priority
        """,
        {"as_of": as_of, "cause": cause},
    )


def _insert(connection: Connection, as_of: date) -> None:
    """The rows of the priority table; the priority before the latest change is the history's to tell."""
    connection.execute(
        """
        INSERT INTO main.customer_priority
        SELECT judged.id::UUID, email, ?, priority, monthly_spend, months, basis, reason,
            CASE WHEN known.latest = priority THEN known.one_before ELSE known.latest END
        FROM judged LEFT JOIN latest_priorities AS known ON known.customer_id = judged.id::UUID
        """,
        [as_of],
    )
