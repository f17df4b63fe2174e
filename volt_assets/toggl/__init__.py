"""Toggl: time entries fetched, read and summed. First in the flow; knows nothing of Fibery."""
