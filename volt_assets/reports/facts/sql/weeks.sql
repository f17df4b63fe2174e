-- What is known of the stored weeks that the period touches.
SELECT week, timezone, fetched_at, everybody, after_its_end, complete
FROM toggl_weeks, period
WHERE week BETWEEN first_week AND last_week
ORDER BY week
