-- Entries of the weeks that the period touches, by requested person and for all of them (user_id NULL), in three parts without
-- overlap: counted (on the period's days, ended), running (on them), outside (on other days of these weeks, running or not).
SELECT
    user_id,
    count(*) AS entries,
    coalesce(sum(seconds), 0)::BIGINT AS seconds,
    count(*) FILTER (WHERE day BETWEEN first_day AND last_day AND seconds IS NOT NULL) AS counted_entries,
    coalesce(sum(seconds) FILTER (WHERE day BETWEEN first_day AND last_day), 0)::BIGINT AS counted_seconds,
    count(*) FILTER (WHERE day BETWEEN first_day AND last_day AND seconds IS NULL) AS running_entries,
    count(*) FILTER (WHERE day NOT BETWEEN first_day AND last_day) AS outside_entries,
    coalesce(sum(seconds) FILTER (WHERE day NOT BETWEEN first_day AND last_day), 0)::BIGINT AS outside_seconds
FROM toggl_time_entries, period
WHERE week BETWEEN first_week AND last_week AND (user_ids IS NULL OR list_contains(user_ids, user_id))
GROUP BY GROUPING SETS ((user_id), ())
