-- The weeks from $first_week to $last_week that were summed of other entries than those stored now.
SELECT week
FROM summed_weeks
LEFT JOIN (SELECT week, version FROM entry_versions WHERE week BETWEEN $first_week AND $last_week) AS now USING (week)
WHERE week BETWEEN $first_week AND $last_week AND entries_version <> coalesce(version, 'none')
ORDER BY week
