"""Double counting: the same money seen through a file and through Stripe (AMB-10).

Lives here: finding it among the affected customers. Not here: what is done about it: nobody but a person can know, so
it is a warning, never a correction.
"""

from collections.abc import Iterator, Mapping

from pipelines.customers.affected import AFFECTED
from pipelines.customers.payments_once import counted
from pipelines.warehouse.database import Connection, number_of, rows_of
from pipelines.warehouse.import_rows import add_warnings
from schemas.sentences.note import Note

MOST_NAMED = 20

TOLD = """
    sum(total_spent) AS total, sum(payment_count) AS payments, min(first_payment_date) AS first,
    max(last_payment_date) AS last, any_value(email) AS email
"""

SAME = f"""
    WITH rows AS ({counted("ledger.live_rows", f"SEMI JOIN {AFFECTED} USING (customer_id)")}),
    files AS (
        SELECT customer_id, {TOLD} FROM rows
        GROUP BY GROUPING SETS ((customer_id, source, import_seq), (customer_id, source), (customer_id))
    ),
    accounts AS (
        SELECT customer_id, {TOLD} FROM ledger.live_accounts SEMI JOIN {AFFECTED} USING (customer_id)
        GROUP BY GROUPING SETS ((customer_id, source, row_number), (customer_id, source), (customer_id))
    )
    SELECT coalesce(accounts.email, files.email) AS email FROM files JOIN accounts USING (customer_id, total)
    WHERE total > 0 AND coalesce(files.payments = accounts.payments, TRUE)
        AND coalesce(files.first = accounts.first, TRUE) AND coalesce(files.last = accounts.last, TRUE)
    UNION
    SELECT email FROM rows
    JOIN ledger.stripe_charges AS charges ON charges.charge_id = rows.payment_id AND charges.counted
    UNION
    SELECT email FROM rows
    JOIN ledger.stripe_charges AS charges ON charges.payment_intent_id = rows.payment_id AND charges.counted
    ORDER BY email
"""
"""Addresses with the same total, count and days in files and in accounts, or with a payment that both name.

What customers paid is added before it is compared: an account may have several rows of one customer, and guests of that
address beside them; a source may have sent a file a month."""


def warn_of_double_counting(connection: Connection, languages: Mapping[int, str]) -> None:
    """Add the warning, where there is one, to imports of the open transaction, each in the language of its sender."""
    for language in sorted(set(languages.values())):
        spoken_to = [import_seq for import_seq, spoken in languages.items() if spoken == language]
        add_warnings(connection, spoken_to, double_counted(connection), language)


def double_counted(connection: Connection) -> Iterator[Note]:
    """A warning for the affected customers whose money a file and a Stripe account seem to tell both; else none."""
    if not number_of(connection, "SELECT count(*) FROM ledger.stripe_state"):
        return
    emails = rows_of(connection, SAME)["email"]
    if len(emails):
        named = [email or "?" for email in emails.head(MOST_NAMED)]
        yield Note("POSSIBLE_DOUBLE_COUNT", found=len(emails), value=named)
