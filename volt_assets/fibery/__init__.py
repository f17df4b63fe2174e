"""Fibery: the work items that time was spent on. Second in the flow; reads what `toggl` stored.

1. `schema.py` knows the workspace's databases, and `references.py` by it and `configuration.py` what labels mean.
2. `entity_query.py` plans the query for a type of entity; `assigned.py`, `progress.py` and `history.py` the others.
3. `sending.py` puts queries into requests of `client.py`, and what fails into pieces (`splitting.py`, `refusals.py`).
4. `lookups.py` looks entities up and isolates what fails; `rows.py` makes a row of each reference's answer.
5. `enrichment.py` does 2 to 4 for a run's references, `ingestion.py` stores them week by week (`storage.py`).

`assets.py` and `checks.py` show it to Dagster; `failures.py` decides when a run fails, and which rows stay.
"""
