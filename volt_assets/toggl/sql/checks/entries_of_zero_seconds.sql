-- Entries that ended in the second they began in.
SELECT week, user_id, id AS entry_id
FROM toggl_time_entries
JOIN checked_weeks USING (week)
WHERE seconds = 0
ORDER BY week, user_id, entry_id
