-- Work items that the week's time is linked to without exactly one reference and exactly one answer, and answers to no reference.
WITH linked AS (
    SELECT DISTINCT week, public_id, label, 1 AS times
    FROM tracked_time
    JOIN checked_weeks USING (week)
    WHERE linked
),
referred AS (
    SELECT week, public_id, label, count(*) AS times
    FROM entity_references
    JOIN checked_weeks USING (week)
    GROUP BY ALL
),
enriched AS (
    SELECT week, public_id, label, count(*) AS times
    FROM enriched_entities
    JOIN checked_weeks USING (week)
    GROUP BY ALL
)
SELECT
    week,
    public_id,
    coalesce(linked.times, 0) AS linked,
    coalesce(referred.times, 0) AS references,
    coalesce(enriched.times, 0) AS answers
FROM linked
FULL JOIN referred USING (week, public_id, label)
FULL JOIN enriched USING (week, public_id, label)
WHERE (linked.times, referred.times, enriched.times) IS DISTINCT FROM (1, 1, 1)
ORDER BY week, len(public_id), public_id, label
