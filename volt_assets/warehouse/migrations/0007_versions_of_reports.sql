-- Weekly reports have versions: the latest stay where they were, what they took the place of is kept beside them.
ALTER TABLE individual_reports ADD COLUMN prose JSON;
ALTER TABLE individual_reports ADD COLUMN changes JSON;
ALTER TABLE individual_reports ADD COLUMN entries_revision INTEGER;
ALTER TABLE team_report ADD COLUMN prose JSON;
ALTER TABLE team_report ADD COLUMN changes JSON;
ALTER TABLE team_report ADD COLUMN entries_revision INTEGER;

COMMENT ON COLUMN individual_reports.prose IS 'The report''s sentences, and what they rest on; NULL in reports older than versions.';
COMMENT ON COLUMN individual_reports.changes IS
    'What changed in the entries since the version before, each entry; NULL where there is none to compare with.';
COMMENT ON COLUMN individual_reports.entries_revision IS 'The revision of the week''s entries that it was made of (reported_entries).';
COMMENT ON COLUMN team_report.prose IS 'The report''s sentences, and what they rest on; NULL in reports older than versions.';
COMMENT ON COLUMN team_report.changes IS
    'What changed in the entries since the version before, each entry; NULL where there is none to compare with.';
COMMENT ON COLUMN team_report.entries_revision IS 'The revision of the week''s entries that it was made of (reported_entries).';

-- The columns of both reports' tables, for a row goes here as it is. No key: user_id is NULL for the team.
CREATE TABLE report_versions (
    week DATE NOT NULL,
    user_id BIGINT,
    version INTEGER NOT NULL,
    facts JSON NOT NULL,
    facts_hash VARCHAR NOT NULL,
    prose JSON,
    changes JSON,
    entries_revision INTEGER,
    markdown VARCHAR NOT NULL,
    generated_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE report_versions IS 'Earlier versions of the weekly reports, as they were; the latest are in individual_reports and team_report.';
COMMENT ON COLUMN report_versions.week IS 'The Monday that names the week.';
COMMENT ON COLUMN report_versions.user_id IS 'Toggl''s id of the person; NULL for the team''s report.';
COMMENT ON COLUMN report_versions.version IS 'Counts from 1 within a report of a week.';
COMMENT ON COLUMN report_versions.facts IS 'What the report says, as JSON; schema_version in it tells its form.';
COMMENT ON COLUMN report_versions.facts_hash IS 'A hash of the facts that leaves times out.';
COMMENT ON COLUMN report_versions.prose IS 'The report''s sentences, and what they rest on; NULL in reports older than versions.';
COMMENT ON COLUMN report_versions.changes IS 'What had changed in the entries since the version before it.';
COMMENT ON COLUMN report_versions.entries_revision IS 'The revision of the week''s entries that it was made of.';
COMMENT ON COLUMN report_versions.markdown IS 'The report as it was shown.';
COMMENT ON COLUMN report_versions.generated_at IS 'When it was made, UTC.';

-- With these, the entries that any version was made of can be had: revisions since_revision <= r < until_revision.
CREATE TABLE reported_entries (
    week DATE NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    description VARCHAR,
    start_utc TIMESTAMP NOT NULL,
    day DATE NOT NULL,
    seconds BIGINT,
    project VARCHAR,
    since_revision INTEGER NOT NULL,
    until_revision INTEGER
);
COMMENT ON TABLE reported_entries IS 'Each state of each entry in which reports of its week were made of it.';
COMMENT ON COLUMN reported_entries.week IS 'The Monday of the week that was reported on.';
COMMENT ON COLUMN reported_entries.id IS 'Toggl''s id of the entry.';
COMMENT ON COLUMN reported_entries.user_id IS 'Toggl''s id of the person.';
COMMENT ON COLUMN reported_entries.description IS 'As typed; NULL where none was given.';
COMMENT ON COLUMN reported_entries.start_utc IS 'The start as an instant, UTC.';
COMMENT ON COLUMN reported_entries.day IS 'The day it starts on, in the week''s zone.';
COMMENT ON COLUMN reported_entries.seconds IS 'Duration; NULL while the entry runs.';
COMMENT ON COLUMN reported_entries.project IS 'Name of the project chosen in Toggl.';
COMMENT ON COLUMN reported_entries.since_revision IS 'The first revision of the week''s entries that holds this state.';
COMMENT ON COLUMN reported_entries.until_revision IS 'The first later revision that does not; NULL: still so.';
