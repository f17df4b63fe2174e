-- The items that unlinked time may have been spent on: those looked up and found in the half year up to the period's end, as the
-- latest lookup knows them, and those assigned to people without time on them. An older one is closed or forgotten.
WITH
looked_up AS (
    SELECT
        entity_type,
        public_id,
        name,
        url,
        coalesce(state_final, false) AS closed,
        coalesce(state_final AND actual_end < first_day - INTERVAL 28 DAY, false) AS closed_long_ago,
        [
            lower(assignee.email)
            FOR assignee IN coalesce(from_json(assignees, '[{"email": "VARCHAR"}]'), [])
        ] AS assignees
    FROM enriched_entities, period
    WHERE status = 'found' AND name IS NOT NULL AND week BETWEEN first_week - INTERVAL 182 DAY AND last_week
    QUALIFY row_number() OVER (PARTITION BY entity_type, public_id ORDER BY week DESC, label) = 1
),
assigned AS (
    SELECT
        entity_type,
        public_id,
        name,
        url,
        false AS closed,
        false AS closed_long_ago,
        [lower(email) FOR email IN emails] AS assignees
    FROM assigned_entities
    CROSS JOIN period
    ANTI JOIN looked_up USING (entity_type, public_id)
    WHERE name IS NOT NULL AND week BETWEEN first_week - INTERVAL 182 DAY AND last_week
    QUALIFY row_number() OVER (PARTITION BY entity_type, public_id ORDER BY week DESC) = 1
)
SELECT *, plain_words(name) AS words FROM (FROM looked_up UNION ALL FROM assigned)
