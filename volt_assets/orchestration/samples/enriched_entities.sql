-- estimate against the time of the week
SELECT e.entity_type, e.public_id, e.name, e.state,
       any_value(e.estimate_seconds) / 3600 AS estimated_hours, sum(t.seconds) / 3600 AS hours
FROM enriched_entities AS e JOIN tracked_time AS t USING (week, public_id, label)
WHERE e.week = (SELECT max(week) FROM enriched_entities)
GROUP BY ALL ORDER BY hours DESC
