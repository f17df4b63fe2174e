-- What the link suggestions compare texts by: their words in lower case, without accents, ids, tags and punctuation; and each
-- word's groups of three letters, blanks at both ends included, so that neither order nor a typing error matters much.
CREATE OR REPLACE TEMP MACRO plain_words(typed) AS trim(
    regexp_replace(
        regexp_replace(lower(strip_accents(coalesce(typed, ''))), '#[0-9]+|\[[^\]]*\]', ' ', 'g'), '[^\p{L}\p{N}]+', ' ', 'g'
    )
);
-- Word by word, so that time and memory grow with a text and not with its square. Only the beginnings of long texts and words
-- are read: they are enough to see which item is meant.
CREATE OR REPLACE TEMP MACRO letter_groups(words) AS list_distinct(
    flatten(
        [
            [(' ' || word || ' ')[index:index + 2] FOR index IN range(1, len(word) + 1)]
            FOR word IN list_distinct([typed[:60] FOR typed IN string_split(words[:2000], ' ')])
        ]
    )
);
