-- Entries of more than ten hours: a timer that nobody stopped, as a rule.
SELECT week, user_id, id AS entry_id, seconds
FROM toggl_time_entries
JOIN checked_weeks USING (week)
WHERE seconds > 10 * 3600
ORDER BY seconds DESC, week, entry_id
