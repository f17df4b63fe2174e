-- The figures of each requested person, and of all of them together (user_id NULL; an entity of two people counts once).
SELECT
    time.user_id,
    coalesce(sum(time.seconds), 0)::BIGINT AS tracked_seconds,
    coalesce(sum(time.seconds) FILTER (WHERE linked), 0)::BIGINT AS linked_seconds,
    coalesce(sum(time.seconds) FILTER (WHERE NOT linked), 0)::BIGINT AS other_seconds,
    coalesce(sum(time.hundredths) FILTER (WHERE linked), 0)::BIGINT AS linked_hundredths,
    coalesce(sum(time.hundredths) FILTER (WHERE NOT linked), 0)::BIGINT AS other_hundredths,
    -- Unknown where any of it is.
    CASE WHEN coalesce(bool_and(time.billable_seconds IS NOT NULL), true) THEN coalesce(sum(time.billable_seconds), 0)::BIGINT END
        AS billable_seconds,
    CASE WHEN coalesce(bool_and(time.billable_seconds IS NOT NULL), true) THEN coalesce(sum(billable_hundredths), 0)::BIGINT END
        AS billable_hundredths,
    coalesce(sum(time.entries), 0)::BIGINT AS entries,
    count(DISTINCT (time.entity_type, time.public_id)) FILTER (WHERE linked) AS entities,
    count(DISTINCT (time.entity_type, time.public_id)) FILTER (WHERE finished) AS finished,
    count(DISTINCT (time.entity_type, time.public_id)) FILTER (WHERE entities.outcome = 'found') AS entities_found,
    coalesce(sum(time.seconds) FILTER (WHERE entities.outcome = 'found' AND configured), 0)::BIGINT AS configured_seconds,
    coalesce(sum(time.seconds) FILTER (WHERE linked OR time.description IS NOT NULL), 0)::BIGINT AS described_seconds,
    coalesce(bool_or(entities.outcome = 'not_looked_up'), false) AS lookups_missing
FROM period_time AS time
LEFT JOIN period_entities AS entities ON entities.entity_type = time.entity_type AND entities.public_id = time.public_id
WHERE time.requested
GROUP BY GROUPING SETS ((time.user_id), ())
