-- The work items that a week's linked entries name by their tags, with what people typed as evidence. $week: a Monday.
SELECT
    public_id,
    label,
    arg_max(title, (day, user_id)) AS title,
    arg_max(project_tag, (day, user_id)) AS project_tag,
    sum(seconds)::BIGINT AS seconds
FROM tracked_time
WHERE week = $week AND linked
GROUP BY public_id, label
ORDER BY label, public_id
