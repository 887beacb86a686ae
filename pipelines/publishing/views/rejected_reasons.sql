SELECT
    import_id,
    source,
    file_name,
    sheet,
    row_number,
    severity,
    reason.code,
    reason.field,
    reason.header,
    reason.value,
    reason.message,
    rejected_at,
    resolved_by_import_id
FROM rejected_rows, unnest(reasons) AS reasons(reason)
