-- People's reports with facts of the form $form, and the time of the entries that they are about.
SELECT week, user_id, version, generated_at, facts, changes, coalesce(entries.seconds, 0) AS entries_seconds
FROM individual_reports
JOIN checked_weeks USING (week)
LEFT JOIN (
    SELECT week, user_id, sum(seconds)::BIGINT AS seconds FROM toggl_time_entries GROUP BY week, user_id
) AS entries USING (week, user_id)
WHERE (facts ->> '$.schema_version')::INTEGER = $form
ORDER BY week, user_id
