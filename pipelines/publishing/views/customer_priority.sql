-- Whose priority it is and why follows from the customer: written out it would cost an import of a million customers 0.5 s.
SELECT
    customer_id,
    email,
    as_of_date,
    priority,
    monthly_spend,
    months,
    basis,
    CASE
        WHEN basis = 'none' THEN $nothing_known
        WHEN basis = 'reported' THEN CASE priority
            WHEN 'high' THEN $reported_high WHEN 'medium' THEN $reported_medium ELSE $reported_low END
        WHEN abs(reported_monthly_spend - monthly_spend) * $gap > monthly_spend THEN CASE priority
            WHEN 'high' THEN $differs_high WHEN 'medium' THEN $differs_medium ELSE $differs_low END
        ELSE CASE priority WHEN 'high' THEN $total_high WHEN 'medium' THEN $total_medium ELSE $total_low END
    END AS reason,
    previous_priority
FROM computed_priorities JOIN customers USING (customer_id)
