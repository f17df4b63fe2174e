-- Work items whose tags fit no database of Fibery. Tags are what people typed, so only ids are reported.
SELECT week, public_id
FROM entity_references
JOIN checked_weeks USING (week)
WHERE len(candidates) = 0
ORDER BY week, len(public_id), public_id
