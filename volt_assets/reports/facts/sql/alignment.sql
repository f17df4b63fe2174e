-- Whether time and Fibery's state agree: of each requested person, and of all of them together (user_id NULL). States are those of
-- `item_states`. $threshold: seconds.
WITH
judged AS (
    SELECT
        entity_type, public_id, coalesce(name, title) AS name, url, states.state, actual_end, actual_start, by_history, kind_before,
        kind
    FROM period_entities
    JOIN item_states AS states USING (entity_type, public_id)
),
-- The first day that anybody spent time on it, in all stored weeks.
begun AS (
    SELECT meanings.entity_type, time.public_id, min(time.day) AS first_time
    FROM tracked_time AS time
    JOIN (SELECT DISTINCT label, public_id, entity_type FROM period_time WHERE linked) AS meanings USING (label, public_id)
    WHERE time.linked
    GROUP BY ALL
),
spent AS (
    SELECT user_id, entity_type, public_id, sum(seconds)::BIGINT AS seconds, sum(hundredths)::BIGINT AS hundredths
    FROM period_time
    WHERE linked AND requested
    GROUP BY GROUPING SETS ((user_id, entity_type, public_id), (entity_type, public_id))
),
with_time AS (
    SELECT
        spent.user_id, entity_type, public_id, name, url, spent.seconds, spent.hundredths, state, kind, by_history,
        CASE
            WHEN kind IS NULL THEN 'unknown'
            WHEN kind = 'final' AND kind_before = 'final' AND spent.seconds > 0 THEN 'closed_before'
            WHEN kind = 'final' AND kind_before IS NOT NULL THEN 'tracked'
            WHEN kind = 'final' AND actual_end < first_day AND spent.seconds > 0 THEN 'closed_before'
            WHEN kind = 'final' AND actual_end IS NULL THEN 'unknown'
            WHEN kind = 'not_started' AND spent.seconds > $threshold THEN 'not_updated'
            WHEN kind = 'not_started' THEN 'not_started'
            ELSE 'tracked'
        END AS verdict,
        CASE kind WHEN 'final' THEN actual_end WHEN 'not_started' THEN first_time ELSE actual_start END AS since
    FROM spent
    JOIN judged USING (entity_type, public_id)
    JOIN begun USING (entity_type, public_id)
    CROSS JOIN period
),
-- Open work without time, of the requested people by their addresses; as of the fetch of the period's last week.
addresses AS (
    SELECT DISTINCT user_id, lower(email) AS email
    FROM people, period
    WHERE week = last_week AND email IS NOT NULL AND (user_ids IS NULL OR list_contains(user_ids, user_id))
),
without_time AS (
    SELECT
        addresses.user_id, assigned.entity_type, assigned.public_id, assigned.name, assigned.url, 0::BIGINT AS seconds,
        0::BIGINT AS hundredths, states.state, kind, by_history,
        CASE kind WHEN 'started' THEN 'idle' WHEN 'not_started' THEN 'open' ELSE 'unknown' END AS verdict,
        CASE kind WHEN 'started' THEN assigned.actual_start END AS since
    FROM assigned_entities AS assigned
    JOIN period ON assigned.week = last_week
    JOIN item_states AS states USING (entity_type, public_id)
    JOIN addresses ON list_contains(list_transform(assigned.emails, lambda x: lower(x)), addresses.email)
    ANTI JOIN with_time ON
        with_time.user_id = addresses.user_id
        AND with_time.entity_type = assigned.entity_type
        AND with_time.public_id = assigned.public_id
)
SELECT
    user_id, verdict, entity_type AS type, public_id, name, url, seconds, hundredths, state, kind AS state_kind, since,
    CASE WHEN since <= last_day THEN (last_day - since) // 7 END AS age_weeks,
    CASE WHEN by_history THEN 'period_end' ELSE 'fetch' END AS as_of
FROM (FROM with_time UNION ALL BY NAME FROM without_time), period
ORDER BY
    user_id,
    list_position(['closed_before', 'not_updated', 'not_started', 'tracked', 'unknown', 'idle', 'open'], verdict),
    seconds DESC, since, len(public_id), public_id, type
