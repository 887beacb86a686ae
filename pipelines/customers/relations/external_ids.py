"""The references that customers have in the systems they come from, Stripe's among them (AMB-42).

Lives here: the affected customers' rows of `customer_external_ids`. Not here: those of an account that was read anew
(`pipelines/publishing/ledger_facts.py`), what is told of customers with several
(`pipelines/conflicts/identity_conflicts.py`).
"""

from pipelines.customers.affected import AFFECTED
from pipelines.warehouse.database import HALVES_OF_UUID, UUID_OF_HALVES, Connection, frame_as, rows_of

REFERENCES = f"""
    SELECT DISTINCT {HALVES_OF_UUID}, source, external_id FROM (
        SELECT customer_id, source, external_id FROM ledger.live_rows WHERE external_id IS NOT NULL
        UNION ALL SELECT customer_id, source, stripe_customer_id FROM ledger.owned_stripe_customers
    ) SEMI JOIN {AFFECTED} USING (customer_id)
"""


def write_external_ids(connection: Connection, writer: Connection) -> None:
    """Replace the affected customers' references by those of their live rows; who is not in the table has none."""
    writer.execute(f"DELETE FROM snapshot.main.customer_external_ids WHERE customer_id IN (FROM {AFFECTED})")
    found = rows_of(connection, REFERENCES)
    if found.is_empty():
        return
    with frame_as(writer, "found", found):
        writer.execute(
            f"INSERT INTO snapshot.main.customer_external_ids FROM (SELECT {UUID_OF_HALVES} AS customer_id, source, "
            "external_id FROM found) SEMI JOIN snapshot.main.customers USING (customer_id)"
        )
