-- The usual week of each row of `trend.sql` (a temporary table by that name): the median of the known weeks before the last one,
-- where there are four.
SELECT
    user_id,
    count(seconds) AS usual_weeks,
    CASE WHEN count(seconds) >= 4 THEN round(median(seconds))::BIGINT END AS usual_seconds,
    CASE WHEN count(seconds) >= 4 THEN round(median(hundredths))::BIGINT END AS usual_hundredths
FROM trend, period
WHERE week < last_week
GROUP BY user_id
