-- Open work is compared with its plan, with or without time on it.
ALTER TABLE assigned_entities ADD COLUMN estimate_seconds BIGINT;
COMMENT ON COLUMN assigned_entities.estimate_seconds IS 'Its estimate; NULL where there is none, or the week was fetched before this was kept.';
