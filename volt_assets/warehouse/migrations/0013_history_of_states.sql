-- The states that work items had, where Fibery's history was asked (`history: true`).
CREATE TABLE state_changes (
    entity_type VARCHAR NOT NULL,
    public_id VARCHAR NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    before VARCHAR,
    after VARCHAR,
    PRIMARY KEY (entity_type, public_id, changed_at)
);
COMMENT ON TABLE state_changes IS 'Changes of work items'' states, by Fibery''s history.';
COMMENT ON COLUMN state_changes.entity_type IS 'The database, as "Space/Database".';
COMMENT ON COLUMN state_changes.public_id IS 'The work item''s id.';
COMMENT ON COLUMN state_changes.changed_at IS 'When, UTC.';
COMMENT ON COLUMN state_changes.before IS 'Name of the state that it left; NULL: it was in none.';
COMMENT ON COLUMN state_changes.after IS 'Name of the state that it came into; NULL: into none.';

CREATE TABLE workflow_states (
    entity_type VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    kind VARCHAR
);
COMMENT ON TABLE workflow_states IS 'The states that items of a database can be in, as last asked.';
COMMENT ON COLUMN workflow_states.entity_type IS 'The database, as "Space/Database".';
COMMENT ON COLUMN workflow_states.name IS 'The state''s name.';
COMMENT ON COLUMN workflow_states.kind IS 'not_started, started or final; NULL where Fibery does not say.';

ALTER TABLE enriched_entities ADD COLUMN history_since TIMESTAMP;
ALTER TABLE assigned_entities ADD COLUMN history_since TIMESTAMP;
COMMENT ON COLUMN enriched_entities.history_since IS
    'From this instant (UTC) to fetched_at, state_changes has all its changes; NULL: its history was not asked or not given.';
COMMENT ON COLUMN assigned_entities.history_since IS
    'From this instant (UTC) to fetched_at, state_changes has all its changes; NULL: its history was not asked or not given.';
