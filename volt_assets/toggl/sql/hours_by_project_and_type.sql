-- Where a week's time went, without anybody's name or words: a preview for Dagster, which keeps it for ever. $week: a Monday.
SELECT
    coalesce(project_tag, toggl_project) AS project,
    array_to_string(label, '/') AS type,
    sum(seconds)::BIGINT AS seconds,
    sum(hundredths)::BIGINT AS hundredths,
    sum(minutes)::BIGINT AS minutes
FROM tracked_time
WHERE week = $week
GROUP BY ALL
ORDER BY seconds DESC, project, type
LIMIT 20
