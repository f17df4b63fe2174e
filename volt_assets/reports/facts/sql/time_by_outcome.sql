-- Linked time by how the lookup of its entity ended.
SELECT
    entities.outcome,
    sum(time.seconds)::BIGINT AS seconds,
    sum(time.hundredths)::BIGINT AS hundredths,
    sum(time.entries)::BIGINT AS entries,
    count(DISTINCT time.user_id) AS people,
    count(DISTINCT (time.entity_type, time.public_id)) AS entities
FROM period_time AS time
JOIN period_entities AS entities USING (entity_type, public_id)
WHERE time.requested
GROUP BY entities.outcome
