-- In weeks in which more than $unlinked_share of the tracked time is linked to no work item: the people of whose time that is
-- so, those with the most unlinked time first.
WITH by_person AS (
    SELECT
        week,
        user_id,
        sum(seconds)::BIGINT AS seconds,
        coalesce(sum(seconds) FILTER (WHERE NOT linked), 0)::BIGINT AS unlinked_seconds
    FROM tracked_time
    JOIN checked_weeks USING (week)
    GROUP BY week, user_id
)
SELECT week, user_id, seconds, unlinked_seconds
FROM by_person
QUALIFY sum(unlinked_seconds) OVER (PARTITION BY week) > $unlinked_share * sum(seconds) OVER (PARTITION BY week)
    AND unlinked_seconds > $unlinked_share * seconds
ORDER BY week, unlinked_seconds DESC, user_id
