-- Time per type of entity (NULL: linked to nothing): of each requested person, and of all of them together (user_id NULL).
SELECT
    time.user_id,
    time.entity_type AS type,
    sum(time.seconds)::BIGINT AS seconds,
    sum(time.hundredths)::BIGINT AS hundredths,
    count(DISTINCT time.public_id) FILTER (WHERE linked) AS entities,
    count(DISTINCT time.public_id) FILTER (WHERE finished) AS finished
FROM period_time AS time
LEFT JOIN period_entities AS entities ON entities.entity_type = time.entity_type AND entities.public_id = time.public_id
WHERE time.requested
GROUP BY GROUPING SETS ((time.user_id, time.entity_type), (time.entity_type))
ORDER BY time.user_id, seconds DESC, type
