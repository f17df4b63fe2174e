-- People whose tracked time in the team's report is not that of their entries; `reported_seconds` NULL: they are not in it.
WITH reported AS (
    SELECT week, person.user_id AS user_id, person.figures.tracked_seconds AS seconds
    FROM (
        SELECT
            week,
            unnest(
                from_json(facts -> '$.people', '[{"user_id": "BIGINT", "figures": {"tracked_seconds": "BIGINT"}}]')
            ) AS person
        FROM team_report
        JOIN checked_weeks USING (week)
    )
),
fetched AS (
    SELECT week, user_id, coalesce(sum(seconds), 0)::BIGINT AS seconds
    FROM toggl_time_entries
    JOIN checked_weeks USING (week)
    GROUP BY week, user_id
)
SELECT week, user_id, fetched.seconds AS entries_seconds, reported.seconds AS reported_seconds
FROM fetched
FULL JOIN reported USING (week, user_id)
WHERE fetched.seconds IS DISTINCT FROM reported.seconds
ORDER BY week, user_id
