"""Lookups that failed: how many make a run fail, how they are reported, and the stored rows that they do not replace.

A run goes on where one database does not answer: its rows have failed, the others are stored. It fails, and what is
stored stays as it was, where more than half of all lookups failed and not only those of one of several databases; or
where Fibery refused more than half of a database's lookups, and at least `MANY` of them: what it refuses it will refuse
again, until somebody mends the query or the permissions.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from volt_assets.errors import ServiceError
from volt_assets.fibery.references import reference_key
from volt_assets.formatting import plural

MANY = 5

EnrichedRow = Mapping[str, Any]

# These begin the problems of a row that report it.
_NOTE = "The lookup failed, and what Fibery said before is kept: "
UNREAD = "Not all texts were sent by Fibery; those known before are kept: "


class LookupsFailed(ServiceError):
    """Too many lookups failed to store the others. Exit code 1."""

    code = "lookups_failed"


def require_answers(rows: Sequence[Mapping[str, Any]], refused: Set[tuple[str, str]]) -> None:
    """Raises LookupsFailed where too many of these rows of `enriched_entities` have failed: see the module.

    `refused` holds the (type, public id) of those that Fibery has answered with an error.
    """
    requested = [row for row in rows if row["status"] != "not_configured"]
    failed = [row for row in requested if row["status"] == "failed"]
    in_all, by_type = (Counter(row["entity_type"] for row in some) for some in (requested, failed))
    refused_by_type = Counter(row["entity_type"] for row in failed if (row["entity_type"], row["public_id"]) in refused)
    too_many = [name for name, count in refused_by_type.items() if count >= MANY and 2 * count > in_all[name]]
    if 2 * len(failed) > len(requested) and (len(by_type) > 1 or len(failed) == len(requested)):
        too_many = list(by_type)
    if too_many:
        failures = summary(row for row in requested if row["entity_type"] in too_many)
        raise LookupsFailed("Fibery", f"{failures}. What was stored is unchanged.")


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


# Stored rows that stay


def found_or_kept(new: Iterable[EnrichedRow], stored: Iterable[EnrichedRow]) -> list[dict[str, Any]]:
    """A week's new rows; in place of one that has failed, what is stored of the same reference, where that was found;
    in place of texts that were not sent, those that are stored.

    A row that stays keeps its `fetched_at`, and its problems report why it was not replaced.
    """
    found = {reference_key(row): row for row in stored if row["status"] == "found"}
    rows = []
    for row in new:
        before = found.get(reference_key(row))
        if before is not None and row["status"] == "failed":
            kept = without_note(before)
            rows.append(kept | {"problems": [*kept["problems"], *(_NOTE + reason for reason in row["problems"])]})
        elif before is not None and any(problem.startswith(UNREAD) for problem in row["problems"] or ()):
            rows.append({**row, **_texts(row, before)})
        else:
            rows.append(dict(row))
    return rows


def _texts(row: EnrichedRow, before: EnrichedRow) -> dict[str, Any]:
    """The columns that hold texts, with those of a stored row where the new one has none."""
    written = {(each["author"], each["created_at"]): each["text"] for each in before["comments"] or ()}
    return {
        "description": before["description"] if row["description"] is None else row["description"],
        "fields": {**(before["fields"] or {}), **(row["fields"] or {})},
        "comments": row["comments"]
        and [
            each if each["text"] is not None else {**each, "text": written.get((each["author"], each["created_at"]))}
            for each in row["comments"]
        ],
    }


def without_note(row: EnrichedRow) -> dict[str, Any]:
    """A row without the problem of a lookup that failed, for when a later one did not."""
    return {**row, "problems": [each for each in row["problems"] or [] if not each.startswith(_NOTE)]}
