-- Time per activity that is linked to no entity (description NULL: none was given), by requested person.
SELECT
    user_id,
    description,
    list_sort(list_distinct(flatten(list(ids)))) AS ids,
    coalesce(list(DISTINCT project ORDER BY project) FILTER (WHERE project IS NOT NULL), []) AS projects,
    sum(seconds)::BIGINT AS seconds,
    sum(hundredths)::BIGINT AS hundredths,
    sum(entries)::BIGINT AS entries
FROM period_time
WHERE NOT linked AND requested
GROUP BY user_id, description
ORDER BY user_id, seconds DESC, description
