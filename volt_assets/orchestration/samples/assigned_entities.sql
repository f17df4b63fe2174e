-- open work by state, and how much of it has begun
SELECT entity_type, state, count(*) AS items, count(actual_start) AS begun
FROM assigned_entities
WHERE week = (SELECT max(week) FROM assigned_entities)
GROUP BY ALL ORDER BY items DESC
