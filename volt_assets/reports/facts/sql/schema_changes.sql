-- What the configuration asks of types with time in the period and Fibery does not have, and what changed of these types' fields
-- between the snapshots seen in the period's last week or the week after it, when its reports are made.
WITH
types AS (SELECT DISTINCT entity_type AS type FROM period_entities WHERE requested AND outcome = 'found'),
problems AS (
    SELECT DISTINCT unnest(from_json(problems, '["VARCHAR"]')) AS problem FROM period_entities WHERE requested AND outcome = 'found'
)
SELECT
    'missing' AS kind,
    regexp_extract(problem, '^(.+) has no field "(.+?)"', 1) AS type,
    regexp_extract(problem, '^(.+) has no field "(.+?)"', 2) AS field,
    NULL AS before
FROM problems
WHERE regexp_matches(problem, '^.+ has no field ".+?"')
UNION
SELECT kind, type, field, before
FROM fibery_schema_changes SEMI JOIN types USING (type), period
WHERE seen_at >= last_week AND seen_at < last_week + INTERVAL 14 DAY
ORDER BY ALL
