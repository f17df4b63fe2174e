-- The entries of a week that are not the same in two of its revisions, before and after; either is NULL where the week did not
-- hold the entry. `moved_to` and `moved_from`: the entry in another week, now or before.
-- $week, $revision, $later_revision
WITH
states AS (
    SELECT
        id,
        user_id,
        {'description': description, 'start': start_utc, 'day': day, 'seconds': seconds, 'project': project} AS version,
        since_revision,
        coalesce(until_revision, 2147483647) AS until_revision
    FROM reported_entries
    WHERE week = $week
),
before AS (SELECT * FROM states WHERE since_revision <= $revision AND until_revision > $revision),
after AS (SELECT * FROM states WHERE since_revision <= $later_revision AND until_revision > $later_revision),
changed AS (
    -- By person too: what one has more and another less stays two lines.
    SELECT
        coalesce(before.id, after.id) AS entry_id,
        coalesce(before.user_id, after.user_id) AS user_id,
        CASE WHEN before.id IS NOT NULL THEN before.version END AS before,
        CASE WHEN after.id IS NOT NULL THEN after.version END AS after
    FROM before
    FULL JOIN after ON before.id = after.id AND before.user_id = after.user_id
    WHERE before.version IS DISTINCT FROM after.version
),
-- How an entry came to this week, where it was in another stored one before.
arrivals AS (
    SELECT entry_id, before AS version_there
    FROM time_entry_changes
    WHERE kind IN ('added', 'moved') AND coalesce(new_week, week) = $week
    QUALIFY row_number() OVER (PARTITION BY entry_id ORDER BY seen_at DESC) = 1
),
elsewhere AS (
    SELECT
        id,
        user_id,
        {'description': description, 'start': start_utc, 'day': day, 'seconds': seconds, 'project': project_name} AS version
    FROM toggl_time_entries
    WHERE week <> $week
)
SELECT
    changed.entry_id,
    changed.user_id,
    before,
    after,
    arrivals.version_there AS moved_from,
    elsewhere.version AS moved_to,
    coalesce(after.seconds, 0) - coalesce(before.seconds, 0) AS seconds
FROM changed
LEFT JOIN arrivals ON arrivals.entry_id = changed.entry_id
LEFT JOIN elsewhere ON after IS NULL AND elsewhere.id = changed.entry_id AND elsewhere.user_id = changed.user_id
ORDER BY coalesce(after.day, before.day), coalesce(after.start, before.start), changed.entry_id, changed.user_id
