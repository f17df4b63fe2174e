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
    [
        {
            'user_id': person.user_id, 'name': person.name, 'email': person.email,
            'tracked_seconds': person.figures.tracked_seconds,
            'hundredths': person.figures.linked_hundredths + person.figures.other_hundredths,
            'expected': person.expected.hundredths
        }
        FOR person IN from_json(
            facts -> '$.people',
            '[{"user_id": "BIGINT", "name": "VARCHAR", "email": "VARCHAR", "expected": {"hundredths": "BIGINT"}, "figures": '
            || '{"tracked_seconds": "BIGINT", "linked_hundredths": "BIGINT", "other_hundredths": "BIGINT"}}]'
        )
    ] AS people
FROM team_report
LEFT JOIN toggl_weeks USING (week)
ORDER BY team_report.week DESC
