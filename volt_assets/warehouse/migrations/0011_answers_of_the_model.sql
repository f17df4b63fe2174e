-- What a model answered, so that an unchanged report costs nothing.
CREATE TABLE model_answers (
    key VARCHAR PRIMARY KEY,
    model VARCHAR NOT NULL,
    answers JSON NOT NULL,
    tokens BIGINT NOT NULL,
    cost_usd DOUBLE,
    answered_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE model_answers IS 'Answers of the model that writes sentences, by what it was asked.';
COMMENT ON COLUMN model_answers.key IS 'A hash of the model''s name and of all that it was sent: facts, texts, prompt, form of the answer.';
COMMENT ON COLUMN model_answers.model IS 'The model''s name.';
COMMENT ON COLUMN model_answers.answers IS 'Its answer, and that to the sentences that were refused in the first, as they came.';
COMMENT ON COLUMN model_answers.tokens IS 'Tokens that the answers took, what was sent included.';
COMMENT ON COLUMN model_answers.cost_usd IS 'What they cost in US dollars; NULL where the price is not known.';
COMMENT ON COLUMN model_answers.answered_at IS 'When, UTC.';
