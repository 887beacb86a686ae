SELECT *
FROM customers
WHERE customer_id IN (SELECT customer_id FROM customer_segments WHERE segment = 'new')
