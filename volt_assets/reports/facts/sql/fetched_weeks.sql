-- The weeks from $first to $last of which everybody's entries are stored, for $timezone.
SELECT week FROM toggl_weeks WHERE week BETWEEN $first AND $last AND everybody AND timezone = $timezone ORDER BY week
