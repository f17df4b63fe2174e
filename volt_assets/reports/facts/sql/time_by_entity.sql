-- Time per entity: of each requested person, and of all of them together (user_id NULL).
WITH by_project AS (
    SELECT
        user_id, entity_type, public_id, project,
        sum(seconds)::BIGINT AS seconds, sum(hundredths)::BIGINT AS hundredths, sum(entries)::BIGINT AS entries, list(DISTINCT day) AS days
    FROM period_time
    WHERE linked AND requested
    GROUP BY GROUPING SETS ((user_id, entity_type, public_id, project), (entity_type, public_id, project))
)
SELECT
    user_id,
    entity_type,
    public_id,
    sum(seconds)::BIGINT AS seconds,
    sum(hundredths)::BIGINT AS hundredths,
    sum(entries)::BIGINT AS entries,
    list_sort(list_distinct(flatten(list(days)))) AS days,
    list({'project': project, 'seconds': seconds, 'hundredths': hundredths} ORDER BY seconds DESC, project) AS projects
FROM by_project
GROUP BY user_id, entity_type, public_id
ORDER BY user_id, seconds DESC, len(public_id), public_id, entity_type
