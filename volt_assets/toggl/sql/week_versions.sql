-- Two digests for each of the weeks $weeks: of its entries with how they were fetched, and of its people. They hold what
-- later assets read, and so stay the same where fetching again brought nothing new: not when it was fetched, how Toggl
-- printed a time, when an entry was touched, or who else is in the workspace.
SELECT
    weeks.week,
    md5(to_json(weeks)::VARCHAR || coalesce(entries.content, '')) AS entries,
    md5(coalesce(people.content, '')) AS people
FROM (SELECT week, timezone, everybody, after_its_end FROM toggl_weeks) AS weeks
LEFT JOIN (
    SELECT week, string_agg(to_json(entry)::VARCHAR, chr(10) ORDER BY id) AS content
    FROM (SELECT * EXCLUDE (start, stop, updated_at) FROM toggl_time_entries) AS entry
    GROUP BY week
) AS entries USING (week)
LEFT JOIN (
    SELECT week, string_agg(to_json([user_id::VARCHAR, name, email])::VARCHAR, chr(10) ORDER BY user_id) AS content
    FROM people SEMI JOIN toggl_time_entries USING (week, user_id)
    GROUP BY week
) AS people USING (week)
WHERE weeks.week IN (SELECT unnest($weeks::DATE[]))
ORDER BY weeks.week
