-- The newest version of each report of a week (user_id NULL: the team's), and whether it still stands. $week
WITH versions AS (
    SELECT user_id, version, facts_hash, facts -> '$.figures' AS figures, coalesce(facts ->> '$.period.hours', 'decimal') AS hours, prose, generated_at, entries_revision, true AS latest
    FROM individual_reports WHERE week = $week
    UNION ALL
    SELECT NULL, version, facts_hash, facts -> '$.figures' AS figures, coalesce(facts ->> '$.period.hours', 'decimal') AS hours, prose, generated_at, entries_revision, true FROM team_report WHERE week = $week
    UNION ALL
    SELECT user_id, version, facts_hash, facts -> '$.figures' AS figures, coalesce(facts ->> '$.period.hours', 'decimal') AS hours, prose, generated_at, entries_revision, false FROM report_versions WHERE week = $week
)
SELECT *
FROM versions
QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY version DESC) = 1
