-- Who was removed by `volt forget`: keyed hashes, so that what is fetched again does not bring them back.
CREATE TABLE forgotten (
    digest VARCHAR PRIMARY KEY,
    number INTEGER NOT NULL
);
COMMENT ON TABLE forgotten IS 'Who was removed, as hashes with the key in the home''s file forgotten.key.';
COMMENT ON COLUMN forgotten.digest IS 'Hash of a Toggl id, an address or a name.';
COMMENT ON COLUMN forgotten.number IS 'Which removed person it is of; below zero, it is the user_id that their time stands under.';
