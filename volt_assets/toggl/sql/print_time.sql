-- A week's rows of time in hundredths of an hour and in minutes. $week: a Monday; $rows, $hundredths, $minutes: by row id.
UPDATE tracked_time SET hundredths = printed.hundredths, minutes = printed.minutes
FROM (
    SELECT
        unnest($rows::BIGINT[]) AS row_id,
        unnest($hundredths::BIGINT[]) AS hundredths,
        unnest($minutes::BIGINT[]) AS minutes
) AS printed
WHERE tracked_time.rowid = printed.row_id AND week = $week
