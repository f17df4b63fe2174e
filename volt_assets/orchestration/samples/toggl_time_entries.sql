-- hours by day
SELECT day, sum(seconds) / 3600 AS hours
FROM toggl_time_entries
WHERE week = (SELECT max(week) FROM toggl_time_entries)
GROUP BY day ORDER BY day
