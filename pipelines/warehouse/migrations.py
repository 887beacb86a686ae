"""Older ledgers: what payments state and whose addresses are, of a ledger made before that was kept.

Lives here: the step as SQL. Not here: when steps run, other steps (`ledger_tables.py`).
"""

STATE_PAYMENTS = """
INSERT INTO ledger.changes
    SELECT max(number) + 1, arg_max(as_of_date, number) FROM ledger.changes
    WHERE EXISTS (FROM ledger.contributions WHERE payment_id IS NOT NULL AND payment_state IS NULL) HAVING count(*) > 0;
UPDATE ledger.contributions AS told
SET payment_amount = coalesce(was.amount, 0), payment_day = CASE WHEN was.amount >= 0 THEN was.day END,
    payment_state = CASE WHEN payment_count = 0 AND refund_volume IS NULL THEN 'cancelled' ELSE 'paid' END
FROM (
    SELECT import_seq, row_number,
        CASE WHEN payment_count = 0 AND refund_volume > 0 THEN -refund_volume
             ELSE last_value(CASE WHEN payment_count > 0 THEN total_spent END IGNORE NULLS) OVER earlier END AS amount,
        last_value(CASE WHEN payment_count > 0 THEN first_payment_date END IGNORE NULLS) OVER earlier AS day
    FROM ledger.contributions WHERE payment_id IS NOT NULL
    WINDOW earlier AS (PARTITION BY source, payment_id, customer_id ORDER BY import_seq, row_number
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
) AS was
WHERE payment_state IS NULL AND (told.import_seq, told.row_number) = (was.import_seq, was.row_number)
"""
"""A payment's amount and day are what it counted; a row that did not count, such as one that failed later, is the next
state of the payment before it with the same number and customer, whose money it had taken out (PIT-100). That notes a
change of the ledger, so that everybody is folded again."""

NOTE_ADDRESSES = """
INSERT INTO ledger.addresses
    SELECT DISTINCT import_seq, customer_id, md5_number('email:' || lower(email))::UUID AS address_id
    FROM ledger.contributions
    WHERE email IS NOT NULL AND customer_id <> md5_number('email:' || lower(email))::UUID
        AND import_seq NOT IN (SELECT import_seq FROM ledger.addresses)
"""
"""Customers whom their address does not identify (AMB-42)."""
