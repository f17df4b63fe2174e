"""Where the time went before anything is known from Fibery, as Markdown: by person, work items as their tags name them.

Reads `tracked_time` and `people` alone. What Fibery adds is in `reports/`.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from volt_assets.formatting import hundredths, percentages, period, render
from volt_assets.warehouse import Connection, query, read_rows
from volt_assets.weeks import iso_week, week_of

TEMPLATES = Path(__file__).parent / "templates"


def summary_markdown(
    connection: Connection, first_day: date, last_day: date, user_ids: Sequence[int] | None, timezone: str
) -> str:
    """The summary of the days first_day..last_day (both included) for these people (None: everybody).

    `timezone` is the zone in which the stored weeks' days are reckoned.
    """
    parameters = {
        "first_day": first_day,
        "last_day": last_day,
        "user_ids": None if user_ids is None else list(user_ids),
    }
    people = read_rows(connection, query("toggl/sql/summary_people.sql"), parameters)
    activities = defaultdict(list)
    for row in read_rows(connection, query("toggl/sql/summary_activities.sql"), parameters):
        activities[row["user_id"], row["linked"]].append(row)
    linked, other = hundredths([sum(p["linked_seconds"] for p in people), sum(p["other_seconds"] for p in people)])
    linked_parts = hundredths([person["linked_seconds"] for person in people], linked)
    other_parts = hundredths([person["other_seconds"] for person in people], other)
    names = [person["name"] for person in people]
    for person, linked_part, other_part in zip(people, linked_parts, other_parts, strict=True):
        # The addresses disambiguate two people of one name.
        several = names.count(person["name"]) > 1
        person |= {
            "label": f"{person['name']} ({person['email'] or person['user_id']})" if several else person["name"],
            "linked": linked_part,
            "other": other_part,
            "shares": percentages([person["linked_seconds"], person["other_seconds"]]),
            "items": _printed(activities[person["user_id"], True], linked_part),
            "activities": _printed(activities[person["user_id"], False], other_part),
        }
    return render(
        TEMPLATES,
        "summary.md.j2",
        days=period(first_day, last_day),
        week=iso_week(first_day) if week_of(first_day) == first_day and (last_day - first_day).days == 6 else None,
        timezone=timezone,
        people=people,
        linked=linked,
        other=other,
        shares=percentages([sum(p["linked_seconds"] for p in people), sum(p["other_seconds"] for p in people)]),
        entries=sum(person["entries"] for person in people),
        entities=len(
            {(row["public_id"], *row["label"]) for rows in activities.values() for row in rows if row["linked"]}
        ),
    )


def _printed(rows: Sequence[dict[str, Any]], total: int) -> list[dict[str, Any]]:
    """The rows with their time in hundredths of an hour that add up to `total`."""
    parts = hundredths([row["seconds"] for row in rows], total)
    return [row | {"printed": part} for row, part in zip(rows, parts, strict=True)]
