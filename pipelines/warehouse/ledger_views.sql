-- The views of the ledger, each after those that it reads. What an import said is never changed: what counts of it now is
-- told by views.

-- Imports and clean-ups that somebody undid.
CREATE OR REPLACE VIEW ledger.undone AS
    SELECT DISTINCT import_id FROM ledger.decisions WHERE kind = 'undo';

-- Imports in whose place another one stands that is not undone itself.
CREATE OR REPLACE VIEW ledger.replaced AS
    SELECT DISTINCT import_id FROM ledger.decisions
    WHERE kind = 'replace' AND replaced_by NOT IN (FROM ledger.undone);

-- Changes of customers by hand: they make nobody known.
CREATE OR REPLACE VIEW ledger.edits AS
    SELECT import_seq FROM ledger.imports WHERE grain = 'edit';

-- Imports that count no more.
CREATE OR REPLACE VIEW ledger.taken_out AS
    SELECT import_seq FROM ledger.imports
    WHERE import_id IN (FROM ledger.undone) OR import_id IN (FROM ledger.replaced);

-- Changes of customers whom nothing else makes known now: they wait until something does.
CREATE OR REPLACE VIEW ledger.idle_edits AS
    WITH edited AS (
        SELECT import_seq, customer_id FROM ledger.owned_contributions SEMI JOIN ledger.edits USING (import_seq)
    )
    SELECT import_seq FROM edited WHERE customer_id NOT IN (
        SELECT customer_id FROM ledger.owned_contributions SEMI JOIN edited USING (customer_id)
        WHERE import_seq NOT IN (FROM ledger.edits) AND import_seq NOT IN (FROM ledger.taken_out)
        UNION ALL SELECT customer_id FROM ledger.owned_stripe_contributions WHERE NOT dependent
    );

-- The accepted rows of files and of entries by hand that count now; position: their order over all imports; first_seq:
-- the import that made their customer known.
CREATE OR REPLACE VIEW ledger.live_rows AS
    SELECT *, (import_seq::BIGINT << 32) | row_number AS position,
        CASE WHEN import_seq NOT IN (FROM ledger.edits) THEN import_seq END AS first_seq
    FROM ledger.owned_contributions
    WHERE import_seq NOT IN (FROM ledger.taken_out UNION ALL FROM ledger.idle_edits);

-- What people decided about fields of customers: the latest decision of each field, where its value counts now. An
-- address is that of one key, whoever is merged with whom.
CREATE OR REPLACE VIEW ledger.by_hand AS
    SELECT customer_id, keyed_id, field, import_seq, rule FROM (
        SELECT customer_id, keyed_id, import_seq, field, rule FROM ledger.live_rows JOIN (
            SELECT import_seq, field, rule FROM ledger.import_rules WHERE rule IN ('by_hand', 'cleared', 'released')
        ) AS decided USING (import_seq)
        QUALIFY row_number() OVER (
            PARTITION BY customer_id, field, CASE WHEN field = 'email' THEN keyed_id END ORDER BY import_seq DESC
        ) = 1
    ) AS latest WHERE rule <> 'released';

-- The money of erased people in files that count now: nobody's, so that no customer is folded of it.
CREATE OR REPLACE VIEW ledger.live_erased AS
    SELECT *, customer_id AS keyed_id, (import_seq::BIGINT << 32) | row_number AS position
    FROM ledger.erased_rows
    WHERE import_seq NOT IN (FROM ledger.taken_out);

-- Every accepted row of a file; of erased people their money alone is there.
CREATE OR REPLACE VIEW ledger.accepted_rows AS
    SELECT import_seq, total_spent FROM ledger.contributions
    UNION ALL SELECT import_seq, total_spent FROM ledger.erased_rows;

-- The imports whose money is that of payments, each row one at most; what others tell of money are totals.
CREATE OR REPLACE VIEW ledger.payment_lists AS
    SELECT import_seq, import_id FROM ledger.imports WHERE grain IN ('payment', 'event');

-- What Stripe accounts say of customers now. A dependent row, a guest's, counts only where something else makes the
-- customer known.
CREATE OR REPLACE VIEW ledger.live_accounts AS
    SELECT * EXCLUDE (dependent) REPLACE (CASE WHEN NOT dependent THEN first_seq END AS first_seq),
        CASE WHEN dependent THEN 1 ELSE 2 END::BIGINT AS row_number
    FROM ledger.owned_stripe_contributions
    WHERE NOT dependent OR customer_id IN (
        SELECT customer_id FROM ledger.live_rows SEMI JOIN (
            SELECT customer_id FROM ledger.owned_stripe_contributions WHERE dependent
        ) AS leaning USING (customer_id)
        UNION ALL SELECT customer_id FROM ledger.owned_stripe_contributions WHERE NOT dependent
    );

