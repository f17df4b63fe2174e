-- How much is stored of each week: entries and their seconds, people with time, work items, their types and texts.
WITH tracked AS (
    SELECT week, count(*) AS entries, coalesce(sum(seconds), 0) AS seconds, count(DISTINCT user_id) AS people
    FROM toggl_time_entries GROUP BY week
),
items AS (
    SELECT
        week,
        count(*) AS entities,
        count(DISTINCT entity_type) AS types,
        count(description) + coalesce(sum(json_array_length(comments)), 0) AS texts
    FROM enriched_entities GROUP BY week
)
SELECT week, entries, seconds, people, entities, types, texts
FROM toggl_weeks JOIN tracked USING (week) LEFT JOIN items USING (week)
ORDER BY week
