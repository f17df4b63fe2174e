-- What the link doctor compares texts by: their words, in lower case, without accents, ids, tags and punctuation; and of the words
-- the groups of three letters, blanks at both ends included, so that neither order nor a slip of the finger matters much.
CREATE OR REPLACE TEMP MACRO plain_words(typed) AS trim(
    regexp_replace(
        regexp_replace(lower(strip_accents(coalesce(typed, ''))), '#[0-9]+|\[[^\]]*\]', ' ', 'g'), '[^\p{L}\p{N}]+', ' ', 'g'
    )
);
-- Word by word, so that time and memory grow with a text and not with its square; and of a text and of a word no more than tells
-- which item is meant.
CREATE OR REPLACE TEMP MACRO letter_groups(words) AS list_distinct(
    flatten(
        [
            [(' ' || word || ' ')[place:place + 2] FOR place IN range(1, len(word) + 1)]
            FOR word IN list_distinct([typed[:60] FOR typed IN string_split(words[:2000], ' ')])
        ]
    )
);
