-- Links of the period that may be wrong: of each requested person, and of all of them together (user_id NULL).
WITH
several_types AS (
    SELECT DISTINCT label, public_id
    FROM entity_references, period
    WHERE week BETWEEN first_week AND last_week AND len(candidates) > 1
),
suspected AS (
    SELECT 'not_found' AS kind, time.*, NULL::DATE AS since
    FROM period_time AS time
    JOIN period_entities AS entities USING (entity_type, public_id)
    WHERE linked AND entities.outcome = 'not_found'
    UNION ALL BY NAME
    SELECT 'closed_long_ago' AS kind, time.*, entities.actual_end AS since
    FROM period_time AS time
    JOIN period_entities AS entities USING (entity_type, public_id)
    CROSS JOIN period
    WHERE linked AND entities.outcome = 'found' AND entities.state_final AND entities.actual_end < first_day - INTERVAL 28 DAY
    UNION ALL BY NAME
    SELECT 'several_ids' AS kind, time.*, NULL AS since FROM period_time AS time WHERE linked AND len(ids) > 1
    UNION ALL BY NAME
    SELECT 'label_of_several_types' AS kind, time.*, NULL AS since
    FROM period_time AS time
    SEMI JOIN several_types ON several_types.label = time.label AND several_types.public_id = time.public_id
    WHERE linked
)
SELECT
    suspected.user_id,
    kind,
    entity_type AS type,
    public_id,
    coalesce(entities.name, entities.title) AS name,
    entities.url,
    list_sort(list(DISTINCT suspected.user_id)) AS user_ids,
    sum(seconds)::BIGINT AS seconds,
    sum(hundredths)::BIGINT AS hundredths,
    sum(entries)::BIGINT AS entries,
    any_value(since) AS since
FROM suspected
JOIN period_entities AS entities USING (entity_type, public_id)
WHERE suspected.requested
GROUP BY GROUPING SETS (
    (suspected.user_id, kind, entity_type, public_id, entities.name, entities.title, entities.url),
    (kind, entity_type, public_id, entities.name, entities.title, entities.url)
)
ORDER BY suspected.user_id, seconds DESC, len(public_id), public_id, entity_type, kind
