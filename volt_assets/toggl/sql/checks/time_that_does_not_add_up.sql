-- People whose linked and unlinked time, or number of entries, is not that of their ended entries.
WITH fetched AS (
    SELECT week, user_id, count(*) AS entries, sum(seconds)::BIGINT AS seconds
    FROM toggl_time_entries
    JOIN checked_weeks USING (week)
    WHERE seconds IS NOT NULL
    GROUP BY week, user_id
),
summed AS (
    SELECT
        week,
        user_id,
        sum(entries)::BIGINT AS entries,
        coalesce(sum(seconds) FILTER (WHERE linked), 0)::BIGINT AS linked_seconds,
        coalesce(sum(seconds) FILTER (WHERE NOT linked), 0)::BIGINT AS unlinked_seconds
    FROM tracked_time
    JOIN checked_weeks USING (week)
    GROUP BY week, user_id
)
SELECT
    week,
    user_id,
    coalesce(fetched.seconds, 0) AS seconds,
    coalesce(linked_seconds, 0) AS linked_seconds,
    coalesce(unlinked_seconds, 0) AS unlinked_seconds
FROM fetched
FULL JOIN summed USING (week, user_id)
WHERE (fetched.seconds, fetched.entries) IS DISTINCT FROM (linked_seconds + unlinked_seconds, summed.entries)
ORDER BY week, user_id