-- Everything that counts now.
CREATE OR REPLACE VIEW ledger.live AS
    FROM ledger.live_rows UNION ALL BY NAME FROM ledger.live_accounts;

-- The details of rows that count now; row_position: as the position of those rows.
CREATE OR REPLACE VIEW ledger.live_details AS
    SELECT customer_id, source, live_rows.position AS row_position, details.*
    FROM ledger.details JOIN ledger.live_rows USING (import_seq, row_number);

-- What the kept columns of rows that count hold.
CREATE OR REPLACE VIEW ledger.live_custom_fields AS
    SELECT customer_id, source, live_rows.position AS row_position, custom_fields.*
    FROM ledger.custom_fields JOIN ledger.live_rows USING (import_seq, row_number);

-- Customers whom a clean-up removed, and the total that brings them back (AMB-23). Who paid in a currency without a rate
-- has no total to compare.
CREATE OR REPLACE VIEW ledger.kept_away AS
    SELECT customer_id, max(below) AS below FROM ledger.tombstones
    WHERE import_seq NOT IN (SELECT import_seq FROM ledger.imports SEMI JOIN ledger.undone USING (import_id))
        AND customer_id NOT IN (SELECT customer_id FROM ledger.owned_stripe_spend
            WHERE base_spent IS NULL OR unconverted_count > 0)
    GROUP BY customer_id;

-- The payments of accounts that count: those of customers who reach their account's minimum.
CREATE OR REPLACE VIEW ledger.live_payments AS
    FROM ledger.owned_stripe_payments
    SEMI JOIN (SELECT source, customer_id AS keyed_id FROM ledger.stripe_spend WHERE kept) AS kept
        USING (source, keyed_id);

-- Counted charges with the amount that their source counts.
CREATE OR REPLACE VIEW ledger.stripe_paid AS
    SELECT source, currency,
        CASE amount_field WHEN 'amount' THEN amount ELSE coalesce(amount_captured, amount) END AS paid
    FROM ledger.stripe_charges JOIN ledger.stripe_state USING (source) WHERE counted;

-- Rejected rows that came back mended in an import that is not undone, the first of those.
CREATE OR REPLACE VIEW ledger.resolved AS
    SELECT origin_import_id, origin_row_number, min_by(import_id, import_seq) AS import_id
    FROM ledger.resolutions JOIN ledger.imports USING (import_seq)
    WHERE import_id NOT IN (FROM ledger.undone) GROUP BY ALL;

-- Rejected rows as they are published, with the import that brought them mended.
CREATE OR REPLACE VIEW ledger.listed_rejects AS
    SELECT rejected_rows.* REPLACE (resolved.import_id AS resolved_by_import_id)
    FROM ledger.rejected_rows LEFT JOIN ledger.resolved ON severity = 'row'
        AND origin_import_id = coalesce(retry_of_import_id, rejected_rows.import_id)
        AND origin_row_number = coalesce(retry_of_row_number, row_number);

-- Imports with what became of them since.
CREATE OR REPLACE VIEW ledger.import_keys AS
    SELECT imports.* REPLACE (
        CASE WHEN undo.import_id IS NOT NULL THEN 'undone'
             WHEN import_id IN (FROM ledger.replaced) THEN 'replaced' ELSE status END AS status),
        undo.decided_at AS undone_at, undo.decided_by AS undone_by, undo.customer_count AS undone_count,
        decide.choice AS decision, decide.decided_by, decide.decided_at, replace.replaced_by
    FROM ledger.imports
    LEFT JOIN (SELECT * FROM ledger.decisions WHERE kind = 'undo') AS undo USING (import_id)
    LEFT JOIN (
        SELECT import_id, arg_max(choice, decided_at) AS choice, arg_max(decided_by, decided_at) AS decided_by,
            max(decided_at) AS decided_at
        FROM ledger.decisions WHERE kind = 'decide' GROUP BY ALL
    ) AS decide USING (import_id)
    LEFT JOIN (
        SELECT import_id, arg_max(replaced_by, decided_at) AS replaced_by FROM ledger.decisions
        WHERE kind = 'replace' AND replaced_by NOT IN (FROM ledger.undone) GROUP BY ALL
    ) AS replace USING (import_id);

-- Imports as they are published.
CREATE OR REPLACE VIEW ledger.import_history AS
    SELECT * EXCLUDE (import_seq, import_key, grain) FROM ledger.import_keys;
