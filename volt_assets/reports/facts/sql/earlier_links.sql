-- What each person linked up to the period's end, in all stored weeks: the item and the words before its id.
WITH
answers AS (
    SELECT label, public_id, entity_type
    FROM enriched_entities, period
    WHERE status = 'found' AND week <= last_week
    QUALIFY row_number() OVER (PARTITION BY label, public_id ORDER BY week DESC) = 1
),
typed AS (
    SELECT user_id, label, public_id, title, max(day) AS last_day, count(DISTINCT day) AS days
    FROM tracked_time, period
    WHERE linked AND week <= last_week AND day <= period.last_day
    GROUP BY ALL
)
SELECT
    user_id, entity_type, public_id, plain_words(title) AS words, max(typed.last_day) AS last_day, sum(days)::BIGINT AS days
FROM typed
JOIN answers USING (label, public_id)
GROUP BY ALL
