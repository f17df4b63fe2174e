-- Time of the eight weeks before the period's last week and of that week: of each requested person with time in the period, and
-- of all of them (user_id NULL). NULL is unknown: the week is not complete, not summed since it was fetched, stored for another
-- zone than $timezone, or (of a person) before they came. The period's own last week is as it is reported.
WITH
weeks AS (
    SELECT unnest(generate_series(last_week - INTERVAL 56 DAY, last_week, INTERVAL 7 DAY))::DATE AS week FROM period
),
fetched AS (
    SELECT week, coalesce(sum(seconds), 0) AS seconds FROM toggl_time_entries JOIN weeks USING (week) GROUP BY week
),
summed AS (SELECT week, sum(seconds) AS seconds FROM tracked_time JOIN weeks USING (week) GROUP BY week),
known AS (
    SELECT week
    FROM toggl_weeks JOIN weeks USING (week) LEFT JOIN fetched USING (week) LEFT JOIN summed USING (week), period
    WHERE timezone = $timezone
        AND coalesce(fetched.seconds, 0) = coalesce(summed.seconds, 0)
        AND (complete OR week = last_week)
),
time AS (
    SELECT
        time.week,
        time.user_id,
        sum(seconds)::BIGINT AS seconds,
        sum(hundredths)::BIGINT AS hundredths,
        coalesce(sum(seconds) FILTER (WHERE time.linked), 0)::BIGINT AS linked_seconds,
        coalesce(sum(seconds) FILTER (WHERE status = 'found' AND configured), 0)::BIGINT AS configured_seconds,
        coalesce(sum(seconds) FILTER (WHERE time.linked OR trim(time.description, E' \t\r\n') <> ''), 0)::BIGINT
            AS described_seconds
    FROM printed_time AS time
    JOIN known USING (week)
    CROSS JOIN period
    LEFT JOIN enriched_entities AS enriched -- only linked time has a label
        ON enriched.week = time.week AND enriched.label = time.label AND enriched.public_id = time.public_id
    WHERE user_ids IS NULL OR list_contains(user_ids, time.user_id)
    GROUP BY GROUPING SETS ((time.week, time.user_id), (time.week))
),
-- The requested people, and in which of the known weeks they were in the workspace; the team always was.
requested AS (
    SELECT DISTINCT user_id FROM period_time WHERE requested
    UNION ALL
    SELECT NULL
),
there AS (
    SELECT user_id, week FROM people JOIN known USING (week)
    UNION
    SELECT user_id, week FROM time WHERE user_id IS NOT NULL
    UNION
    SELECT NULL, week FROM known
)
SELECT
    requested.user_id,
    weeks.week,
    CASE WHEN there.week IS NOT NULL THEN coalesce(time.seconds, 0) END AS seconds,
    CASE WHEN there.week IS NOT NULL THEN coalesce(time.hundredths, 0) END AS hundredths,
    CASE WHEN there.week IS NOT NULL THEN coalesce(time.linked_seconds, 0) END AS linked_seconds,
    CASE WHEN there.week IS NOT NULL THEN coalesce(time.configured_seconds, 0) END AS configured_seconds,
    CASE WHEN there.week IS NOT NULL THEN coalesce(time.described_seconds, 0) END AS described_seconds
FROM requested
CROSS JOIN weeks
LEFT JOIN there ON there.week = weeks.week AND there.user_id IS NOT DISTINCT FROM requested.user_id
LEFT JOIN time ON time.week = weeks.week AND time.user_id IS NOT DISTINCT FROM requested.user_id
ORDER BY requested.user_id, weeks.week
