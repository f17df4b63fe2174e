-- Ended entries of the period's days and people, as Toggl printed them.
SELECT id, user_id, username, email, description, start, stop, seconds, project_id, project_name, tags, billable
FROM toggl_time_entries, period
WHERE week BETWEEN first_week AND last_week
    AND day BETWEEN first_day AND last_day
    AND seconds IS NOT NULL
    AND (user_ids IS NULL OR list_contains(user_ids, user_id))
ORDER BY start_utc, id
