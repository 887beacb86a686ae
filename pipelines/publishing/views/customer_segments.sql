-- A condition that a segment does not name holds for everybody; one that it names holds for nobody without the value.
SELECT DISTINCT
    segment,
    customers.customer_id,
    customers.email,
    customers.name
FROM customers
JOIN computed_priorities USING (customer_id)
JOIN segments
    ON (segments.priority IS NULL OR segments.priority = computed_priorities.priority)
    AND (segments.status IS NULL OR segments.status = customers.status)
    AND (segments.origin IS NULL OR segments.origin = customers.origin)
    AND (segments.access_status IS NULL OR segments.access_status = customers.access_status)
    AND (segments.opt_in IS NULL OR segments.opt_in = customers.opt_in)
    AND (
        segments."group" IS NULL
        OR list_contains(
            [lower(nfc_normalize(name)) FOR name IN customers.groups], lower(nfc_normalize(segments."group"))
        )
    )
    AND (segments.country IS NULL OR segments.country = customers.country)
    AND (segments.source IS NULL OR list_contains(customers.sources, segments.source))
    AND (segments.spent_at_least IS NULL OR customers.total_spent >= segments.spent_at_least)
    AND (segments.spent_below IS NULL OR customers.total_spent < segments.spent_below)
    AND (segments.payments_at_least IS NULL OR customers.payment_count >= segments.payments_at_least)
    AND (
        segments.first_seen_within_days IS NULL
        OR as_of_date - customers.created_at::DATE <= segments.first_seen_within_days
    )
    AND (
        segments.paid_within_days IS NULL
        OR as_of_date - customers.last_payment_date <= segments.paid_within_days
    )
    AND (
        segments.not_paid_within_days IS NULL
        OR as_of_date - customers.last_payment_date > segments.not_paid_within_days
    )
