"""Facts of a small report to write about."""

from datetime import date
from typing import Any

from volt_assets.reports.facts.models import (
    Before,
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
        "entries": 2,
        "days": [date(2025, 10, 6)],
        "projects": [ProjectTime(project="Moneyball", seconds=seconds)],
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


LOGIN = entity("417", "Fix login", 3 * 3600, plan=Plan(estimate_seconds=3600, over_seconds=7200))
MOVE = entity(
    "12",
    "Move from Oracle to Postgres",
    3600,
    type="Scrum/Task",
    state="Done",
    state_final=True,
    finished=True,
    actual_end=date(2025, 10, 8),
    plan=Plan(own_spent_before_seconds=60, spent_before_seconds=60),
    parents=[Parent(type="Scrum/Feature", public_id="5", name="Databases")],
)
BEFORE = Before(first_day=date(2025, 9, 29), last_day=date(2025, 10, 5), figures=None, unknown_because="not stored")
FIGURES = Figures(tracked_seconds=18000, linked_seconds=14400, other_seconds=3600, entries=9, entities=2, finished=1)
NO_PROJECT = Project(project=None, seconds=3600, entries=5, people=1, entities=0, finished=0)
PROJECT = Project(project="Moneyball", seconds=14400, entries=4, people=1, entities=2, finished=1)


def figures_of(entities: list[Entity]) -> dict[str, Any]:
    """Figures and projects that add up: these entities' time, and an hour on nothing."""
    linked = sum(each.seconds for each in entities)
    figures = Figures(
        tracked_seconds=linked + 3600,
        linked_seconds=linked,
        other_seconds=3600,
        entries=9,
        entities=len(entities),
        finished=sum(each.finished for each in entities),
    )
    return {"figures": figures, "projects": [PROJECT.model_copy(update={"seconds": linked}), NO_PROJECT]}


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
        figures=Figures(tracked_seconds=seconds, linked_seconds=seconds - other, other_seconds=other, entries=1),
        tracked_seconds_before=None,
        coverage={},
        projects=[ProjectTime(project="Moneyball", seconds=seconds)],
    )


def team(**known: Any) -> TeamFacts:
    usual: dict[str, Any] = {
        "period": WEEK,
        "figures": FIGURES,
        "before": BEFORE,
        "left_out": LeftOut(),
        "people": [person(1, "Ann Lee", 10800), person(2, "Ben Ode", 7200, other=3600)],
        "absent_seconds_before": None,
        "projects": [PROJECT, NO_PROJECT],
        "entities": [LOGIN, MOVE],
        "coverage": {},
        "outcomes": [],
        "unknown_types": [],
    }
    return TeamFacts(**usual | known)


USUAL = Trend(usual_seconds=7200, usual_weeks=4)
