-- Times named *_at and *_utc are UTC without a zone; `day` and `week` are days in the week's own zone (toggl_weeks.timezone).

-- What is known of each week that was fetched. A week is complete when everybody's entries were fetched after its end.
CREATE TABLE toggl_weeks (
    week DATE PRIMARY KEY,
    timezone VARCHAR NOT NULL,
    fetched_at TIMESTAMP NOT NULL,       -- the oldest part, where parts were fetched at different times
    everybody BOOLEAN NOT NULL,          -- false: for the people in `people` only
    after_its_end BOOLEAN NOT NULL,      -- false: some of it was fetched while the week was open
    complete BOOLEAN NOT NULL
);

-- Toggl entries, whole, in the week they start in. Running ones have neither stop nor seconds.
CREATE TABLE toggl_time_entries (
    week DATE NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    username VARCHAR NOT NULL,
    email VARCHAR,
    description VARCHAR,
    start VARCHAR NOT NULL,              -- RFC 3339 as Toggl printed it, in the owner's zone
    stop VARCHAR,
    start_utc TIMESTAMP NOT NULL,
    stop_utc TIMESTAMP,
    day DATE NOT NULL,
    seconds BIGINT,
    project_id BIGINT,
    project_name VARCHAR,
    tags VARCHAR[] NOT NULL,
    billable BOOLEAN NOT NULL,
    updated_at TIMESTAMP,
    PRIMARY KEY (week, id)
);

-- The people of the workspace when the week was fetched, and those with entries who have left it.
CREATE TABLE people (
    week DATE NOT NULL,
    user_id BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    email VARCHAR,
    timezone VARCHAR,
    active BOOLEAN NOT NULL,
    fetched_at TIMESTAMP NOT NULL,
    PRIMARY KEY (week, user_id)
);

-- Seconds per person, day and work item (linked) or other activity. Running entries are left out.
CREATE TABLE tracked_time (
    week DATE NOT NULL,
    user_id BIGINT NOT NULL,
    day DATE NOT NULL,
    toggl_project VARCHAR,
    linked BOOLEAN NOT NULL,             -- the description ends in an id followed by at least one tag
    public_id VARCHAR,                   -- of the link; NULL where not linked
    label VARCHAR[],                     -- of the link: the one or two tags that can name its type
    project_tag VARCHAR,                 -- of the link: the last tag, where there are three or more
    title VARCHAR,                       -- of the link: what stands before the id
    description VARCHAR,                 -- of other activities, as typed; NULL where none was given
    ids VARCHAR[] NOT NULL,              -- every id in the description: the link's, others, and loose ones (suggestions)
    seconds BIGINT NOT NULL,
    entries BIGINT NOT NULL
);

CREATE TABLE toggl_summary (
    week DATE PRIMARY KEY,
    markdown VARCHAR NOT NULL
);

-- The last schema that Fibery sent, one row per field; a database without fields has one row with NULL field columns.
CREATE TABLE fibery_schema (
    type VARCHAR NOT NULL,               -- "Space/Database"
    type_id VARCHAR NOT NULL,
    type_deleted BOOLEAN NOT NULL,
    type_meta JSON NOT NULL,
    field VARCHAR,                       -- "Namespace/Name"
    field_id VARCHAR,
    field_type VARCHAR,
    field_deleted BOOLEAN,
    field_meta JSON,
    etag VARCHAR,
    fetched_at TIMESTAMP NOT NULL
);

-- Work items that the week's entries refer to, by what their tags say: one row per (public_id, label).
CREATE TABLE entity_references (
    week DATE NOT NULL,
    public_id VARCHAR NOT NULL,
    label VARCHAR[] NOT NULL,
    space VARCHAR NOT NULL,              -- the tag's space
    type VARCHAR,                        -- the tag's type; NULL where the tags do not tell
    project VARCHAR,                     -- the tag's project, where the label's second tag is one
    candidates VARCHAR[] NOT NULL        -- the databases ("Space/Database") that the label can mean; empty: fits no type
);

-- What Fibery said of each reference, found or not: one row per reference.
CREATE TABLE enriched_entities (
    week DATE NOT NULL,
    public_id VARCHAR NOT NULL,
    label VARCHAR[] NOT NULL,
    status VARCHAR NOT NULL,             -- found, not_found, not_configured, failed
    entity_type VARCHAR NOT NULL,        -- "Space/Database" in Fibery; the tags, "Space/Type", where they fit no type
    configured BOOLEAN NOT NULL,         -- the type has a key of its own in enrichment_config.yaml
    fibery_id VARCHAR,
    name VARCHAR,
    url VARCHAR,
    state VARCHAR,
    state_final BOOLEAN,
    planned_start DATE,
    planned_end DATE,
    actual_start DATE,
    actual_end DATE,
    estimate_seconds BIGINT,
    assignees JSON,                      -- [{name, email}]
    parent JSON,                         -- {type, public_id, name, state}
    description VARCHAR,                 -- Markdown
    comments JSON,                       -- [{author, created_at, text}], oldest first
    fields JSON,                         -- {name in the configuration: value}
    missing VARCHAR[],                   -- of description, estimate and assignees, those asked for and empty
    problems JSON,                       -- [what could not be asked or read, in words]
    fetched_at TIMESTAMP NOT NULL
);

-- The weekly reports: facts as JSON, and what was rendered of them. `facts_hash` leaves times out.
CREATE TABLE individual_reports (
    week DATE NOT NULL,
    user_id BIGINT NOT NULL,
    version INTEGER NOT NULL,
    facts JSON NOT NULL,
    facts_hash VARCHAR NOT NULL,
    markdown VARCHAR NOT NULL,
    generated_at TIMESTAMP NOT NULL,
    PRIMARY KEY (week, user_id)
);

CREATE TABLE team_report (
    week DATE PRIMARY KEY,
    version INTEGER NOT NULL,
    facts JSON NOT NULL,
    facts_hash VARCHAR NOT NULL,
    markdown VARCHAR NOT NULL,
    generated_at TIMESTAMP NOT NULL
);
