-- Name and address of each person with entries in the weeks that the period touches, as last known there.
SELECT
    entries.user_id,
    coalesce(arg_max(people.name, people.week), arg_max(entries.username, (entries.week, entries.id))) AS name,
    coalesce(arg_max(people.email, people.week), arg_max(entries.email, (entries.week, entries.id))) AS email
FROM toggl_time_entries AS entries
CROSS JOIN period
LEFT JOIN people ON people.week = entries.week AND people.user_id = entries.user_id
WHERE entries.week BETWEEN first_week AND last_week AND (user_ids IS NULL OR list_contains(user_ids, entries.user_id))
GROUP BY entries.user_id
