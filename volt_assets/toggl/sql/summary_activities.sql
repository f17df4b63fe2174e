-- Time per person and work item, as the tags name it, or other activity. $first_day, $last_day, $user_ids (NULL: everybody), $in_minutes: or in hundredths of an hour
SELECT
    user_id,
    linked,
    public_id,
    label,
    project_tag,
    first(title ORDER BY day DESC, title) FILTER (WHERE title IS NOT NULL) AS title,
    nullif(trim(description, E' \t\r\n'), '') AS description,
    sum(seconds)::BIGINT AS seconds,
    sum(CASE WHEN $in_minutes THEN minutes ELSE hundredths END)::BIGINT AS hundredths,
    sum(entries)::BIGINT AS entries
FROM tracked_time
WHERE week BETWEEN date_trunc('week', $first_day::DATE) AND $last_day
    AND day BETWEEN $first_day AND $last_day
    AND ($user_ids::BIGINT[] IS NULL OR list_contains($user_ids, user_id))
GROUP BY user_id, linked, public_id, label, project_tag, nullif(trim(description, E' \t\r\n'), '')
ORDER BY user_id, seconds DESC, len(public_id), public_id, label, project_tag, description
