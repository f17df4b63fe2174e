-- Types without a key in the configuration, and labels that fit no type, by how much they are used.
SELECT
    entity_type AS type,
    entities.outcome = 'no_such_type' AS no_such_type,
    sum(time.seconds)::BIGINT AS seconds,
    sum(time.hundredths)::BIGINT AS hundredths,
    sum(time.entries)::BIGINT AS entries,
    count(DISTINCT time.user_id) AS people,
    count(DISTINCT public_id) AS entities,
    min(label) AS label,
    -- Those with most time first, each as often as it has rows: the first three different ones are shown.
    list(
        {'type': entity_type, 'public_id': public_id, 'name': coalesce(entities.name, entities.title), 'url': entities.url}
        ORDER BY everyones_seconds DESC, public_id
    ) AS samples,
    (sum(time.seconds) * 10 + sum(time.entries) * 5 * 3600 + count(DISTINCT time.user_id) * 2 * 3600) / 3600.0 AS priority
FROM period_time AS time
JOIN period_entities AS entities USING (entity_type, public_id)
WHERE time.requested AND (entities.outcome IN ('no_such_type', 'not_configured') OR NOT coalesce(configured, true))
GROUP BY entity_type, entities.outcome = 'no_such_type'
ORDER BY priority DESC, type
