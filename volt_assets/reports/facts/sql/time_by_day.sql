-- Time on each day of the period, of each requested person with time in it; no rows for a period of more than 31 days.
WITH
days AS (SELECT unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS day FROM period WHERE last_day - first_day < 31),
time AS (SELECT user_id, day, sum(seconds)::BIGINT AS seconds, sum(hundredths)::BIGINT AS hundredths FROM period_time WHERE requested GROUP BY ALL)
SELECT people.user_id, days.day, coalesce(time.seconds, 0) AS seconds, coalesce(time.hundredths, 0) AS hundredths
FROM (SELECT DISTINCT user_id FROM time) AS people
CROSS JOIN days
LEFT JOIN time ON time.user_id = people.user_id AND time.day = days.day
ORDER BY people.user_id, days.day
