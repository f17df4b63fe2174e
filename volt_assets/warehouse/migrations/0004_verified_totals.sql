-- What each fetch held, per person, when Toggl's totals confirmed it: entries (running ones included) and seconds. Whoever had
-- no time has no row. The entries stored must still add up to it.
CREATE TABLE verified_totals (
    week DATE NOT NULL,
    user_id BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    seconds BIGINT NOT NULL,
    PRIMARY KEY (week, user_id)
);

-- What is stored already was verified before it was committed.
INSERT INTO verified_totals
SELECT week, user_id, count(*), coalesce(sum(seconds), 0)
FROM toggl_time_entries
GROUP BY week, user_id;
