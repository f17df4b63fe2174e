-- The first week stored at all, and how many weeks between it and the period's first week are not complete or not stored.
SELECT
    min(week) AS stored_since,
    coalesce(
        greatest(date_diff('day', min(week), any_value(first_week)) // 7, 0)
        - count(*) FILTER (WHERE complete AND timezone = $timezone AND week < first_week),
        0
    )::INTEGER AS weeks_missing
FROM toggl_weeks, period
