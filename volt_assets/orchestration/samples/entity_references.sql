-- labels that fit no database
SELECT week, label, count(*) AS work_items
FROM entity_references
WHERE len(candidates) = 0
GROUP BY ALL ORDER BY week, label
