-- Entries of the period to correct in Toggl, of each requested person: what is plainly wrong first, then what says too little.
-- Of two that overlap or are equal, the later one; `start` and `stop` of an overlap are those of the time that is there twice.
WITH
ended AS (
    SELECT
        week, user_id, id, day, seconds, start_utc, stop_utc, project_name, nullif(trim(description), '') AS description
    FROM toggl_time_entries, period
    WHERE week BETWEEN first_week AND last_week
        AND day BETWEEN first_day AND last_day
        AND seconds IS NOT NULL
        AND (user_ids IS NULL OR list_contains(user_ids, user_id))
),
overlapping AS (
    SELECT
        CASE
            WHEN (one.start_utc, one.stop_utc) = (other.start_utc, other.stop_utc)
                AND one.description IS NOT DISTINCT FROM other.description THEN 'duplicate'
            ELSE 'overlap'
        END AS kind,
        other.user_id, other.id AS entry, other.day, greatest(one.start_utc, other.start_utc) AS start,
        least(one.stop_utc, other.stop_utc) AS stop
    FROM ended AS one
    JOIN ended AS other
        ON one.user_id = other.user_id
        AND one.start_utc < other.stop_utc
        AND other.start_utc < one.stop_utc
        AND (one.start_utc, one.id) < (other.start_utc, other.id)
    WHERE one.seconds > 0 AND other.seconds > 0
),
alone AS (
    SELECT
        CASE
            WHEN seconds = 0 THEN 'zero_seconds'
            WHEN seconds > 10 * 3600 THEN 'long_entry'
            WHEN description IS NULL THEN 'no_description'
            WHEN project_name IS NULL AND seconds >= 1800 AND EXISTS (
                FROM tracked_time AS time
                WHERE time.week = ended.week AND time.user_id = ended.user_id AND time.day = ended.day
                    AND NOT time.linked AND time.description = ended.description AND time.toggl_project IS NULL
            ) THEN 'no_project'
        END AS kind,
        user_id, id AS entry, day, start_utc AS start, stop_utc AS stop
    FROM ended
)
SELECT kind, user_id, entry, day, start, stop
FROM (FROM overlapping UNION ALL BY NAME FROM alone)
WHERE kind IS NOT NULL
ORDER BY
    user_id,
    list_position(['overlap', 'duplicate', 'zero_seconds', 'long_entry', 'no_description', 'no_project'], kind),
    start, entry
