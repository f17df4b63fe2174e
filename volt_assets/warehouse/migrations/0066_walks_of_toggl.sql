-- Pages of Toggl that were paid for, until the weeks in them are stored: a run that ends before goes on there.
CREATE TABLE toggl_walks (
    walk_id VARCHAR PRIMARY KEY,
    api VARCHAR NOT NULL,
    workspace_id BIGINT NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    user_ids BIGINT[],
    began_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE toggl_walks IS 'Walks over Toggl''s pages whose weeks are not all stored yet. A walk is removed with its pages when they are, when its entries changed meanwhile, or after a week.';
COMMENT ON COLUMN toggl_walks.walk_id IS 'A number by chance.';
COMMENT ON COLUMN toggl_walks.api IS 'Origin of the API.';
COMMENT ON COLUMN toggl_walks.workspace_id IS 'Number of the workspace.';
COMMENT ON COLUMN toggl_walks.first_day IS 'First day that was requested.';
COMMENT ON COLUMN toggl_walks.last_day IS 'Last day that was requested, included.';
COMMENT ON COLUMN toggl_walks.user_ids IS 'Toggl''s ids of the people whose entries were requested, in order; null for everybody.';
COMMENT ON COLUMN toggl_walks.began_at IS 'When it began (UTC).';
CREATE TABLE toggl_walk_pages (
    walk_id VARCHAR,
    page INTEGER,
    entries JSON NOT NULL,
    following JSON NOT NULL,
    read_at TIMESTAMP NOT NULL,
    PRIMARY KEY (walk_id, page)
);
COMMENT ON TABLE toggl_walk_pages IS 'The pages of toggl_walks as they came.';
COMMENT ON COLUMN toggl_walk_pages.walk_id IS 'The walk.';
COMMENT ON COLUMN toggl_walk_pages.page IS 'Which page of the walk: 1, 2 and so on.';
COMMENT ON COLUMN toggl_walk_pages.entries IS 'Its entries, as read.';
COMMENT ON COLUMN toggl_walk_pages.following IS 'The cursor of the next page; empty on the last.';
COMMENT ON COLUMN toggl_walk_pages.read_at IS 'When Toggl was asked for it (UTC).';
