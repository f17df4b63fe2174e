-- Everybody stored in the weeks $first_week to $last_week (NULL: ever), by id. `name` and `email` are the last known ones, those
-- of the workspace's list of people before those of entries; `names` and `emails` are all they ever had there.
SELECT
    user_id,
    coalesce(arg_max(name, (week, id)) FILTER (WHERE listed), arg_max(name, (week, id))) AS name,
    coalesce(arg_max(email, (week, id)) FILTER (WHERE listed), arg_max(email, (week, id))) AS email,
    coalesce(list(DISTINCT name ORDER BY name) FILTER (WHERE name IS NOT NULL), []) AS names,
    coalesce(list(DISTINCT email ORDER BY email) FILTER (WHERE email IS NOT NULL), []) AS emails,
    bool_or(NOT listed) AS has_entries
FROM (
    SELECT user_id, week, 0 AS id, name, email, true AS listed FROM people
    UNION ALL
    SELECT user_id, week, id, username, email, false FROM toggl_time_entries
)
WHERE week BETWEEN coalesce($first_week::DATE, week) AND coalesce($last_week::DATE, week)
GROUP BY user_id
ORDER BY user_id
