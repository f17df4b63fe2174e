-- What a week was enriched with: with it, an edit of the configuration or of an entity is known to concern a week or not.
CREATE TABLE enriched_weeks (
    week DATE PRIMARY KEY,
    configuration JSON NOT NULL
);
COMMENT ON TABLE enriched_weeks IS 'What each week was enriched with.';
COMMENT ON COLUMN enriched_weeks.week IS 'The Monday that names the week.';
COMMENT ON COLUMN enriched_weeks.configuration IS
    'By type ("Space/Database"): a digest of what was asked of it. By label: the databases it was taken for.';
