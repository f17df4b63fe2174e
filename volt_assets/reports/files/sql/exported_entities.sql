-- The entities that the people asked for spent time on, whole.
SELECT * EXCLUDE (asked, everyones_seconds, finished, closed_date_unknown, days_late, days_overdue, title, labels)
FROM period_entities
WHERE asked
ORDER BY entity_type, len(public_id), public_id
