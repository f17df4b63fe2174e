-- the team's hours, week by week
SELECT week, (facts->'figures'->>'tracked_seconds')::BIGINT / 3600 AS hours
FROM team_report ORDER BY week
