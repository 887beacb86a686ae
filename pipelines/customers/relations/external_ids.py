"""The references that customers have in the systems they come from, Stripe's among them (AMB-42).

Lives here: the affected customers' rows of `customer_external_ids`. Not here: those of an account that was read anew
(`pipelines/publishing/ledger_facts.py`), what is told of customers with several
(`pipelines/conflicts/identity_conflicts.py`).
"""

from pipelines.customers.affected import AFFECTED
from pipelines.customers.relations.affected_rows import add_rows, forget_affected
from pipelines.customers.update_rules import not_taken_back
from pipelines.warehouse.database import HALVES_OF_UUID, Connection, number_of, rows_of

REFERENCES = f"""
    SELECT DISTINCT {HALVES_OF_UUID}, source, external_id FROM (
        SELECT customer_id, source, external_id FROM ledger.live_rows
        WHERE external_id IS NOT NULL AND {not_taken_back("external_id")}
        UNION ALL SELECT customer_id, source, stripe_customer_id FROM ledger.owned_stripe_customers
    ) SEMI JOIN {AFFECTED} USING (customer_id)
"""

ANY = """
    SELECT count(*) FROM (
        (SELECT 1 FROM ledger.contributions WHERE external_id IS NOT NULL LIMIT 1)
        UNION ALL (SELECT 1 FROM ledger.stripe_customers LIMIT 1)
    )
"""
"""Whether anybody ever had one: to plan the query for whose they are takes DuckDB 2.0 a twentieth of a short import."""


def write_external_ids(connection: Connection, writer: Connection) -> None:
    """Replace the affected customers' references by those of their live rows; who is not in the table has none."""
    forget_affected(writer, "customer_external_ids")
    if number_of(connection, ANY):
        add_rows(writer, "customer_external_ids", rows_of(connection, REFERENCES))
