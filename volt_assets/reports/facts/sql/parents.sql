-- What the period's entities are part of, at any level, with everybody's time on it: on what is below it and on itself, in the
-- period and up to its end. What was below it in earlier weeks counts by the latest answer on it.
WITH
answers AS (
    SELECT label, public_id, entity_type, from_json(parents, '[{"type": "VARCHAR", "public_id": "VARCHAR"}]') AS parents
    FROM enriched_entities, period
    WHERE week <= last_week AND status = 'found'
    QUALIFY row_number() OVER (PARTITION BY label, public_id ORDER BY week DESC) = 1
),
above AS (
    SELECT
        label, public_id, entity_type,
        unnest(parents).type AS parent_type, unnest(parents).public_id AS parent_id, generate_subscripts(parents, 1) AS level
    FROM answers
),
-- Those above the period's entities.
shown AS (
    SELECT parent_type, parent_id, min(level) AS level
    FROM above SEMI JOIN period_time ON period_time.linked AND period_time.label = above.label AND period_time.public_id = above.public_id
    GROUP BY ALL
),
belonging AS (
    SELECT label, public_id, entity_type, parent_type, parent_id FROM above SEMI JOIN shown USING (parent_type, parent_id)
    UNION
    SELECT label, public_id, entity_type, entity_type, answers.public_id
    FROM answers SEMI JOIN shown ON parent_type = entity_type AND parent_id = answers.public_id
)
SELECT
    shown.parent_type AS type,
    shown.parent_id AS public_id,
    any_value(level) AS level,
    coalesce(sum(time.seconds) FILTER (WHERE day >= first_day), 0)::BIGINT AS seconds,
    coalesce(sum(time.seconds), 0)::BIGINT AS seconds_in_all,
    coalesce(sum(time.hundredths) FILTER (WHERE day >= first_day), 0)::BIGINT AS hundredths,
    coalesce(sum(time.hundredths), 0)::BIGINT AS hundredths_in_all,
    count(DISTINCT time.user_id) FILTER (WHERE day >= first_day) AS people,
    count(DISTINCT (entity_type, time.public_id)) FILTER (WHERE day >= first_day) AS entities
FROM shown
CROSS JOIN period
JOIN belonging USING (parent_type, parent_id)
JOIN printed_time AS time
    ON time.linked AND time.label = belonging.label AND time.public_id = belonging.public_id AND time.day <= last_day
GROUP BY shown.parent_type, shown.parent_id
ORDER BY seconds DESC, type, len(shown.parent_id), shown.parent_id
