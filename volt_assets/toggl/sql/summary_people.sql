-- Time per person on these days, from what was typed alone. $first_day, $last_day, $user_ids (NULL: everybody), $in_minutes: or in hundredths of an hour
SELECT
    time.user_id,
    coalesce(arg_max(people.name, time.week), time.user_id::VARCHAR) AS name,
    arg_max(people.email, time.week) AS email,
    sum(seconds)::BIGINT AS seconds,
    coalesce(sum(seconds) FILTER (WHERE linked), 0)::BIGINT AS linked_seconds,
    coalesce(sum(seconds) FILTER (WHERE NOT linked), 0)::BIGINT AS other_seconds,
    coalesce(sum(CASE WHEN $in_minutes THEN minutes ELSE hundredths END) FILTER (WHERE linked), 0)::BIGINT AS linked,
    coalesce(sum(CASE WHEN $in_minutes THEN minutes ELSE hundredths END) FILTER (WHERE NOT linked), 0)::BIGINT AS other,
    sum(entries)::BIGINT AS entries
FROM tracked_time AS time
LEFT JOIN people USING (week, user_id)
WHERE week BETWEEN date_trunc('week', $first_day::DATE) AND $last_day
    AND day BETWEEN $first_day AND $last_day
    AND ($user_ids::BIGINT[] IS NULL OR list_contains($user_ids, user_id))
GROUP BY time.user_id
ORDER BY seconds DESC, name, time.user_id
