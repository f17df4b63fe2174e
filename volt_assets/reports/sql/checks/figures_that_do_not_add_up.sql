-- People in whose report's facts linked and other time are not the tracked time, or are not what the work items and the other
-- activities add up to, or whose tracked time is not that of their entries.
WITH reported AS (
    SELECT
        week,
        user_id,
        (facts ->> '$.figures.tracked_seconds')::BIGINT AS tracked_seconds,
        (facts ->> '$.figures.linked_seconds')::BIGINT AS linked_seconds,
        (facts ->> '$.figures.other_seconds')::BIGINT AS other_seconds,
        coalesce(list_sum((facts -> '$.entities[*].seconds')::BIGINT[]), 0)::BIGINT AS entities_seconds,
        coalesce(list_sum((facts -> '$.other_activities[*].seconds')::BIGINT[]), 0)::BIGINT AS activities_seconds
    FROM individual_reports
    JOIN checked_weeks USING (week)
),
fetched AS (
    SELECT week, user_id, coalesce(sum(seconds), 0)::BIGINT AS seconds
    FROM toggl_time_entries
    JOIN checked_weeks USING (week)
    GROUP BY week, user_id
)
SELECT reported.*, coalesce(fetched.seconds, 0) AS entries_seconds
FROM reported
LEFT JOIN fetched USING (week, user_id)
WHERE (tracked_seconds, linked_seconds, other_seconds)
    IS DISTINCT FROM (coalesce(fetched.seconds, 0), entities_seconds, activities_seconds)
    OR tracked_seconds IS DISTINCT FROM linked_seconds + other_seconds
ORDER BY week, user_id
