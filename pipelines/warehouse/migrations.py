"""Older ledgers: clean-ups, what payments state, whose addresses are, what rows are, of a ledger made before that was
kept.

Lives here: the steps as SQL. Not here: when they run (`ledger_tables.py`).
"""

ENTER_CLEANUPS = r"""
CREATE OR REPLACE TEMP TABLE new_cleanups AS
    SELECT *, sha256(concat_ws(' ', import_seq, below, decided_by, decided_at)) AS digest FROM (
        SELECT (row_number() OVER (ORDER BY decided_at, below) + coalesce(
                (SELECT max(import_seq) FROM ledger.imports), 0))::INTEGER AS import_seq,
            below, decided_by, decided_at, count(*) AS removed
        FROM ledger.tombstones WHERE import_seq IS NULL GROUP BY below, decided_by, decided_at
    );
UPDATE ledger.tombstones SET import_seq = entered.import_seq FROM new_cleanups AS entered
    WHERE tombstones.import_seq IS NULL AND (tombstones.below, tombstones.decided_by, tombstones.decided_at)
        = (entered.below, entered.decided_by, entered.decided_at);
INSERT INTO ledger.imports BY NAME
    SELECT import_seq, 'cleanup-' || digest[:12] AS import_key, import_key AS import_id,
        'low-spend clean-up' AS source,
        'customers who spent less than ' || regexp_replace(below::VARCHAR, '\.?0+$', '') AS file_name,
        digest AS sha256, 'cleanup' AS format, 'cleanup' AS profile, 'done' AS status, removed AS customers_removed,
        0 AS rows_read, 0 AS rows_blank, 0 AS rows_accepted, 0 AS rows_rejected, 0 AS rows_skipped, 0 AS rows_merged,
        0 AS customers_created, 0 AS customers_updated, 0 AS customers_unchanged, 0 AS customers_kept_away,
        0 AS amount_accepted, 0 AS amount_repeated, []::VARCHAR[] AS warnings,
        decided_at AS started_at, decided_at AS finished_at, decided_by AS imported_by,
        removed || ' customers removed' AS message
    FROM new_cleanups
"""
"""Tombstones of older ledgers, which no entry of the history explains, get one per decision. Those of today are written
with theirs (`customers/low_spend.py`)."""

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

NOTE_GRAINS = """
UPDATE ledger.imports SET grain = CASE
    WHEN profile = 'payments' THEN 'payment'
    WHEN profile = 'captured' THEN 'event'
    WHEN profile IN ('default', 'askusers', 'upflow', 'reveal_field', 'smartcrm', 'mono_editor') THEN 'customer'
    WHEN import_seq IN (
        SELECT import_seq FROM ledger.contributions GROUP BY import_seq
        HAVING bool_or(payment_state IS NOT NULL) OR bool_and(
            total_spent IS NOT NULL AND payment_count IS NOT NULL
            AND first_payment_date IS NOT DISTINCT FROM last_payment_date
            AND payment_count = CASE WHEN first_payment_date IS NULL THEN 0 ELSE 1 END
        )
    ) THEN 'payment' ELSE 'customer' END
WHERE grain IS NULL AND profile NOT IN ('stripe', 'cleanup', 'merge', 'separate')
"""
"""What each row of an import is, by its profile. Of one with an own profile each is a payment where rows state
payments, or where every row counts one payment of one day, or none: nothing else is told of them then."""

BLANK_CONSENTS = """
INSERT INTO ledger.changes
    SELECT max(number) + 1, arg_max(as_of_date, number) FROM ledger.changes
    WHERE NOT EXISTS (FROM ledger.steps WHERE name = 'blank_consents')
        AND EXISTS (FROM ledger.details WHERE NOT opt_in OR NOT is_primary) HAVING count(*) > 0;
INSERT INTO ledger.consents_to_read
    SELECT DISTINCT import_seq FROM ledger.details
    WHERE (NOT opt_in OR NOT is_primary) AND NOT EXISTS (FROM ledger.steps WHERE name = 'blank_consents');
UPDATE ledger.details SET opt_in = nullif(opt_in, FALSE), is_primary = nullif(is_primary, FALSE)
    WHERE (NOT opt_in OR NOT is_primary) AND NOT EXISTS (FROM ledger.steps WHERE name = 'blank_consents');
INSERT INTO ledger.steps
    SELECT 'blank_consents' AS name WHERE NOT EXISTS (FROM ledger.steps WHERE name = 'blank_consents')
"""
"""A blank was kept as a no (AMB-37): until its original is read again (`pipelines/intake/reread_consents.py`), a no is
unknown. Nothing in the rows themselves tells whether that was done, so that it is noted."""

DONE_FROM_THE_START = "INSERT INTO ledger.steps VALUES ('blank_consents')"
"""Steps that a ledger of today needs no more, where only a note says so."""
