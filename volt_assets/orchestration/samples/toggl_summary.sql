SELECT markdown FROM toggl_summary WHERE week = (SELECT max(week) FROM toggl_summary)
