-- Time of the period that is linked to nothing, by requested person and what they typed. Without a text there is nothing to go by.
SELECT
    user_id,
    description,
    plain_words(description) AS words,
    list_distinct(flatten(list(ids))) AS ids,
    sum(seconds)::BIGINT AS seconds,
    sum(hundredths)::BIGINT AS hundredths,
    sum(entries)::BIGINT AS entries
FROM period_time
WHERE NOT linked AND requested AND description IS NOT NULL
GROUP BY user_id, description
