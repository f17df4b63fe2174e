-- What is stored of each of some weeks: entries that have ended, running ones, their people, and the people listed.
SELECT
    week,
    count(seconds) AS entries,
    count(id) - count(seconds) AS running,
    coalesce(sum(seconds), 0)::BIGINT AS seconds,
    count(DISTINCT user_id) AS people,
    (SELECT count(*) FROM people WHERE people.week = toggl_weeks.week) AS listed
FROM toggl_weeks
LEFT JOIN toggl_time_entries USING (week)
WHERE week IN (SELECT unnest(?))
GROUP BY week
ORDER BY week
