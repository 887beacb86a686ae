SELECT customer_id, group_id, name, reference, source, import_id, row_number
FROM group_members
