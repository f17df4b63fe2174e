-- hours by day
SELECT day, sum(seconds) / 3600 AS hours
FROM toggl_time_entries
WHERE week = '2025-10-06'
GROUP BY day ORDER BY day
