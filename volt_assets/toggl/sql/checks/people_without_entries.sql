-- Active people of the workspace without an entry in a week that had ended when it was fetched.
SELECT week, user_id
FROM people
JOIN checked_weeks USING (week)
WHERE active
    AND after_its_end
    AND NOT EXISTS (
        SELECT 1 FROM toggl_time_entries AS entries WHERE entries.week = people.week AND entries.user_id = people.user_id
    )
ORDER BY week, user_id
