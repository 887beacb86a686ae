WITH known AS (
    FROM stripe_spend SEMI JOIN customers USING (customer_id) WHERE kept
),
account AS (
    SELECT
        customer_id,
        sum(base_spent) AS total_spent,
        sum(base_refunded) AS refund_volume,
        sum(payment_count - unconverted_count) AS payment_count
    FROM known
    GROUP BY ALL
),
-- What accounts do not say of a customer's totals, files said: in the base currency, for they name no other.
files AS (
    SELECT
        customer_id,
        base_currency AS currency,
        customers.total_spent - coalesce(account.total_spent, 0) AS total_spent,
        customers.payment_count - coalesce(account.payment_count, 0) AS payment_count,
        customers.refund_volume - coalesce(account.refund_volume, 0) AS refund_volume
    FROM customers LEFT JOIN account USING (customer_id), deployment
)
SELECT
    customer_id,
    currency,
    sum(total_spent)::DECIMAL(18, 3) AS total_spent,
    sum(payment_count)::BIGINT AS payment_count,
    sum(refund_volume)::DECIMAL(18, 3) AS refund_volume
FROM (
    FROM (SELECT customer_id, currency, total_spent, payment_count, refund_volume FROM known)
    UNION ALL
    FROM files WHERE total_spent <> 0 OR payment_count <> 0 OR refund_volume <> 0
)
GROUP BY ALL
