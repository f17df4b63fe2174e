-- open work by state, and how much of it has begun
SELECT entity_type, state, count(*) AS items, count(actual_start) AS begun
FROM assigned_entities
WHERE week = '2025-10-06'
GROUP BY ALL ORDER BY items DESC
