-- Begin the states of a week's entries that have none which goes on. $week, $revision
INSERT INTO reported_entries BY NAME
SELECT
    week, id, user_id, description, start_utc, day, seconds, project_name AS project,
    $revision AS since_revision, NULL AS until_revision
FROM toggl_time_entries
ANTI JOIN (SELECT id FROM reported_entries WHERE week = $week AND until_revision IS NULL) USING (id)
WHERE week = $week
