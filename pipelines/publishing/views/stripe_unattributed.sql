SELECT source, charge_id, stripe_customer_id, reason, currency, amount, refund_volume, created_at
FROM stripe_apart ANTI JOIN customers USING (customer_id)
