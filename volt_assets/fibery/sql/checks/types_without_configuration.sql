-- Databases of Fibery that time was spent on, and that have no key of their own in the configuration.
SELECT week, entity_type AS type, count(DISTINCT public_id) AS entities
FROM enriched_entities
JOIN entity_references AS refs USING (week, public_id, label)
JOIN checked_weeks USING (week)
WHERE NOT configured AND len(refs.candidates) > 0
GROUP BY ALL
ORDER BY week, type
