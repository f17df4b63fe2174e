-- Whether time and Fibery's state agree: of each person asked for, and of all of them together (user_id NULL). A state is judged
-- as of the period's end as far as the item's own dates tell, else as it was when fetched. $threshold: seconds.
WITH
judged AS (
    SELECT
        entity_type, public_id, coalesce(name, title) AS name, url, state, actual_end, actual_start,
        CASE
            WHEN outcome <> 'found' OR state IS NULL THEN NULL
            WHEN actual_end <= last_day THEN 'final'
            WHEN actual_end > last_day AND actual_start > last_day THEN 'not_started'
            WHEN actual_end > last_day THEN 'started'
            ELSE state_kind
        END AS kind
    FROM period_entities, period
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
    SELECT user_id, entity_type, public_id, sum(seconds)::BIGINT AS seconds
    FROM period_time
    WHERE linked AND asked
    GROUP BY GROUPING SETS ((user_id, entity_type, public_id), (entity_type, public_id))
),
with_time AS (
    SELECT
        spent.user_id, entity_type, public_id, name, url, spent.seconds, state, kind,
        CASE
            WHEN kind IS NULL THEN 'unknown'
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
-- Open work without time, of the people asked for by their addresses; as of the fetch of the period's last week.
addresses AS (
    SELECT DISTINCT user_id, lower(email) AS email
    FROM people, period
    WHERE week = last_week AND email IS NOT NULL AND (user_ids IS NULL OR list_contains(user_ids, user_id))
),
without_time AS (
    SELECT
        addresses.user_id, assigned.entity_type, assigned.public_id, assigned.name, assigned.url, 0::BIGINT AS seconds,
        assigned.state, assigned.state_kind AS kind,
        CASE assigned.state_kind WHEN 'started' THEN 'idle' WHEN 'not_started' THEN 'open' ELSE 'unknown' END AS verdict,
        CASE assigned.state_kind WHEN 'started' THEN assigned.actual_start END AS since
    FROM assigned_entities AS assigned
    JOIN period ON assigned.week = last_week
    JOIN addresses ON list_contains(list_transform(assigned.emails, lambda x: lower(x)), addresses.email)
    ANTI JOIN with_time ON
        with_time.user_id = addresses.user_id
        AND with_time.entity_type = assigned.entity_type
        AND with_time.public_id = assigned.public_id
)
SELECT
    user_id, verdict, entity_type AS type, public_id, name, url, seconds, state, kind AS state_kind, since,
    CASE WHEN since <= last_day THEN (last_day - since) // 7 END AS age_weeks
FROM (FROM with_time UNION ALL BY NAME FROM without_time), period
ORDER BY
    user_id,
    list_position(['closed_before', 'not_updated', 'not_started', 'tracked', 'unknown', 'idle', 'open'], verdict),
    seconds DESC, since, len(public_id), public_id, type
