-- What the link doctor compares texts by: their words, in lower case, without accents, ids, tags and punctuation; and of the words
-- the groups of three letters, blanks at both ends included, so that neither order nor a slip of the finger matters much.
CREATE OR REPLACE TEMP MACRO plain_words(typed) AS trim(
    regexp_replace(
        regexp_replace(lower(strip_accents(coalesce(typed, ''))), '#[0-9]+|\[[^\]]*\]', ' ', 'g'), '[^\p{L}\p{N}]+', ' ', 'g'
    )
);
CREATE OR REPLACE TEMP MACRO letter_groups(words) AS list_distinct(
    [
        (' ' || words || ' ')[place:place + 2]
        FOR place IN range(1, len(words) + 1)
        IF (' ' || words || ' ')[place + 1] <> ' '
    ]
);
