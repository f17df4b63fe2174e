-- Entries of the period that are worth a look, by rules, of each requested person. Running entries have no end, and no hints.
WITH
ended AS (
    SELECT user_id, id, day, seconds, start_utc, stop_utc, coalesce(trim(description), '') AS description
    FROM toggl_time_entries, period
    WHERE week BETWEEN first_week AND last_week
        AND day BETWEEN first_day AND last_day
        AND seconds IS NOT NULL
        AND (user_ids IS NULL OR list_contains(user_ids, user_id))
),
duplicates AS (
    SELECT
        'duplicate' AS kind, user_id, list(id ORDER BY id) AS entries, list_distinct(list(day)) AS days,
        (sum(seconds) - min(seconds))::BIGINT AS seconds
    FROM ended
    WHERE seconds > 0
    GROUP BY user_id, start_utc, stop_utc, description
    HAVING count(*) > 1
),
overlapping AS (
    SELECT
        'overlap' AS kind, one.user_id, [one.id, other.id] AS entries, list_distinct([one.day, other.day]) AS days,
        date_diff('second', greatest(one.start_utc, other.start_utc), least(one.stop_utc, other.stop_utc)) AS seconds
    FROM ended AS one
    JOIN ended AS other
        ON one.user_id = other.user_id
        AND one.start_utc < other.stop_utc
        AND other.start_utc < one.stop_utc
        AND (one.start_utc, one.id) < (other.start_utc, other.id)
    WHERE one.seconds > 0
        AND other.seconds > 0
        AND (one.start_utc, one.stop_utc, one.description) <> (other.start_utc, other.stop_utc, other.description)
),
long_entries AS (
    SELECT 'long_entry' AS kind, user_id, [id] AS entries, [day] AS days, seconds FROM ended WHERE seconds > 10 * 3600
),
-- The day that an entry's last second is on, in the zone that the week is reckoned in.
across_midnight AS (
    SELECT
        'across_midnight' AS kind, user_id, [id] AS entries,
        [day, ((stop_utc - INTERVAL 1 SECOND) AT TIME ZONE 'UTC' AT TIME ZONE $timezone)::DATE] AS days, seconds
    FROM ended
    WHERE seconds > 0 AND ((stop_utc - INTERVAL 1 SECOND) AT TIME ZONE 'UTC' AT TIME ZONE $timezone)::DATE > day
),
zeros AS (
    SELECT
        'zero_seconds' AS kind, user_id, list(id ORDER BY id) AS entries, list_distinct(list(day)) AS days, 0::BIGINT AS seconds
    FROM ended
    WHERE seconds = 0
    GROUP BY user_id
)
SELECT kind, user_id, entries, list_sort(days) AS days, seconds
FROM (
    FROM overlapping UNION ALL BY NAME FROM long_entries UNION ALL BY NAME FROM across_midnight
    UNION ALL BY NAME FROM duplicates UNION ALL BY NAME FROM zeros
)
ORDER BY user_id, list_position(['overlap', 'duplicate', 'long_entry', 'across_midnight', 'zero_seconds'], kind), days, entries
