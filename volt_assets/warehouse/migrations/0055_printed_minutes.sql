-- Time in whole minutes, for hours printed as h:mm: rounded once, as hundredths of an hour are.
ALTER TABLE tracked_time ADD COLUMN minutes BIGINT;
COMMENT ON COLUMN tracked_time.minutes IS 'The seconds in minutes as printed where hours are h:mm, rounded down or up: a week adds up to its seconds, rounded.';
-- Weeks summed before: by running totals, so that each person's hours, and a week's, are right to a minute.
UPDATE tracked_time SET minutes = printed.minutes
FROM (
    SELECT
        row_id,
        ((2 * up_to + 60) // 120 - (2 * (up_to - seconds) + 60) // 120)::BIGINT AS minutes
    FROM (
        SELECT
            rowid AS row_id, seconds,
            sum(seconds) OVER (
                PARTITION BY week
                ORDER BY user_id, linked DESC, public_id, label, project_tag, toggl_project, description, day, rowid
                ROWS UNBOUNDED PRECEDING
            ) AS up_to
        FROM tracked_time
    )
) AS printed
WHERE tracked_time.rowid = printed.row_id;
