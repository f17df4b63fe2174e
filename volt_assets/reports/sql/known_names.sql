-- Every name and address under which anybody was ever stored.
SELECT user_id, name, email FROM people
UNION
SELECT user_id, username, email FROM toggl_time_entries
ORDER BY user_id, name, email
