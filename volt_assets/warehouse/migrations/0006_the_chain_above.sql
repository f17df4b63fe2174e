-- What an entity is part of, up to three levels, in place of the one level.
ALTER TABLE enriched_entities ADD COLUMN parents JSON;
UPDATE enriched_entities SET parents = json_array(parent) WHERE parent IS NOT NULL AND json_type(parent) = 'OBJECT';
ALTER TABLE enriched_entities DROP COLUMN parent;
COMMENT ON COLUMN enriched_entities.parents IS
    '[{type, public_id, fibery_id, name, url, state, state_final, items, items_done}] of what it is part of, nearest first.';
