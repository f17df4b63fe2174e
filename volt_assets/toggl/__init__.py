"""Toggl: time entries fetched, read and summed. First in the flow; knows nothing of Fibery.

1. `fetching.py` walks over the pages of `client.py`, and yields weeks that add up to Toggl's own totals.
2. `ingestion.py` replaces each in one transaction (`storage.py`); `changes.py` keeps a ledger of what was edited.
3. `descriptions.py` reads the reference in a description; `storage.py` sums time by it, `summary.py` prints it.
4. `late_edits.py` finds out which stored weeks Toggl has changed since, so that they are fetched again.
5. `assets.py` and `checks.py` show all of it to Dagster.
"""
