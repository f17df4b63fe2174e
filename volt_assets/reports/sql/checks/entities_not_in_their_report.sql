-- Work items whose time in a person's report is not the time linked to them, and those that are not in it. That it prints all
-- that are in it is for the check of what is printed.
WITH entities AS (
    SELECT
        week,
        user_id,
        unnest(
            from_json(facts -> '$.entities', '[{"public_id": "VARCHAR", "labels": [["VARCHAR"]], "seconds": "BIGINT"}]')
        ) AS entity
    FROM individual_reports
    JOIN checked_weeks USING (week)
),
-- An entity's labels are those that anybody used for it.
reported AS (
    SELECT
        week,
        user_id,
        entity.public_id AS public_id,
        entity.labels AS labels,
        unnest(entity.labels) AS label,
        entity.seconds AS seconds
    FROM entities
),
linked AS (
    SELECT time.week, time.user_id, public_id, label, sum(seconds)::BIGINT AS seconds
    FROM tracked_time AS time
    JOIN individual_reports AS reports USING (week, user_id)
    JOIN checked_weeks USING (week)
    WHERE linked
    GROUP BY ALL
)
SELECT
    week,
    user_id,
    public_id,
    coalesce(sum(linked.seconds), 0)::BIGINT AS linked_seconds,
    coalesce(any_value(reported.seconds), 0) AS reported_seconds,
    count(reported.seconds) > 0 AS in_report
FROM linked
FULL JOIN reported USING (week, user_id, public_id, label)
GROUP BY week, user_id, public_id, labels
HAVING linked_seconds <> reported_seconds OR NOT in_report
ORDER BY week, user_id, len(public_id), public_id
