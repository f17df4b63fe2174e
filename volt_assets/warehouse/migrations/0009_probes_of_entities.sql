-- What showed of an entity when it was fetched, to see later whether it has changed since.
ALTER TABLE enriched_entities ADD COLUMN probe VARCHAR;
COMMENT ON COLUMN enriched_entities.probe IS
    'Digest of what shows a change: when the entity, what is above it and its texts were modified, and its count of comments.';
