-- Time of each project (NULL: none) in each month of the period, of all requested people.
SELECT project, date_trunc('month', day)::DATE AS month, sum(hundredths)::BIGINT AS hundredths
FROM period_time
WHERE requested
GROUP BY project, month
