"""Reconciliation: whether what Stripe says in two places is the same.

Lives here: refunds against what charges say of them. Not here: what must hold before anything is written
(`pipelines/ledger/checks/`).
"""

from typing import NamedTuple

from pipelines.home import Home
from pipelines.warehouse.database import published, rows_of


class Disagreement(NamedTuple):
    """A charge whose refunds do not come to what it says was given back, both in its currency."""

    charge_id: str
    currency: str
    charge_says: str
    refunds_say: str


def disagreements(home: Home, source: str) -> list[Disagreement]:
    """The charges of a source that disagree with their refunds (PIT-82): where no refund can be seen, all that say that
    something was given back (scenario 63).

    A refund made while the account was read may be seen on one side alone; the next sync sees both.
    """
    query = """
        WITH given AS (
            SELECT coalesce(refunds.charge_id, by_intent.charge_id) AS charge_id, sum(refunds.amount) AS amount
            FROM stripe_refunds AS refunds
            LEFT JOIN (
                SELECT payment_intent_id, min(charge_id) AS charge_id FROM stripe_charges
                WHERE source = $source AND counted AND payment_intent_id IS NOT NULL GROUP BY ALL
            ) AS by_intent ON refunds.payment_intent_id = by_intent.payment_intent_id
            WHERE source = $source AND counted GROUP BY ALL
        )
        SELECT charge_id, currency, coalesce(amount_refunded, 0)::VARCHAR, coalesce(given.amount, 0)::VARCHAR
        FROM stripe_charges LEFT JOIN given USING (charge_id)
        WHERE source = $source AND counted AND coalesce(amount_refunded, 0) <> coalesce(given.amount, 0)
        ORDER BY charge_id
    """
    with published(home.published) as connection:
        return [Disagreement(*row) for row in rows_of(connection, query, {"source": source}).rows()]
