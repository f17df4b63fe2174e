"""Reports: facts of a period, and what is rendered of them.

Last in the flow; reads what `toggl` and `fibery` stored.
"""
