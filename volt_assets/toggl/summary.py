"""Where the time went before anything is known from Fibery, as Markdown: by person, work items as their tags name them.

Reads `tracked_time` and `people` alone. What Fibery adds is in `reports/`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from volt_assets.formatting import HoursForm, percentages, period, printing, render
from volt_assets.warehouse import Connection, query, read_rows
from volt_assets.weeks import iso_week, week_of

TEMPLATES = Path(__file__).parent / "templates"


def summary_markdown(
    connection: Connection,
    first_day: date,
    last_day: date,
    user_ids: Sequence[int] | None,
    timezone: str,
    hours: HoursForm = "decimal",
) -> str:
    """The summary of the days first_day..last_day (both included) for these people (None: everybody).

    `timezone` is the zone in which the stored weeks' days are reckoned, `hours` the form in which hours are printed.
    """
    parameters = {
        "in_minutes": hours == "hm",
        "first_day": first_day,
        "last_day": last_day,
        "user_ids": None if user_ids is None else list(user_ids),
    }
    people = read_rows(connection, query("toggl/sql/summary_people.sql"), parameters)
    activities = defaultdict(list)
    for row in read_rows(connection, query("toggl/sql/summary_activities.sql"), parameters):
        activities[row["user_id"], row["linked"]].append(row)
    names = [person["name"] for person in people]
    for person in people:
        # The addresses disambiguate two people of one name.
        several = names.count(person["name"]) > 1
        person |= {
            "label": f"{person['name']} ({person['email'] or person['user_id']})" if several else person["name"],
            "shares": percentages([person["linked_seconds"], person["other_seconds"]]),
            "items": activities[person["user_id"], True],
            "activities": activities[person["user_id"], False],
        }
    with printing(hours):
        return _rendered(people, activities, first_day, last_day, timezone)


def _rendered(
    people: Sequence[Mapping[str, Any]],
    activities: Mapping[tuple[int, bool], Sequence[Mapping[str, Any]]],
    first_day: date,
    last_day: date,
    timezone: str,
) -> str:
    return render(
        TEMPLATES,
        "summary.md.j2",
        days=period(first_day, last_day),
        week=iso_week(first_day) if week_of(first_day) == first_day and (last_day - first_day).days == 6 else None,
        timezone=timezone,
        people=people,
        linked=sum(person["linked"] for person in people),
        other=sum(person["other"] for person in people),
        shares=percentages([sum(p["linked_seconds"] for p in people), sum(p["other_seconds"] for p in people)]),
        entries=sum(person["entries"] for person in people),
        entities=len(
            {(row["public_id"], *row["label"]) for rows in activities.values() for row in rows if row["linked"]}
        ),
    )
