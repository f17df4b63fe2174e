-- everybody's hours, as their reports state them
SELECT facts->>'name' AS name, (facts->'figures'->>'tracked_seconds')::BIGINT / 3600 AS hours, version
FROM individual_reports
WHERE week = '2025-10-06' ORDER BY name
