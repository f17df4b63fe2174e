"""Stored rows of `enriched_entities` that stay, since a later lookup of the same work item failed."""

from collections.abc import Iterable, Mapping
from typing import Any

# Begins the problem that says so.
_NOTE = "The lookup failed, and what Fibery said before is kept: "

EnrichedRow = Mapping[str, Any]


def found_or_kept(new: Iterable[EnrichedRow], stored: Iterable[EnrichedRow]) -> list[dict[str, Any]]:
    """A week's new rows; in place of one that has failed, what is stored of the same reference, where that was found.

    A row that stays keeps its `fetched_at`, and says among its problems why it was not replaced.
    """
    found = {_reference(row): row for row in stored if row["status"] == "found"}
    rows = []
    for row in new:
        before = found.get(_reference(row)) if row["status"] == "failed" else None
        if before is None:
            rows.append(dict(row))
            continue
        kept = without_note(before)
        kept["problems"] = [*kept["problems"], *(f"{_NOTE}{reason}" for reason in row["problems"])]
        rows.append(kept)
    return rows


def without_note(row: EnrichedRow) -> dict[str, Any]:
    """A row without the problem of a lookup that failed, for when a later one did not."""
    return {**row, "problems": [each for each in row["problems"] or [] if not each.startswith(_NOTE)]}


def _reference(row: EnrichedRow) -> tuple[str, ...]:
    return (row["public_id"], *row["label"])
