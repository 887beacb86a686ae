-- Strictly under the threshold. A total that nobody ever told is unknown, not 0 (AMB-22); so is one of which a part is
-- money in a currency without a rate. A Stripe account knows all that its customers paid: who never did has 0.
-- ${schema}: where the tables are, with a dot behind it; $below: the threshold; $reason: why they would go. The view of this name has the usual one.
SELECT
    customer_id::VARCHAR AS customer_id,
    email,
    name,
    total_spent,
    payment_count,
    last_payment_date,
    sources,
    $reason AS reason
FROM ${schema}customers
WHERE total_spent < $below
    AND customer_id NOT IN (
        SELECT customer_id FROM ${schema}stripe_spend WHERE base_spent IS NULL OR unconverted_count > 0
    )
ORDER BY total_spent, customer_id
