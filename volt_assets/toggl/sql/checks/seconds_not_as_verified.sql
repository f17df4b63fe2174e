-- People whose stored entries are not those that Toggl's totals confirmed.
WITH stored AS (
    SELECT week, user_id, count(*) AS entries, coalesce(sum(seconds), 0)::BIGINT AS seconds
    FROM toggl_time_entries
    JOIN checked_weeks USING (week)
    GROUP BY week, user_id
),
verified AS (SELECT week, user_id, entries, seconds FROM verified_totals JOIN checked_weeks USING (week))
SELECT
    week,
    user_id,
    coalesce(stored.entries, 0) AS entries,
    coalesce(verified.entries, 0) AS verified_entries,
    coalesce(stored.seconds, 0) AS seconds,
    coalesce(verified.seconds, 0) AS verified_seconds
FROM stored
FULL JOIN verified USING (week, user_id)
WHERE (stored.entries, stored.seconds) IS DISTINCT FROM (verified.entries, verified.seconds)
ORDER BY week, user_id
