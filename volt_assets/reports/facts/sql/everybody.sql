-- Everybody ever stored, by id, under the name last known.
SELECT user_id, coalesce(arg_max(name, week) FILTER (WHERE listed), arg_max(name, week)) AS name
FROM (
    SELECT user_id, week, name, true AS listed FROM people
    UNION ALL
    SELECT DISTINCT user_id, week, username, false FROM toggl_time_entries
)
GROUP BY user_id
ORDER BY user_id
