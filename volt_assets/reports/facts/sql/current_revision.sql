-- The latest revision of a week's reported entries; 0 where none were. $week
SELECT coalesce(max(greatest(since_revision, coalesce(until_revision, 0))), 0) FROM reported_entries WHERE week = $week
