-- A list's row is held as few narrow columns, and the others follow from its import: written out they would cost an import
-- of payments four times as much.
SELECT
    import_id || ':' || row_number AS payment_key,
    customer_id,
    history.source,
    import_id,
    row_number,
    NULL::VARCHAR AS charge_id,
    paid_date,
    amount,
    refund,
    base_currency AS currency,
    amount AS amount_in_base,
    refund AS refund_in_base
FROM file_payments JOIN import_history AS history USING (import_id), deployment
UNION ALL
-- Charges count where their customer reaches the account's minimum and is in the table.
SELECT
    charge_id AS payment_key,
    customer_id,
    source,
    import_id,
    NULL AS row_number,
    charge_id,
    paid_date,
    amount,
    refund,
    currency,
    amount_in_base,
    refund_in_base
FROM stripe_payments JOIN stripe_syncs USING (source, change_number)
SEMI JOIN (FROM stripe_spend WHERE kept) AS spend USING (source, customer_id)
SEMI JOIN customers USING (customer_id)
