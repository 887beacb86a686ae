-- The accounts whose counted charges are not what their customers and what stands apart come to, currency by currency; and
-- those whose customers get another sum than what is kept of it in the base currency.
SELECT source || ' has ' || charged || ' ' || currency || ' in ' || charge_count || ' counted charges, but '
    || placed || ' in ' || placed_count || ' of customers and apart'
FROM (
    SELECT source, currency, sum(charged) AS charged, sum(placed) AS placed,
        sum(charge_count)::BIGINT AS charge_count, sum(placed_count)::BIGINT AS placed_count
    FROM (
        SELECT source, currency, paid AS charged, 1 AS charge_count, 0 AS placed, 0 AS placed_count
        FROM ledger.stripe_paid
        UNION ALL
        SELECT source, currency, 0, 0, total_spent, payment_count FROM ledger.stripe_spend
        UNION ALL
        SELECT source, currency, 0, 0, amount, 1 FROM ledger.stripe_apart WHERE customer_id IS NULL
    ) GROUP BY ALL
) WHERE (charged, charge_count) <> (placed, placed_count)
UNION ALL
SELECT source || ': customers get ' || coalesce(given, 0) || ' of ' || coalesce(kept, 0)
FROM (SELECT source, sum(total_spent) AS given FROM ledger.stripe_contributions GROUP BY ALL)
FULL JOIN (SELECT source, sum(base_spent) AS kept FROM ledger.stripe_spend WHERE kept GROUP BY ALL)
    USING (source)
WHERE coalesce(given, 0) <> coalesce(kept, 0)
