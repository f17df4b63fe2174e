-- What each refetch of a week found changed: entries added, edited, deleted, or moved to another stored week. The first
-- fetch of a week writes nothing. `seen_at` is when the week was fetched that showed it (UTC without a zone).
CREATE TABLE time_entry_changes (
    kind VARCHAR NOT NULL,               -- added, edited, deleted, moved
    entry_id BIGINT NOT NULL,
    week DATE NOT NULL,                  -- the week it is in; of a moved one, and of a deleted one, the week it was in
    new_week DATE,                       -- of a moved one: the week it is in now
    before JSON,                         -- the entry as it was stored; NULL where added
    after JSON,                          -- the entry as it is now; NULL where deleted
    seen_at TIMESTAMP NOT NULL
);

-- Up to when Toggl was found to hold no change of the week since it was fetched; NULL: not looked since then.
ALTER TABLE toggl_weeks ADD COLUMN checked_at TIMESTAMP;
