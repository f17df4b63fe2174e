-- People with entries and no report, and reports of people without entries. Who was removed (below zero) has none.
SELECT week, user_id, entries.user_id IS NOT NULL AS has_entries, reports.user_id IS NOT NULL AS has_report
FROM (SELECT DISTINCT week, user_id FROM toggl_time_entries JOIN checked_weeks USING (week)) AS entries
FULL JOIN (SELECT week, user_id FROM individual_reports JOIN checked_weeks USING (week)) AS reports USING (week, user_id)
WHERE (entries.user_id IS NULL OR reports.user_id IS NULL) AND coalesce(entries.user_id, 1) > 0
ORDER BY week, user_id
