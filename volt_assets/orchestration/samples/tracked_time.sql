-- the work items with most time
SELECT label, public_id, sum(seconds) / 3600 AS hours
FROM tracked_time
WHERE linked AND week = (SELECT max(week) FROM tracked_time)
GROUP BY ALL ORDER BY hours DESC
