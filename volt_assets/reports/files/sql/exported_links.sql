-- Linked time by person and entity, as the tags name it.
SELECT
    user_id,
    public_id,
    tag_space,
    tag_type,
    tag_project,
    sum(seconds)::BIGINT AS seconds,
    sum(entries)::BIGINT AS entries
FROM period_time
WHERE linked AND requested
GROUP BY user_id, public_id, tag_space, tag_type, tag_project
ORDER BY user_id, seconds DESC, len(public_id), public_id, tag_space, tag_type, tag_project
