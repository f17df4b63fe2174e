-- The entities that the people asked for spent time on.
SELECT * EXCLUDE (asked, fibery_id, state_kind, history_since) REPLACE (left(description, 600) AS description)
FROM period_entities
WHERE asked
