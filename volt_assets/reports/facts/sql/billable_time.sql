-- Billable time of each requested person by project and, where Toggl has one, by rate.
SELECT
    user_id,
    project,
    rate_cents,
    currency,
    sum(billable_hundredths)::BIGINT AS hundredths
FROM period_time
WHERE requested AND billable_hundredths > 0
GROUP BY ALL
ORDER BY user_id, project, currency, rate_cents
