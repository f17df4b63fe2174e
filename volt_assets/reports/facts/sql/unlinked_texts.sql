-- Time of the period that is linked to nothing, by person asked for and what they typed. Without a text there is nothing to go by.
CREATE OR REPLACE TEMP TABLE unlinked_texts AS
SELECT
    user_id,
    description,
    plain_words(description) AS words,
    list_distinct(flatten(list(ids))) AS ids,
    sum(seconds)::BIGINT AS seconds,
    sum(entries)::BIGINT AS entries
FROM period_time
WHERE NOT linked AND asked AND description IS NOT NULL
GROUP BY user_id, description
