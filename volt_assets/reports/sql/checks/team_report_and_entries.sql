-- Team reports with facts of the form $form, and the time of the entries that they are about.
SELECT week, NULL AS user_id, version, generated_at, facts, changes, coalesce(entries.seconds, 0) AS entries_seconds
FROM team_report
JOIN checked_weeks USING (week)
LEFT JOIN (SELECT week, sum(seconds)::BIGINT AS seconds FROM toggl_time_entries GROUP BY week) AS entries USING (week)
WHERE (facts ->> '$.schema_version')::INTEGER = $form
ORDER BY week
