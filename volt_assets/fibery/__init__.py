"""Fibery: the work items that time was spent on. Second in the flow; reads what `toggl` stored."""
