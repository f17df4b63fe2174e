-- Databases of Fibery that each week's entities were found in.
SELECT DISTINCT week, entity_type AS type
FROM enriched_entities
JOIN checked_weeks USING (week)
WHERE status = 'found'
ORDER BY week, type
