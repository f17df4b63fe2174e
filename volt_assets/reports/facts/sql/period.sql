-- What is requested: the days (both included), the weeks they touch, and whose reports ($user_ids NULL: everybody's).
-- Their queries read it. `unit_seconds` is what printed hours count. $first_day, $last_day, $user_ids, $unit_seconds
SELECT
    $first_day::DATE AS first_day,
    $last_day::DATE AS last_day,
    date_trunc('week', $first_day::DATE)::DATE AS first_week,
    date_trunc('week', $last_day::DATE)::DATE AS last_week,
    $user_ids::BIGINT[] AS user_ids,
    $unit_seconds::BIGINT AS unit_seconds
