-- Time in the weeks or months of the period ($part), its days alone, of each requested person and of all of them (user_id NULL).
SELECT
    user_id,
    date_trunc($part, day)::DATE AS week,
    sum(seconds)::BIGINT AS seconds,
    sum(hundredths)::BIGINT AS hundredths,
    coalesce(sum(seconds) FILTER (WHERE linked), 0)::BIGINT AS linked_seconds
FROM period_time
WHERE requested
GROUP BY GROUPING SETS ((user_id, week), (week))
ORDER BY user_id, week
