-- The entities that the requested people spent time on.
SELECT * EXCLUDE (requested, fibery_id, everyones_hundredths, state_kind, history_since) REPLACE (left(description, 600) AS description)
FROM period_entities
WHERE requested
