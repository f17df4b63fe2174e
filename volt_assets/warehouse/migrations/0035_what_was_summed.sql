-- Of which entries a week's time was summed, so that sums of earlier entries are never shown beside the entries of now.
CREATE TABLE summed_weeks (
    week DATE PRIMARY KEY,
    entries_version VARCHAR NOT NULL
);
COMMENT ON TABLE summed_weeks IS 'The entries that tracked_time was summed of. Weeks summed before this was kept are absent.';
COMMENT ON COLUMN summed_weeks.week IS 'The Monday that names the week.';
COMMENT ON COLUMN summed_weeks.entries_version IS 'Version of the entries (entry_versions) when they were summed; none: there were none.';

-- A digest, by week, of what tracked_time is summed of.
CREATE VIEW entry_versions AS
SELECT week, md5(string_agg(to_json(entry)::VARCHAR, chr(10) ORDER BY entry.id)) AS version
FROM (
    SELECT week, id, user_id, day, start_utc, seconds, billable, project_name, description FROM toggl_time_entries
) AS entry
GROUP BY week;
