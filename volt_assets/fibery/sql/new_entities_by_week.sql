-- Entities by the first of the weeks $1 to $2 that refers to them.
SELECT week, count(*) FROM (
    SELECT min(week) AS week FROM entity_references WHERE week BETWEEN $1 AND $2 GROUP BY label, public_id
) GROUP BY week
