-- The weeks reported on, newest first, with the figures and people that the team's report has.
SELECT
    team_report.week,
    (facts -> '$.figures.tracked_seconds')::BIGINT AS tracked_seconds,
    (facts -> '$.figures.linked_seconds')::BIGINT AS linked_seconds,
    -- As that report prints it, and in which form; unknown of one made before such was kept.
    (facts -> '$.figures.linked_hundredths')::BIGINT + (facts -> '$.figures.other_hundredths')::BIGINT AS hundredths,
    coalesce(facts ->> '$.period.hours', 'decimal') AS hours,
    (facts -> '$.figures.entities')::BIGINT AS entities,
    (facts -> '$.figures.finished')::BIGINT AS finished,
    coalesce(complete, false) AS complete,
    from_json(facts -> '$.people', '[{"user_id": "BIGINT", "name": "VARCHAR"}]') AS people
FROM team_report
LEFT JOIN toggl_weeks USING (week)
ORDER BY team_report.week DESC
