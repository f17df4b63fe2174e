-- Items that unlinked time may have been spent on, each with what speaks for it; rated in `link_suggestions.py`.
WITH
addresses AS (
    SELECT user_id, lower(arg_max(email, week)) AS email
    FROM people, period
    WHERE week <= last_week
    GROUP BY user_id
),
texts AS (SELECT DISTINCT words FROM unlinked_texts WHERE words <> ''),
titles AS (SELECT DISTINCT words FROM suggestible_items WHERE words <> ''),
-- A group of letters says the more the fewer titles have it. In thousandths, so that sums are exact and so always the same.
title_groups AS (SELECT words, unnest(letter_groups(words)) AS letters FROM titles),
rarity AS (
    SELECT
        letters,
        count(*) AS titles,
        round(1000 * ln((SELECT count(*) + 1 FROM titles) / (count(*) + 0.5)))::BIGINT AS weight
    FROM title_groups
    GROUP BY letters
),
text_groups AS (SELECT words, unnest(letter_groups(words)) AS letters FROM texts),
text_weights AS (
    SELECT text_groups.words, sum(coalesce(weight, round(1000 * ln(2.0 * (SELECT count(*) + 1 FROM titles)))::BIGINT)) AS weight
    FROM text_groups
    LEFT JOIN rarity USING (letters)
    GROUP BY ALL
),
title_weights AS (SELECT words, sum(weight) AS weight FROM title_groups JOIN rarity USING (letters) GROUP BY ALL),
-- What a fifth of the titles have distinguishes nothing, and would make the join square.
distinctive AS (SELECT * FROM rarity WHERE titles <= greatest(10, (SELECT count(*) FROM titles) // 5)),
shared AS (
    SELECT text_groups.words, title_groups.words AS title, sum(weight) AS weight, count(*) AS letters
    FROM text_groups
    JOIN distinctive USING (letters)
    JOIN title_groups USING (letters)
    GROUP BY ALL
),
similar_titles AS (
    SELECT
        words,
        title,
        shared.weight / text_weights.weight AS of_text,
        shared.weight / title_weights.weight AS of_title,
        letters
    FROM shared
    JOIN text_weights USING (words)
    JOIN title_weights ON title_weights.words = title
    WHERE shared.weight >= 0.45 * text_weights.weight
),
by_title AS (
    SELECT user_id, description, entity_type, public_id, of_text, of_title, letters
    FROM unlinked_texts
    JOIN similar_titles USING (words)
    JOIN suggestible_items AS items ON items.words = title
),
by_text AS (
    SELECT
        unlinked.user_id,
        unlinked.description,
        links.entity_type,
        links.public_id,
        coalesce(sum(links.days) FILTER (WHERE links.user_id = unlinked.user_id), 0) AS own_days,
        sum(links.days) AS days,
        max(links.last_day) FILTER (WHERE links.user_id = unlinked.user_id) AS own_last_day
    FROM unlinked_texts AS unlinked
    JOIN earlier_links AS links USING (words)
    WHERE unlinked.words <> ''
    GROUP BY ALL
),
shares AS (
    SELECT
        *,
        own_days / nullif(sum(own_days) OVER text, 0) AS own_share,
        days / sum(days) OVER text AS share
    FROM by_text
    WINDOW text AS (PARTITION BY user_id, description)
),
by_id AS (
    SELECT user_id, description, entity_type, public_id, count(*) OVER (PARTITION BY user_id, description, public_id) AS items_of_id
    FROM (SELECT user_id, description, unnest(ids) AS public_id FROM unlinked_texts)
    JOIN suggestible_items USING (public_id)
),
found AS (
    SELECT user_id, description, entity_type, public_id FROM by_title
    UNION
    SELECT user_id, description, entity_type, public_id FROM shares
    UNION
    SELECT user_id, description, entity_type, public_id FROM by_id
),
own AS (
    SELECT user_id, entity_type, public_id, max(last_day) AS last_worked_on FROM earlier_links GROUP BY ALL
)
SELECT
    user_id,
    description,
    entity_type AS type,
    public_id,
    items.name,
    items.url,
    items.closed_long_ago,
    by_title.of_text,
    by_title.of_title,
    by_title.letters,
    shares.own_share,
    shares.share,
    shares.own_last_day,
    by_id.items_of_id,
    own.last_worked_on,
    coalesce(own.last_worked_on >= first_day - INTERVAL 28 DAY, false) AS worked_on_lately,
    coalesce(NOT items.closed AND list_contains(items.assignees, addresses.email), false) AS assigned_in_progress
FROM found
JOIN suggestible_items AS items USING (entity_type, public_id)
CROSS JOIN period
LEFT JOIN by_title USING (user_id, description, entity_type, public_id)
LEFT JOIN shares USING (user_id, description, entity_type, public_id)
LEFT JOIN by_id USING (user_id, description, entity_type, public_id)
LEFT JOIN own USING (user_id, entity_type, public_id)
LEFT JOIN addresses USING (user_id)
ORDER BY user_id, description, entity_type, len(public_id), public_id
