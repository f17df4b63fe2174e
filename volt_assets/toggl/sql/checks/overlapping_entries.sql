-- Entries that begin before an earlier one of the same person ended, also one of the week before. Running entries have no end.
WITH in_order AS (
    SELECT
        week,
        user_id,
        id AS entry_id,
        start_utc,
        max(stop_utc) OVER earlier AS ends_at,
        arg_max(id, stop_utc) OVER earlier AS overlaps_entry_id
    FROM toggl_time_entries
    WHERE seconds > 0 AND week IN (SELECT week FROM checked_weeks UNION SELECT week - 7 FROM checked_weeks)
    WINDOW earlier AS (
        PARTITION BY user_id ORDER BY start_utc, id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
)
SELECT week, user_id, entry_id, overlaps_entry_id
FROM in_order
JOIN checked_weeks USING (week)
WHERE in_order.start_utc < in_order.ends_at
ORDER BY week, user_id, in_order.start_utc, entry_id
