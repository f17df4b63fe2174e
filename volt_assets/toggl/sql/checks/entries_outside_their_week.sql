-- Entries that do not start in the week they are stored in, or whose day is not of it.
SELECT week, user_id, id AS entry_id
FROM toggl_time_entries
JOIN checked_weeks USING (week)
WHERE start_utc < begins_at OR start_utc >= ends_at OR day NOT BETWEEN week AND week + 6
ORDER BY week, entry_id
