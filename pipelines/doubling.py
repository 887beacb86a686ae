"""Doubling: the same money seen through a file and through Stripe (AMB-10).

Lives here: finding it among the touched customers. Not here: what is done about it: nobody but a person can know, so
it is a warning, never a correction.
"""

from collections.abc import Iterator, Sequence

from pipelines.customers.touching import TOUCHED
from pipelines.warehouse import Connection, number_of, rows_of
from schemas.codes import message

MOST_NAMED = 20

SAME = f"""
    WITH files AS (
        SELECT customer_id, source, import_seq, sum(total_spent) AS total, sum(payment_count) AS payments,
            min(first_payment_date) AS first, max(last_payment_date) AS last
        FROM ledger.live_rows SEMI JOIN {TOUCHED} USING (customer_id) GROUP BY ALL
    )
    SELECT DISTINCT accounts.email AS email FROM files JOIN ledger.live_accounts AS accounts USING (customer_id)
    WHERE total = accounts.total_spent AND total > 0
        AND coalesce(payments = accounts.payment_count, TRUE)
        AND coalesce(first = accounts.first_payment_date, TRUE) AND coalesce(last = accounts.last_payment_date, TRUE)
    UNION
    SELECT rows.email FROM ledger.live_rows AS rows
    SEMI JOIN {TOUCHED} USING (customer_id)
    JOIN ledger.stripe_charges AS charges ON charges.charge_id = rows.payment_id AND charges.counted
    UNION
    SELECT rows.email FROM ledger.live_rows AS rows
    SEMI JOIN {TOUCHED} USING (customer_id)
    JOIN ledger.stripe_charges AS charges ON charges.payment_intent_id = rows.payment_id AND charges.counted
    ORDER BY email
"""
"""Addresses with the same total, count and days in one file and in an account, or with a payment that both name."""


def tell_doubles(connection: Connection, sequences: Sequence[int]) -> None:
    """Add the warning, where there is one, to these imports of the open transaction."""
    told = list(double_counted(connection)) if sequences else []
    if told:
        connection.execute(
            "UPDATE ledger.imports SET warnings = list_concat(warnings, ?) WHERE import_seq IN (SELECT unnest(?))",
            [told, list(sequences)],
        )


def double_counted(connection: Connection) -> Iterator[str]:
    """A warning for the touched customers whose money a file and a Stripe account seem to tell both; else none."""
    if not number_of(connection, "SELECT count(*) FROM ledger.stripe_state"):
        return
    emails = rows_of(connection, SAME)["email"]
    if len(emails):
        named = ", ".join(email or "?" for email in emails.head(MOST_NAMED))
        yield f"POSSIBLE_DOUBLE_COUNT: {message('POSSIBLE_DOUBLE_COUNT', found=len(emails), value=named)}"
