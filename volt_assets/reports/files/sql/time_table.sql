-- Time of the requested people, by day, person and work item or other activity: the rows of time.csv.
SELECT *
FROM (
    SELECT
        time.day,
        people.name AS person,
        people.email,
        time.linked,
        time.entity_type AS type,
        CASE WHEN time.linked THEN time.public_id END AS public_id,
        coalesce(entities.name, entities.title) AS name,
        time.project,
        CASE WHEN NOT time.linked THEN time.description END AS description,
        sum(time.seconds)::BIGINT AS seconds,
        sum(time.decimal_hundredths)::BIGINT AS hundredths,
        sum(time.entries)::BIGINT AS entries
    FROM period_time AS time
    JOIN period_people AS people USING (user_id)
    LEFT JOIN period_entities AS entities ON entities.entity_type = time.entity_type AND entities.public_id = time.public_id
    WHERE time.requested
    GROUP BY ALL
)
ORDER BY day, person, email, linked DESC, type, len(public_id), public_id, project, description
