-- The customers whose total, count or refunds are not those of their payments and of what lists tell as totals; `among`
-- is what is joined to choose some customers. An account of an older ledger has its payments from its next sync on; until
-- then its totals are told as those of lists.
SELECT concat('customer ', customers.customer_id, ' has ', total_spent, ', its payments and the totals of '
    'lists come to ', spent)
FROM (FROM snapshot.main.customers $among) AS customers LEFT JOIN (
    SELECT customer_id, sum(amount) AS spent, sum(payments) AS payments, sum(refund) AS refund FROM (
        SELECT customer_id, amount, (amount IS NOT NULL)::BIGINT AS payments, refund
        FROM snapshot.main.file_payments $among
        UNION ALL
        SELECT customer_id, amount_in_base, (amount_in_base IS NOT NULL)::BIGINT, refund_in_base
        FROM ledger.live_payments $among
        UNION ALL
        SELECT customer_id, total_spent, payment_count, refund_volume FROM ledger.live_accounts $among
        WHERE source NOT IN (SELECT source FROM ledger.stripe_state WHERE payments_told)
        UNION ALL
        SELECT customer_id, total_spent, payment_count, refund_volume FROM ledger.live_rows $among
        WHERE import_seq NOT IN (SELECT import_seq FROM ledger.payment_lists)
    ) GROUP BY customer_id
) AS told USING (customer_id)
WHERE (coalesce(total_spent, 0), coalesce(payment_count, 0), coalesce(refund_volume, 0))
    <> (coalesce(spent, 0), coalesce(payments, 0), coalesce(refund, 0))
UNION ALL
SELECT concat(import_id, ', row ', row_number, ': a payment of ', customer_id, ', who is no customer')
FROM (FROM snapshot.main.file_payments $among) ANTI JOIN snapshot.main.customers USING (customer_id)
