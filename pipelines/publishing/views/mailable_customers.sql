-- Nobody is written to who did not say yes: null is no yes (MO-07).
SELECT *
FROM customers
WHERE opt_in AND email IS NOT NULL AND access_status IS DISTINCT FROM 'refused'
