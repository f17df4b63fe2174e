-- Up to which instant the changes of stored weeks are known. No update later than a week's fetch can have been fetched
-- with it, or before it; where nothing was fetched that shows one, the fetch's own time must do.
WITH latest AS (
    SELECT week, fetched_at, checked_at, max(updated_at) AS updated_at
    FROM toggl_weeks LEFT JOIN toggl_time_entries USING (week)
    GROUP BY ALL
),
seen AS (
    SELECT week, fetched_at, checked_at, max(updated_at) OVER (ORDER BY fetched_at) AS updated_at
    FROM latest
)
SELECT week, coalesce(checked_at, least(fetched_at, updated_at)) AS known_until
FROM seen
WHERE week IN (SELECT unnest($weeks))
ORDER BY week
