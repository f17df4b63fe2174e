-- Note of which entries the week $week was summed.
INSERT OR REPLACE INTO summed_weeks
SELECT $week, coalesce((SELECT version FROM entry_versions WHERE week = $week), 'none')
