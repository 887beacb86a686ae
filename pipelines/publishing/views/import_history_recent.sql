-- The table keeps all imports; what people look at first is what came lately (RF-03).
SELECT *
FROM import_history
WHERE started_at >= now() - INTERVAL 20 DAY
