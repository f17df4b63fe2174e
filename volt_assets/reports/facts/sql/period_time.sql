-- Everybody's tracked time on the period's days. Linked rows know which entity they mean and how its lookup ended.
-- `requested`: the person is among those requested.
WITH
answers AS (
    -- Where weeks disagree the latest is right; a failed lookup is no answer, so any other is better.
    SELECT enriched.week, label, public_id, status, entity_type
    FROM enriched_entities AS enriched, period
    WHERE enriched.week BETWEEN first_week AND last_week
    QUALIFY row_number() OVER (PARTITION BY label, public_id ORDER BY status = 'failed', enriched.week DESC) = 1
),
labels AS (
    SELECT label, public_id, space, type, project, candidates
    FROM entity_references AS refs, period
    WHERE refs.week BETWEEN first_week AND last_week
    QUALIFY row_number() OVER (PARTITION BY label, public_id ORDER BY refs.week DESC) = 1
)
SELECT
    time.user_id,
    period.user_ids IS NULL OR list_contains(period.user_ids, time.user_id) AS requested,
    time.day,
    time.linked,
    CASE WHEN time.linked THEN coalesce(answers.entity_type, array_to_string(time.label, '/')) END AS entity_type,
    time.public_id,
    time.label,
    answers.week AS answer_week,
    CASE
        WHEN NOT time.linked THEN NULL
        WHEN answers.status IS NULL THEN 'not_looked_up'
        WHEN answers.status = 'not_configured' AND coalesce(len(labels.candidates), 0) = 0 THEN 'no_such_type'
        ELSE answers.status
    END AS outcome,
    -- What the tags say, for the exports.
    coalesce(labels.space, time.label[1]) AS tag_space,
    CASE WHEN labels.label IS NOT NULL THEN labels.type WHEN time.project_tag IS NOT NULL THEN time.label[2] END AS tag_type,
    coalesce(
        time.project_tag, labels.project, CASE WHEN labels.label IS NULL AND time.project_tag IS NULL THEN time.label[2] END
    ) AS tag_project,
    -- The project of the link, else the one chosen in Toggl.
    coalesce(time.project_tag, labels.project, time.toggl_project) AS project,
    time.title,
    nullif(trim(time.description, E' \t\r\n'), '') AS description,
    time.ids,
    time.seconds,
    time.hundredths,
    time.decimal_hundredths,
    -- Of a row that is billable in part, that part; else all or nothing of what is printed.
    CASE
        WHEN time.billable_seconds = time.seconds THEN time.hundredths
        ELSE least(time.hundredths, (2 * time.billable_seconds + unit_seconds) // (2 * unit_seconds))
    END AS billable_hundredths,
    time.billable_seconds,
    time.rate_cents,
    time.currency,
    time.entries
FROM printed_time AS time
CROSS JOIN period
-- Only linked time has a label. Saying so (`ON time.linked AND`) would have each row compared with each, not looked up.
LEFT JOIN answers ON answers.label = time.label AND answers.public_id = time.public_id
LEFT JOIN labels ON labels.label = time.label AND labels.public_id = time.public_id
WHERE time.week BETWEEN first_week AND last_week AND time.day BETWEEN first_day AND last_day
