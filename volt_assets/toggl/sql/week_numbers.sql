-- A week's tracked time in numbers, without anybody's name or words. $week: a Monday.
SELECT
    count(*) AS rows,
    coalesce(sum(entries), 0)::BIGINT AS entries,
    coalesce(sum(seconds), 0)::BIGINT AS tracked_seconds,
    coalesce(sum(hundredths), 0)::BIGINT AS tracked_hundredths,
    coalesce(sum(seconds) FILTER (WHERE linked), 0)::BIGINT AS linked_seconds,
    count(DISTINCT user_id) AS people,
    count(DISTINCT (label, public_id)) FILTER (WHERE linked) AS entities
FROM tracked_time
WHERE week = $week
