-- Entries of the period that are all of their row of tracked time, with that row's time as printed: whoever prints the length of
-- such an entry prints the same figure. Left out where it is not certain which row is an entry's.
SELECT entries.id, min(time.hundredths) AS hundredths
FROM toggl_time_entries AS entries
CROSS JOIN period
JOIN printed_time AS time
    ON time.week = entries.week
    AND time.user_id = entries.user_id
    AND time.day = entries.day
    AND time.seconds = entries.seconds
    AND time.entries = 1
    AND time.toggl_project IS NOT DISTINCT FROM entries.project_name
    AND CASE
        WHEN time.linked THEN contains(entries.description, time.public_id)
        ELSE time.description IS NOT DISTINCT FROM nullif(trim(entries.description), '')
    END
WHERE entries.week BETWEEN first_week AND last_week AND entries.day BETWEEN first_day AND last_day
GROUP BY entries.id
HAVING min(time.hundredths) = max(time.hundredths)
