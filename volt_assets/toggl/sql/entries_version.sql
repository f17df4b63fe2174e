-- A digest of the entries of a period and of some people ($user_ids NULL: everybody): equal where the entries are.
SELECT md5(string_agg(to_json(entry)::VARCHAR, chr(10) ORDER BY entry.id)) AS version
FROM (
    SELECT id, user_id, description, start_utc, stop_utc, seconds, project_id, tags, billable
    FROM toggl_time_entries
    WHERE day BETWEEN $first_day AND $last_day AND ($user_ids IS NULL OR user_id IN (SELECT unnest($user_ids::BIGINT[])))
) AS entry
