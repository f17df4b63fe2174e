-- Open work items assigned to people, as of the fetch of the week (the newest week of a run alone: of older ones it tells nothing).
CREATE TABLE assigned_entities (
    week DATE NOT NULL,
    entity_type VARCHAR NOT NULL,
    public_id VARCHAR NOT NULL,
    name VARCHAR,
    url VARCHAR,
    state VARCHAR,
    state_kind VARCHAR,
    planned_end DATE,
    actual_start DATE,
    emails VARCHAR[] NOT NULL,
    fetched_at TIMESTAMP NOT NULL,
    PRIMARY KEY (week, entity_type, public_id)
);
COMMENT ON TABLE assigned_entities IS 'Open work items assigned to people, as of the fetch of the week.';
COMMENT ON COLUMN assigned_entities.week IS 'The Monday of the newest week of the run that asked.';
COMMENT ON COLUMN assigned_entities.entity_type IS 'The database, as "Space/Database".';
COMMENT ON COLUMN assigned_entities.public_id IS 'The work item''s id.';
COMMENT ON COLUMN assigned_entities.name IS 'Name in Fibery.';
COMMENT ON COLUMN assigned_entities.url IS 'Its page in Fibery.';
COMMENT ON COLUMN assigned_entities.state IS 'Name of its workflow state when fetched.';
COMMENT ON COLUMN assigned_entities.state_kind IS 'not_started or started; NULL where Fibery does not say.';
COMMENT ON COLUMN assigned_entities.planned_end IS 'Planned last day; NULL where not known.';
COMMENT ON COLUMN assigned_entities.actual_start IS 'Actual first day; NULL where not known.';
COMMENT ON COLUMN assigned_entities.emails IS 'Addresses of those it is assigned to.';
COMMENT ON COLUMN assigned_entities.fetched_at IS 'When Fibery was asked, UTC.';

ALTER TABLE enriched_entities ADD COLUMN state_kind VARCHAR;
COMMENT ON COLUMN enriched_entities.state_kind IS 'not_started, started or final, when fetched; NULL where Fibery does not say.';

-- What changed between two snapshots of Fibery's schema.
CREATE TABLE fibery_schema_changes (
    kind VARCHAR NOT NULL,
    type VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    before VARCHAR,
    seen_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE fibery_schema_changes IS 'What changed between two snapshots of Fibery''s schema.';
COMMENT ON COLUMN fibery_schema_changes.kind IS 'added, removed or renamed.';
COMMENT ON COLUMN fibery_schema_changes.type IS 'The database, as "Space/Database".';
COMMENT ON COLUMN fibery_schema_changes.field IS 'The field''s name now, or the one it had.';
COMMENT ON COLUMN fibery_schema_changes.before IS 'Of a renamed one: the name it had.';
COMMENT ON COLUMN fibery_schema_changes.seen_at IS 'When the newer snapshot was sent, UTC.';
