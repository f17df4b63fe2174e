-- A number for everybody who has none yet, in no order that could tell anything.
INSERT INTO pseudonyms
SELECT user_id, (SELECT coalesce(max(number), 0) FROM pseudonyms) + row_number() OVER (ORDER BY chance, user_id)
FROM (
    SELECT user_id, random() AS chance
    FROM (
        SELECT user_id FROM people
        UNION
        SELECT user_id FROM toggl_time_entries
    )
    WHERE user_id NOT IN (SELECT user_id FROM pseudonyms)
)
