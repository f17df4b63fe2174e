-- A week's rows of time, in an order that their content alone decides. $week: a Monday.
SELECT rowid, user_id, linked, concat_ws(chr(31), array_to_string(label, chr(31)), public_id, description) AS item, coalesce(project_tag, toggl_project) AS project, day, seconds
FROM tracked_time
WHERE week = $week
ORDER BY user_id, day, linked, public_id, label, project_tag, toggl_project, description, rate_cents, currency
