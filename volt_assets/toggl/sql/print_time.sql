-- A week's rows of time in hundredths of an hour. $week: a Monday; $rows, $hundredths: by row id.
UPDATE tracked_time SET hundredths = printed.hundredths
FROM (SELECT unnest($rows::BIGINT[]) AS row_id, unnest($hundredths::BIGINT[]) AS hundredths) AS printed
WHERE tracked_time.rowid = printed.row_id AND week = $week
