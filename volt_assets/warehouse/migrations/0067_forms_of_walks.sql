-- Pages that another version of Volt read, or that were read without the rates, are not gone on with.
ALTER TABLE toggl_walks ADD COLUMN form VARCHAR;
COMMENT ON COLUMN toggl_walks.form IS 'What was read of each entry: a digest. Walks of another form are begun anew.';
