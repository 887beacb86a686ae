SELECT
    group_id,
    arg_min(name, position) AS name,
    arg_max(reference, position) AS reference,
    count(*) AS customer_count
FROM group_members
GROUP BY group_id
