"""Facts of a small report to write about."""

from datetime import date
from typing import Any

from volt_assets.formatting import rounded
from volt_assets.reports.facts.models import (
    Before,
    Comment,
    Entity,
    Figures,
    IndividualFacts,
    LeftOut,
    Parent,
    Period,
    Person,
    Plan,
    Project,
    ProjectTime,
    TeamFacts,
    Trend,
)

WEEK = Period(first_day=date(2025, 10, 6), last_day=date(2025, 10, 12), timezone="UTC", fetched_at=None, weeks=[])


def comments(*texts: str, author: str | None = None) -> list[Comment]:
    return [Comment(author=author, day=WEEK.first_day, text=text) for text in texts]


def project_time(name: str | None, seconds: int) -> ProjectTime:
    return ProjectTime(project=name, seconds=seconds, hundredths=rounded(seconds))


def project_of(name: str | None, seconds: int, **known: int) -> Project:
    return Project(project=name, seconds=seconds, hundredths=rounded(seconds), **known)


def spent(linked: int = 0, other: int = 0, **known: Any) -> Figures:
    """Of seconds on work items and others."""
    return Figures(
        tracked_seconds=linked + other,
        linked_seconds=linked,
        other_seconds=other,
        linked_hundredths=rounded(linked),
        other_hundredths=rounded(other),
        **known,
    )


def plan(**seconds: int) -> Plan:
    """With the hundredths of what was spent."""
    printed = {name: rounded(value) for name, value in seconds.items() if "spent" in name}
    printed.pop("own_spent_in_all_seconds", None)
    printed.pop("spent_in_all_seconds", None)
    return Plan(**seconds, **{name.replace("seconds", "hundredths"): value for name, value in printed.items()})


def usual(seconds: int, weeks: int) -> Trend:
    return Trend(usual_seconds=seconds, usual_hundredths=rounded(seconds), usual_weeks=weeks)


def entity(public_id: str, name: str, seconds: int, **known: Any) -> Entity:
    usual: dict[str, Any] = {
        "type": "Scrum/Bug",
        "public_id": public_id,
        "outcome": "found",
        "name": name,
        "title": None,
        "labels": [],
        "url": f"https://x.example/{public_id}",
        "seconds": seconds,
        "hundredths": rounded(seconds),
        "entries": 2,
        "days": [date(2025, 10, 6)],
        "projects": [project_time("Moneyball", seconds)],
        "configured": True,
        "state": "In Progress",
        "state_final": False,
        "finished": False,
        "closed_date_unknown": False,
        "assignees": None,
        "description": None,
        "comments": None,
        "fields": {},
        "missing": [],
        "problems": [],
        **dict.fromkeys(("planned_start", "planned_end", "actual_start", "actual_end")),
        **dict.fromkeys(("days_late", "days_overdue", "enriched_at")),
    }
    return Entity(**usual | known)


LOGIN = entity("417", "Fix login", 3 * 3600, plan=plan(estimate_seconds=3600, over_seconds=7200))
MOVE = entity(
    "12",
    "Move from Oracle to Postgres",
    3600,
    type="Scrum/Task",
    state="Done",
    state_final=True,
    finished=True,
    actual_end=date(2025, 10, 8),
    plan=plan(own_spent_before_seconds=60, spent_before_seconds=60),
    parents=[Parent(type="Scrum/Feature", public_id="5", name="Databases")],
)
BEFORE = Before(first_day=date(2025, 9, 29), last_day=date(2025, 10, 5), figures=None, unknown_because="not stored")
FIGURES = spent(14400, 3600, entries=9, entities=2, finished=1)
NO_PROJECT = project_of(None, 3600, entries=5, people=1, entities=0, finished=0)
PROJECT = project_of("Moneyball", 14400, entries=4, people=1, entities=2, finished=1)


def figures_of(entities: list[Entity]) -> dict[str, Any]:
    """Figures and projects that add up: these entities' time, and an hour on nothing."""
    linked = sum(each.seconds for each in entities)
    printed = sum(each.hundredths for each in entities)
    figures = spent(linked, 3600, entries=9, entities=len(entities), finished=sum(each.finished for each in entities))
    return {
        "figures": figures.model_copy(update={"linked_hundredths": printed}),
        "projects": [PROJECT.model_copy(update={"seconds": linked, "hundredths": printed}), NO_PROJECT],
    }


def individual(**known: Any) -> IndividualFacts:
    usual = figures_of(known.get("entities", [LOGIN, MOVE])) | {
        "period": WEEK,
        "user_id": 1,
        "name": "Ann Lee",
        "email": "ann@example.com",
        "before": BEFORE,
        "left_out": LeftOut(),
        "entities": [LOGIN, MOVE],
        "other_activities": [],
    }
    return IndividualFacts(**usual | known)


def person(user_id: int, name: str, seconds: int, other: int = 0) -> Person:
    return Person(
        user_id=user_id,
        name=name,
        email=None,
        figures=spent(seconds - other, other, entries=1),
        tracked_seconds_before=None,
        tracked_hundredths_before=None,
        coverage={},
        projects=[project_time("Moneyball", seconds)],
    )


def team(**known: Any) -> TeamFacts:
    usual: dict[str, Any] = {
        "period": WEEK,
        "figures": FIGURES,
        "before": BEFORE,
        "left_out": LeftOut(),
        "people": [person(1, "Ann Lee", 10800), person(2, "Ben Ode", 7200, other=3600)],
        "absent_seconds_before": None,
        "absent_hundredths_before": None,
        "projects": [PROJECT, NO_PROJECT],
        "entities": [LOGIN, MOVE],
        "coverage": {},
        "outcomes": [],
        "unknown_types": [],
    }
    return TeamFacts(**usual | known)


USUAL = usual(7200, 4)
