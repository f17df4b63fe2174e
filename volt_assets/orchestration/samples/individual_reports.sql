-- everybody's hours, as their reports state them
SELECT facts->>'name' AS name, (facts->'figures'->>'tracked_seconds')::BIGINT / 3600 AS hours, version
FROM individual_reports
WHERE week = (SELECT max(week) FROM individual_reports) ORDER BY name
