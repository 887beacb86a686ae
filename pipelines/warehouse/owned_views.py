"""Whose row it is: the views `ledger.owned_…`, in which merged customers are one.

Lives here: which tables say whose their rows are, and the views over them as SQL. Not here: who is one with whom
(`pipelines/duplicates/merged_customers.py`), what counts of the rows (`ledger_views.sql`).

A fact keeps the customer whom its own key names, `keyed_id` in the views; `customer_id` there is the customer of the
table. Everything that asks whose a row is reads these views. Where no merge stands they are the tables themselves:
through a join, a question about one customer of a million took 30 ms instead of 4, and an import asks a dozen.
"""

OWNED = (
    "contributions",
    "stripe_contributions",
    "stripe_customers",
    "stripe_payments",
    "stripe_spend",
    "stripe_apart",
    "access_decisions",
)
"""The facts about a customer that follow it when it is merged. A tombstone does not: it is about one total alone. Nor
does the log of priorities: that one had them then."""


def owned_views(merged: bool) -> str:
    """The SQL that makes the views, for a ledger in which merges stand or none does."""
    return ";".join(f"CREATE OR REPLACE VIEW ledger.owned_{table} AS {_query(table, merged)}" for table in OWNED)


def _query(table: str, merged: bool) -> str:
    if not merged:
        return f"SELECT *, customer_id AS keyed_id FROM ledger.{table}"
    return (
        "SELECT told.* REPLACE (coalesce(merged.survivor_id, told.customer_id) AS customer_id), "
        f"told.customer_id AS keyed_id FROM ledger.{table} AS told "
        "LEFT JOIN ledger.merged_customers AS merged ON merged.customer_id = told.customer_id"
    )
