-- Weeks in whose team report's facts linked and other time are not the tracked time, or the tracked time is not what its people
-- or its projects add up to, or the linked time not what its work items do.
WITH reported AS (
    SELECT
        week,
        (facts ->> '$.figures.tracked_seconds')::BIGINT AS tracked_seconds,
        (facts ->> '$.figures.linked_seconds')::BIGINT AS linked_seconds,
        (facts ->> '$.figures.other_seconds')::BIGINT AS other_seconds,
        coalesce(list_sum((facts -> '$.people[*].figures.tracked_seconds')::BIGINT[]), 0)::BIGINT AS people_seconds,
        coalesce(list_sum((facts -> '$.projects[*].seconds')::BIGINT[]), 0)::BIGINT AS projects_seconds,
        coalesce(list_sum((facts -> '$.entities[*].seconds')::BIGINT[]), 0)::BIGINT AS entities_seconds
    FROM team_report
    JOIN checked_weeks USING (week)
)
FROM reported
WHERE (tracked_seconds, tracked_seconds, tracked_seconds, linked_seconds)
    IS DISTINCT FROM (linked_seconds + other_seconds, people_seconds, projects_seconds, entities_seconds)
ORDER BY week
