SELECT *
FROM customers
WHERE status = 'active'
