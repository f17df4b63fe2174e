-- Time per project (NULL: none): of each requested person, and of all of them together (user_id NULL).
SELECT
    time.user_id,
    time.project,
    sum(time.seconds)::BIGINT AS seconds,
    sum(time.hundredths)::BIGINT AS hundredths,
    sum(time.entries)::BIGINT AS entries,
    count(DISTINCT time.user_id) FILTER (WHERE time.seconds > 0) AS people,
    count(DISTINCT (time.entity_type, time.public_id)) FILTER (WHERE linked) AS entities,
    count(DISTINCT (time.entity_type, time.public_id)) FILTER (WHERE finished) AS finished
FROM period_time AS time
LEFT JOIN period_entities AS entities ON entities.entity_type = time.entity_type AND entities.public_id = time.public_id
WHERE time.requested
GROUP BY GROUPING SETS ((time.user_id, time.project), (time.project))
ORDER BY time.user_id, seconds DESC, time.project
