-- What Toggl's answers said of its hourly quota, so that no run sends a request that Toggl would refuse.
CREATE TABLE toggl_quota (
    api VARCHAR,
    workspace_id BIGINT,
    an_hour INTEGER NOT NULL,
    requests_left INTEGER NOT NULL,
    resets_at TIMESTAMP NOT NULL,
    PRIMARY KEY (api, workspace_id)
);
COMMENT ON TABLE toggl_quota IS 'What the latest answer of Toggl said of the hour''s quota of requests, for each workspace.';
COMMENT ON COLUMN toggl_quota.api IS 'Origin of the API.';
COMMENT ON COLUMN toggl_quota.workspace_id IS 'Number of the workspace.';
COMMENT ON COLUMN toggl_quota.an_hour IS 'Requests that the plan allows an hour, as far as the answers show it.';
COMMENT ON COLUMN toggl_quota.requests_left IS 'Requests left of the hour''s; Toggl''s figure, which can be below zero.';
COMMENT ON COLUMN toggl_quota.resets_at IS 'When the hour ends and the whole quota is there again (UTC).';
