-- Time is rounded once, when it is summed: whatever prints it adds up hundredths of an hour, so any two prints agree.
ALTER TABLE tracked_time ADD COLUMN hundredths BIGINT;
COMMENT ON COLUMN tracked_time.hundredths IS 'The seconds in hundredths of an hour as printed, rounded down or up: a week adds up to its seconds, rounded.';
-- Weeks summed before: by running totals, so that each person's hours, and a week's, are right to a hundredth.
UPDATE tracked_time SET hundredths = printed.hundredths
FROM (
    SELECT
        row_id,
        ((2 * up_to + 36) // 72 - (2 * (up_to - seconds) + 36) // 72)::BIGINT AS hundredths
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
