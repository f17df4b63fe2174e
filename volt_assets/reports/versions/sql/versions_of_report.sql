-- The versions of one report of a week, oldest first. $week, $user_id (NULL: the team's report)
SELECT version, generated_at, facts, prose, entries_revision
FROM (
    SELECT * FROM individual_reports
    UNION ALL BY NAME
    SELECT * FROM team_report
    UNION ALL BY NAME
    SELECT * FROM report_versions
)
WHERE week = $week AND user_id IS NOT DISTINCT FROM $user_id
ORDER BY version
