"""Lookups that failed: how many a run can bear, and what is said of them.

A run bears one database that does not answer: its rows have failed, the others are stored. It fails, and what is
stored stays as it was, where more than half of all lookups failed and not only those of one of several databases; or
where Fibery refused more than half of a database's lookups, and at least `MANY` of them: what it refuses it will refuse
again, until somebody mends the query or the permissions.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from volt_assets.errors import ServiceError
from volt_assets.formatting import plural

MANY = 5

Key = tuple[str, str]


class LookupsFailed(ServiceError):
    """Too many lookups failed for a run to store the others. Exit code 1."""

    code = "lookups_failed"


def require_answers(rows: Sequence[Mapping[str, Any]], refused: Set[Key]) -> None:
    """Raises LookupsFailed where more of these rows of `enriched_entities` have failed than a run can bear.

    `refused` holds those (type, public id) of which Fibery said in an answer that it gives none.
    """
    asked = [row for row in rows if row["status"] != "not_configured"]
    failed = [row for row in asked if row["status"] == "failed"]
    in_all, by_type = (Counter(row["entity_type"] for row in some) for some in (asked, failed))
    refused_by_type = Counter(row["entity_type"] for row in failed if (row["entity_type"], row["public_id"]) in refused)
    unbearable = [name for name, count in refused_by_type.items() if count >= MANY and 2 * count > in_all[name]]
    if 2 * len(failed) > len(asked) and (len(by_type) > 1 or len(failed) == len(asked)):
        unbearable = list(by_type)
    if unbearable:
        said = summary(row for row in asked if row["entity_type"] in unbearable)
        raise LookupsFailed("Fibery", f"{said}. What was stored is unchanged.")


def summary(rows: Iterable[Mapping[str, Any]]) -> str:
    """How many of these rows have failed, of which databases and why; empty where none has."""
    rows = list(rows)
    failed = Counter((row["entity_type"], row["problems"][0]) for row in rows if row["status"] == "failed")
    if not failed:
        return ""
    reasons = "; ".join(
        f"{plural(count, 'work item')} of {name}: {why.rstrip('.')}" for (name, why), count in failed.items()
    )
    return f"{failed.total()} of {plural(len(rows), 'lookup')} failed ({reasons})"
