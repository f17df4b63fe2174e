-- Plan against actual of the period's entities, up to the period's end, over all stored weeks: for each requested person, and for
-- the team (user_id NULL). $everybody: whether everybody's entries of the period were fetched; otherwise what all of them spent
-- is unknown.
WITH
before AS (
    SELECT
        time.user_id, meanings.entity_type, time.public_id,
        sum(time.seconds)::BIGINT AS seconds, sum(time.hundredths)::BIGINT AS hundredths
    FROM printed_time AS time, period, label_meanings AS meanings
    WHERE time.linked AND time.day < first_day AND time.label = meanings.label AND time.public_id = meanings.public_id
    GROUP BY ALL
),
before_by_all AS (
    SELECT entity_type, public_id, sum(seconds)::BIGINT AS seconds, sum(hundredths)::BIGINT AS hundredths FROM before GROUP BY ALL
),
own AS (
    SELECT user_id, entity_type, public_id, sum(seconds)::BIGINT AS seconds, sum(hundredths)::BIGINT AS hundredths
    FROM period_time
    WHERE linked AND requested
    GROUP BY GROUPING SETS ((user_id, entity_type, public_id), (entity_type, public_id))
),
spent AS (
    SELECT
        own.user_id,
        entity_type,
        public_id,
        estimate_seconds,
        CASE WHEN $everybody THEN coalesce(before_by_all.seconds, 0) END AS spent_before_seconds,
        CASE WHEN $everybody THEN everyones_seconds END AS spent_seconds,
        CASE WHEN $everybody THEN coalesce(before_by_all.seconds, 0) + everyones_seconds END AS spent_in_all_seconds,
        CASE WHEN $everybody THEN coalesce(before_by_all.hundredths, 0) END AS spent_before_hundredths,
        CASE WHEN $everybody THEN everyones_hundredths END AS spent_hundredths,
        CASE WHEN own.user_id IS NOT NULL THEN coalesce(before.hundredths, 0) END AS own_spent_before_hundredths,
        CASE WHEN own.user_id IS NOT NULL THEN own.hundredths END AS own_spent_hundredths,
        CASE WHEN own.user_id IS NOT NULL THEN coalesce(before.seconds, 0) END AS own_spent_before_seconds,
        CASE WHEN own.user_id IS NOT NULL THEN coalesce(before.seconds, 0) + own.seconds END AS own_spent_in_all_seconds
    FROM own
    JOIN period_entities AS entities USING (entity_type, public_id)
    LEFT JOIN before_by_all USING (entity_type, public_id)
    LEFT JOIN before USING (user_id, entity_type, public_id)
)
SELECT
    *,
    -- Of an unknown both differences are unknown: greatest() would pass over it.
    CASE WHEN estimate_seconds - spent_in_all_seconds IS NOT NULL THEN greatest(estimate_seconds - spent_in_all_seconds, 0) END
        AS remaining_seconds,
    CASE WHEN estimate_seconds - spent_in_all_seconds IS NOT NULL THEN greatest(spent_in_all_seconds - estimate_seconds, 0) END
        AS over_seconds
FROM spent
