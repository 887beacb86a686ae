"""Erasing in Stripe accounts: what a person paid stands apart, as that of a customer without an address does.

Lives here: the state of an account as a later sync would state it once the person's records come without address and
name (`pipelines/conflicts/erased_people.py`). Not here: files' rows (`erase_facts.py`). Stripe's own ids of charges
and records stay: without them a sync could not count each charge once.
"""

from pipelines.erasure.subject import Subject
from pipelines.warehouse.database import Connection

APART = """
    INSERT INTO ledger.stripe_apart BY NAME
    SELECT paid.source, charge_id, stripe_customer_id, NULL::UUID AS customer_id,
        CASE WHEN stripe_customer_id IS NULL THEN 'guest' ELSE 'customer_without_email' END AS reason,
        paid.currency, paid.amount, paid.refund AS refund_volume, created_at
    FROM (FROM ledger.stripe_payments SEMI JOIN subject USING (customer_id)) AS paid
    JOIN ledger.stripe_charges USING (source, charge_id)
"""
CHARGES = "(SELECT source, charge_id FROM ledger.stripe_payments SEMI JOIN subject USING (customer_id))"


def move_charges_apart(connection: Connection) -> None:
    """Their counted charges are nobody's from now on; sums and payments of theirs go with their id."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE own_charges AS FROM {CHARGES}")
    connection.execute(
        "DELETE FROM ledger.stripe_apart WHERE customer_id IN (FROM subject) "
        "OR (source, charge_id) IN (SELECT (source, charge_id) FROM own_charges)"
    )
    connection.execute(APART)


def empty_records(connection: Connection, subject: Subject) -> None:
    """No address and no name in their records and on their charges, nor their address on the charges of others."""
    emails = list(subject.emails)
    records = (
        "SELECT source, stripe_customer_id FROM ledger.stripe_customers WHERE customer_id IN (FROM subject) "
        "OR lower(email) IN (SELECT unnest($1))"
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE own_records AS {records}", [emails])
    connection.execute(
        "UPDATE ledger.stripe_customers SET email = NULL, name = NULL, name_source = NULL, customer_id = NULL "
        "WHERE (source, stripe_customer_id) IN (SELECT (source, stripe_customer_id) FROM own_records)"
    )
    connection.execute(
        "UPDATE ledger.stripe_charges SET receipt_email = NULL, billing_email = NULL, billing_name = NULL "
        "WHERE (source, charge_id) IN (SELECT (source, charge_id) FROM own_charges) "
        "OR (source, stripe_customer_id) IN (SELECT (source, stripe_customer_id) FROM own_records) "
        "OR lower(receipt_email) IN (SELECT unnest($1)) OR lower(billing_email) IN (SELECT unnest($1))",
        [emails],
    )
