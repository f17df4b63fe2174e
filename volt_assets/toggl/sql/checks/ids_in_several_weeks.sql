-- Entries that are stored more than once: `other_week` holds them too, from before they were moved.
SELECT week, user_id, entries.id AS entry_id, other.week AS other_week
FROM toggl_time_entries AS entries
JOIN checked_weeks USING (week)
JOIN (SELECT week, id FROM toggl_time_entries) AS other ON other.id = entries.id AND other.week <> entries.week
ORDER BY week, entry_id, other_week
