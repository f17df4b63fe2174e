-- The entities that the requested people spent time on, whole.
SELECT * EXCLUDE (requested, everyones_seconds, finished, closed_date_unknown, days_late, days_overdue, title, labels)
FROM period_entities
WHERE requested
ORDER BY entity_type, len(public_id), public_id
