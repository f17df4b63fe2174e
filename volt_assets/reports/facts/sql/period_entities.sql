-- The distinct entities that the period's time was spent on, by type and public id, each with the best answer to its lookups.
WITH
chosen AS (
    SELECT entity_type, public_id, label, answer_week, outcome
    FROM period_time
    WHERE linked
    QUALIFY row_number() OVER (
        PARTITION BY entity_type, public_id
        ORDER BY outcome = 'found' DESC, answer_week DESC NULLS LAST, label
    ) = 1
),
spent AS (
    SELECT
        entity_type,
        public_id,
        first(title ORDER BY day DESC, title) FILTER (WHERE title IS NOT NULL) AS title,
        list(DISTINCT label ORDER BY label) AS labels,
        bool_or(requested) AS requested,
        sum(seconds)::BIGINT AS everyones_seconds,
        sum(hundredths)::BIGINT AS everyones_hundredths
    FROM period_time
    WHERE linked
    GROUP BY ALL
)
SELECT
    spent.*,
    chosen.outcome,
    enriched.configured,
    enriched.fibery_id,
    enriched.name,
    enriched.url,
    enriched.state,
    enriched.state_final,
    -- Weeks stored before there was a kind know of final states only.
    coalesce(enriched.state_kind, CASE WHEN enriched.state_final THEN 'final' END) AS state_kind,
    coalesce(
        chosen.outcome = 'found' AND enriched.state_final AND enriched.actual_end BETWEEN first_day AND last_day, false
    ) AS finished,
    coalesce(chosen.outcome = 'found' AND enriched.state_final AND enriched.actual_end IS NULL, false) AS closed_date_unknown,
    enriched.planned_start,
    enriched.planned_end,
    enriched.actual_start,
    enriched.actual_end,
    enriched.actual_end - enriched.planned_end AS days_late,
    CASE
        WHEN enriched.actual_end IS NULL AND NOT enriched.state_final AND enriched.planned_end < last_day
            THEN last_day - enriched.planned_end
    END AS days_overdue,
    enriched.estimate_seconds,
    enriched.assignees,
    enriched.parents,
    enriched.description,
    enriched.comments,
    enriched.fields,
    enriched.missing,
    enriched.problems,
    enriched.history_since,
    enriched.fetched_at AS enriched_at
FROM spent
JOIN chosen USING (entity_type, public_id)
CROSS JOIN period
LEFT JOIN enriched_entities AS enriched
    ON enriched.week = chosen.answer_week AND enriched.label = chosen.label AND enriched.public_id = chosen.public_id
