-- End the states that a week's entries are no longer in. $week, $revision: the one from which on they are not.
UPDATE reported_entries AS reported
SET until_revision = $revision
WHERE week = $week
    AND until_revision IS NULL
    AND NOT EXISTS (
        SELECT 1
        FROM toggl_time_entries AS entries
        WHERE entries.week = $week
            AND entries.id = reported.id
            AND entries.user_id = reported.user_id
            AND entries.description IS NOT DISTINCT FROM reported.description
            AND entries.start_utc = reported.start_utc
            AND entries.day = reported.day
            AND entries.seconds IS NOT DISTINCT FROM reported.seconds
            AND entries.project_name IS NOT DISTINCT FROM reported.project
    )
