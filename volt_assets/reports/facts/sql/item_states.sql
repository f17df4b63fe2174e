-- The states of the period's entities and of the work that was open when its last week was fetched. A state is judged as of the
-- period's end where Fibery's history has it, else by the item's own dates where they show it, else as it was when fetched.
-- $period_start, $period_end: instants, UTC.
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
        entity_type, public_id, state, state_kind, outcome, actual_start, actual_end,
        coalesce(history_since <= $period_end AND enriched_at >= $period_end, false) AS by_history,
        coalesce(history_since <= $period_start, false) AS since_start
    FROM period_entities
    UNION ALL
    SELECT
        entity_type, public_id, state, state_kind, 'found', actual_start, NULL,
        coalesce(history_since <= $period_end AND fetched_at >= $period_end, false),
        coalesce(history_since <= $period_start, false)
    FROM assigned_entities
    JOIN period ON week = last_week
    ANTI JOIN period_entities USING (entity_type, public_id)
),
states AS (
    SELECT
        known.entity_type, known.public_id, by_history, outcome, actual_start, actual_end,
        CASE WHEN by_history AND after_end THEN at_end ELSE state END AS state,
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
)
SELECT
    entity_type, public_id, state, by_history, kind_before,
    -- Such a state is that of the fetch: it was another at the period's end.
    CASE WHEN NOT by_history AND actual_end > last_day AND kind_then = 'final' THEN actual_end END AS closed_on,
    CASE
        WHEN outcome <> 'found' OR state IS NULL THEN NULL
        WHEN by_history THEN kind_then
        WHEN actual_end <= last_day THEN 'final'
        WHEN actual_end > last_day AND actual_start > last_day THEN 'not_started'
        WHEN actual_end > last_day THEN 'started'
        ELSE kind_then
    END AS kind
FROM states
CROSS JOIN period
