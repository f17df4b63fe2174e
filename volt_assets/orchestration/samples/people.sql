-- who is in the workspace, as last fetched
SELECT user_id, name, email, timezone
FROM people
WHERE active AND week = (SELECT max(week) FROM people)
ORDER BY name
