-- What both say is read of the customers as they are now: a pair holds no value of its own, and goes with its customers.
WITH told AS (
    SELECT customer_id, MAP {
        'first_name': coalesce(first_name, name),
        'last_name': coalesce(last_name, name),
        'email': email,
        'phone': concat_ws(' / ', phone, mobile),
        'company': company,
        'address': address,
        'postal_code': postal_code,
        'city': city,
        'vat_number': vat_number,
        'external_id': external_id
    } AS told
    FROM customers
    WHERE customer_id IN (SELECT unnest([customer_a, customer_b]) FROM duplicate_pairs)
),
pairs AS (
    SELECT
        pairs.customer_a,
        pairs.customer_b,
        score,
        [
            {
                'field': grade.field,
                'grade': grade.grade,
                'a': map_extract(a.told, grade.field)[1],
                'b': map_extract(b.told, grade.field)[1],
                'points': grade.points
            }
            FOR grade IN grades
        ] AS reasons
    FROM duplicate_pairs AS pairs
    JOIN told AS a ON a.customer_id = pairs.customer_a
    JOIN told AS b ON b.customer_id = pairs.customer_b
)
SELECT
    pairs.customer_a,
    pairs.customer_b,
    score,
    reasons,
    decided
FROM pairs LEFT JOIN pair_decisions AS decisions
    ON decisions.decided = 'separate'
    AND list_sort([decisions.customer_a, decisions.customer_b]) = list_sort([pairs.customer_a, pairs.customer_b])
UNION ALL
SELECT customer_a, customer_b, NULL, NULL, decided
FROM pair_decisions AS decisions
WHERE NOT EXISTS (
    FROM pairs
    WHERE list_sort([decisions.customer_a, decisions.customer_b]) = list_sort([pairs.customer_a, pairs.customer_b])
)
