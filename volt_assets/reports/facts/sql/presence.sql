-- In which weeks, of those of the trend and the period, each requested person was in the workspace (`active`) or has entries, up
-- to which day; and of all stored weeks up to the period's end, the first week and the last day with entries of theirs.
WITH
span AS (
    SELECT least(first_week, last_week - INTERVAL 56 DAY)::DATE AS since, last_week, last_day, user_ids FROM period
),
entries AS (
    SELECT user_id, week, id, username, email, day FROM toggl_time_entries, span WHERE day <= last_day AND week <= last_week
),
ever AS (SELECT user_id, min(week) AS first_week, max(day) AS last_entry FROM entries GROUP BY user_id),
listed AS (
    SELECT user_id, week, name, email, active, NULL::DATE AS day FROM people, span WHERE week BETWEEN since AND last_week
    UNION ALL
    SELECT user_id, week, username, email, false, day FROM entries, span WHERE week BETWEEN since AND last_week
),
known AS (
    SELECT user_id, arg_max(name, (week, day IS NULL)) AS name, arg_max(email, (week, day IS NULL)) AS email
    FROM listed GROUP BY user_id
)
SELECT
    listed.user_id,
    known.name,
    known.email,
    ever.first_week,
    ever.last_entry,
    listed.week,
    bool_or(listed.active) AS active,
    max(listed.day) AS last_day
FROM listed
JOIN known USING (user_id)
LEFT JOIN ever USING (user_id)
CROSS JOIN span
WHERE user_ids IS NULL OR list_contains(user_ids, listed.user_id)
GROUP BY ALL
ORDER BY listed.user_id, listed.week
