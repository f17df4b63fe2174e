-- Numbers that stand for people where the team's report shows pseudonyms (VOLT_PRIVACY).
CREATE TABLE pseudonyms (
    user_id BIGINT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE
);
COMMENT ON TABLE pseudonyms IS 'What stands for people in the team''s report where VOLT_PRIVACY is pseudonyms: "Person 3". Handed out by chance, once.';
COMMENT ON COLUMN pseudonyms.user_id IS 'Toggl''s id of the person.';
COMMENT ON COLUMN pseudonyms.number IS 'The number in "Person 3".';
