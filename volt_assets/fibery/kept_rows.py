"""Stored rows of `enriched_entities`, and texts in them, that stay, since a later lookup of the work item failed."""

from collections.abc import Iterable, Mapping
from typing import Any

# These begin the problems of a row that say so.
_NOTE = "The lookup failed, and what Fibery said before is kept: "
UNREAD = "Not all texts were sent by Fibery; those known before are kept: "

EnrichedRow = Mapping[str, Any]


def found_or_kept(new: Iterable[EnrichedRow], stored: Iterable[EnrichedRow]) -> list[dict[str, Any]]:
    """A week's new rows; in place of one that has failed, what is stored of the same reference, where that was found;
    in place of texts that were not sent, those that are stored.

    A row that stays keeps its `fetched_at`, and says among its problems why it was not replaced.
    """
    found = {_reference(row): row for row in stored if row["status"] == "found"}
    rows = []
    for row in new:
        before = found.get(_reference(row))
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


def _reference(row: EnrichedRow) -> tuple[str, ...]:
    return (row["public_id"], *row["label"])
