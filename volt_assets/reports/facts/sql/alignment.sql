-- Whether time and Fibery's state agree: of each requested person, and of all of them together (user_id NULL). A state is judged
-- as of the period's end where Fibery's history has it, else by the item's own dates where they show it, else as it was when fetched.
-- $threshold: seconds; $period_start, $period_end: instants, UTC.
WITH
-- What an item was in before its first change after an instant; without one it was in what it is in.
earlier AS (
    SELECT
        entity_type,
        public_id,
        first(before ORDER BY changed_at) FILTER (WHERE changed_at >= $period_end) AS at_end,
        bool_or(changed_at >= $period_end) AS after_end,
        first(before ORDER BY changed_at) FILTER (WHERE changed_at >= $period_start) AS at_start,
        bool_or(changed_at >= $period_start) AS after_start
    FROM state_changes
    GROUP BY ALL
),
known AS (
    SELECT
        entity_type, public_id, state_kind,
        coalesce(history_since <= $period_end AND fetched_at >= $period_end, false) AS by_history,
        coalesce(history_since <= $period_start, false) AS since_start,
        state
    FROM (
        SELECT entity_type, public_id, state, state_kind, history_since, enriched_at AS fetched_at FROM period_entities
        UNION ALL
        SELECT entity_type, public_id, state, state_kind, history_since, fetched_at FROM assigned_entities
        JOIN period ON week = last_week
        ANTI JOIN period_entities USING (entity_type, public_id)
    )
),
states AS (
    SELECT
        known.entity_type, known.public_id, by_history,
        CASE WHEN by_history AND after_end THEN at_end ELSE state END AS state_then,
        CASE WHEN by_history AND after_end THEN kinds.kind ELSE state_kind END AS kind_then,
        CASE
            WHEN NOT by_history OR NOT since_start THEN NULL
            WHEN after_start THEN kinds_before.kind
            ELSE state_kind
        END AS kind_before
    FROM known
    LEFT JOIN earlier USING (entity_type, public_id)
    LEFT JOIN workflow_states AS kinds ON kinds.entity_type = known.entity_type AND kinds.name = at_end
    LEFT JOIN workflow_states AS kinds_before ON kinds_before.entity_type = known.entity_type AND kinds_before.name = at_start
),
judged AS (
    SELECT
        entity_type, public_id, coalesce(name, title) AS name, url, state_then AS state, actual_end, actual_start, by_history,
        kind_before,
        CASE
            WHEN outcome <> 'found' OR state_then IS NULL THEN NULL
            WHEN by_history THEN kind_then
            WHEN actual_end <= last_day THEN 'final'
            WHEN actual_end > last_day AND actual_start > last_day THEN 'not_started'
            WHEN actual_end > last_day THEN 'started'
            ELSE state_kind
        END AS kind
    FROM period_entities
    JOIN states USING (entity_type, public_id)
    CROSS JOIN period
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
        0::BIGINT AS hundredths, state_then AS state, kind_then AS kind, by_history,
        CASE kind_then WHEN 'started' THEN 'idle' WHEN 'not_started' THEN 'open' ELSE 'unknown' END AS verdict,
        CASE kind_then WHEN 'started' THEN assigned.actual_start END AS since
    FROM assigned_entities AS assigned
    JOIN period ON assigned.week = last_week
    JOIN states USING (entity_type, public_id)
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
