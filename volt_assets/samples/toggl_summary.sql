SELECT markdown FROM toggl_summary WHERE week = '2025-10-06'
