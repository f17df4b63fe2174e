-- Time on projects (NULL: none) in the known weeks before the period's last one: of each requested person, and of all of them
-- (user_id NULL). Known are those of `trend` (a temporary table by that name).
WITH known AS (SELECT week FROM trend, period WHERE user_id IS NULL AND seconds IS NOT NULL AND week < last_week)
SELECT
    time.user_id,
    coalesce(time.project_tag, labels.project, time.toggl_project) AS project,
    time.week,
    sum(time.hundredths)::BIGINT AS hundredths
FROM printed_time AS time
JOIN known USING (week)
CROSS JOIN period
LEFT JOIN entity_references AS labels -- only linked time has a label
    ON labels.week = time.week AND labels.label = time.label AND labels.public_id = time.public_id
WHERE user_ids IS NULL OR list_contains(user_ids, time.user_id)
GROUP BY GROUPING SETS (
    (coalesce(time.project_tag, labels.project, time.toggl_project), time.week),
    (time.user_id, coalesce(time.project_tag, labels.project, time.toggl_project), time.week)
)
