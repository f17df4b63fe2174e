-- A number for each of $user_ids who has none yet, in no order that could reveal who it is.
INSERT INTO pseudonyms
SELECT user_id, (SELECT coalesce(max(number), 0) FROM pseudonyms) + row_number() OVER (ORDER BY chance, user_id)
FROM (SELECT user_id, random() AS chance FROM (SELECT unnest($user_ids::BIGINT[]) AS user_id))
WHERE user_id NOT IN (SELECT user_id FROM pseudonyms)
