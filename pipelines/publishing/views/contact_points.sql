-- What customers and contacts have one of costs nothing to keep: it is shown here beside what lists have several of.
WITH single AS (
    SELECT customer_id, 'email' AS kind, email AS value FROM customers WHERE email IS NOT NULL
    UNION ALL SELECT customer_id, 'phone' AS kind, phone AS value FROM customers WHERE phone IS NOT NULL
    UNION ALL SELECT customer_id, 'mobile' AS kind, mobile AS value FROM customers WHERE mobile IS NOT NULL
    UNION ALL SELECT customer_id, 'address' AS kind, address AS value FROM customers WHERE address IS NOT NULL
)
SELECT
    NULL::UUID AS contact_id,
    single.customer_id,
    single.kind,
    1::BIGINT AS rank,
    single.value,
    raw_value,
    single.kind = 'mobile' AS sms_reachable
FROM single LEFT JOIN (FROM ranked_contact_points WHERE rank = 1) AS ranked
    ON ranked.customer_id = single.customer_id AND ranked.kind = single.kind AND ranked.value = single.value
UNION ALL
SELECT NULL, customer_id, kind, rank, value, raw_value, kind = 'mobile'
FROM (FROM ranked_contact_points WHERE rank > 1) ANTI JOIN single USING (customer_id, kind, value)
UNION ALL
SELECT contact_id, customer_id, 'email', 1, email, NULL, FALSE FROM contacts WHERE email IS NOT NULL
UNION ALL
SELECT contact_id, customer_id, 'phone', 1, phone, NULL, FALSE FROM contacts WHERE phone IS NOT NULL
UNION ALL
SELECT contact_id, customer_id, 'mobile', 1, mobile, NULL, TRUE FROM contacts WHERE mobile IS NOT NULL
