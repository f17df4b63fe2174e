"""A small warehouse to report on: entries stored and summed as the assets do it; each test gives Fibery's answers."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from volt_assets.reports.facts.period import period_facts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.rendering.html import page_of
from volt_assets.reports.rendering.markdown import markdown_of
from volt_assets.reports.report import Report
from volt_assets.reports.rules import ReportRules
from volt_assets.reports.view.report import view_of
from volt_assets.toggl.storage import store_tracked_time
from volt_assets.warehouse import Connection, insert_rows, migrate
from volt_assets.weeks import week_of, weeks_between

MONDAY = date(2025, 10, 6)
SUNDAY = date(2025, 10, 12)
ZONE = "Europe/Berlin"
FETCHED = datetime(2025, 10, 13, 8, 0)
PEOPLE = {1: ("Ann Lee", "ann@example.com"), 2: ("Ben Ode", "ben@example.com"), 3: ("Ann Lee", "lee@example.com")}
TABLES = (
    "toggl_weeks",
    "toggl_time_entries",
    "people",
    "tracked_time",
    "entity_references",
    "enriched_entities",
    "assigned_entities",
)


class Stored:
    """Stores what the toggl and fibery assets would have stored."""

    def __init__(self, connection: Connection):
        self.connection = connection
        self.entries: list[dict[str, Any]] = []
        self.people = dict(PEOPLE)

    def clear(self) -> None:
        self.entries = []
        for table in TABLES:
            self.connection.execute(f"DELETE FROM {table}")

    def entry(
        self,
        description: str | None,
        seconds: int | None = 3600,
        *,
        day: date = MONDAY,
        user: int = 1,
        project: str | None = None,
        billable: bool = False,
    ) -> None:
        """One entry from 09:00, or from the end of the person's last one of that day; seconds None: still running."""
        earlier = sum(e["seconds"] or 0 for e in self.entries if (e["user_id"], e["day"]) == (user, day))
        start = datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo(ZONE)) + timedelta(seconds=earlier)
        stop = None if seconds is None else start + timedelta(seconds=seconds)
        self.entries.append(
            {
                "week": week_of(day),
                "id": 5_000_000_000 + len(self.entries),
                "user_id": user,
                "username": self.people[user][0],
                "email": self.people[user][1],
                "description": description,
                "start": start.isoformat(),
                "stop": stop and stop.isoformat(),
                "start_utc": start.astimezone(UTC).replace(tzinfo=None),
                "stop_utc": stop and stop.astimezone(UTC).replace(tzinfo=None),
                "day": day,
                "seconds": seconds,
                "project_name": project,
                "tags": [],
                "billable": billable,
            }
        )

    def weeks(self, first: date = MONDAY, last: date = MONDAY, *, inactive: Collection[int] = (), **known: Any) -> None:
        """Store the weeks that first..last touch, with the entries made so far, and sum them."""
        weeks = weeks_between(first, last)
        complete = {"everybody": True, "after_its_end": True, "complete": True}
        insert_rows(
            self.connection,
            "toggl_weeks",
            [{"week": week, "timezone": ZONE, "fetched_at": FETCHED, **complete, **known} for week in weeks],
        )
        insert_rows(
            self.connection,
            "people",
            [
                {
                    "week": week,
                    "user_id": user,
                    "name": name,
                    "email": email,
                    "active": user not in inactive,
                    "fetched_at": FETCHED,
                }
                for week in weeks
                for user, (name, email) in self.people.items()
            ],
        )
        insert_rows(self.connection, "toggl_time_entries", [e for e in self.entries if e["week"] in weeks])
        for week in weeks:
            store_tracked_time(self.connection, week)

    def entity(
        self, public_id: str, label: str = "Scrum/Bug", *, week: date = MONDAY, fits: str | None = "", **answer: Any
    ) -> None:
        """What the look-up of one reference gave. `fits`: the database that the label means (None: it fits none)."""
        tags = label.split("/")
        database = label if fits == "" else fits
        status = answer.pop("status", "found" if database else "not_configured")
        insert_rows(
            self.connection,
            "entity_references",
            [
                {
                    "week": week,
                    "public_id": public_id,
                    "label": tags,
                    "space": tags[0],
                    "type": answer.pop("tag_type", tags[1] if len(tags) > 1 else None),
                    "project": answer.pop("tag_project", None),
                    "candidates": [database] if database else [],
                }
            ],
        )
        known = {"name": f"Item {public_id}", "url": f"https://x.example/{public_id}"} if status == "found" else {}
        insert_rows(
            self.connection,
            "enriched_entities",
            [
                {
                    "week": week,
                    "public_id": public_id,
                    "label": tags,
                    "status": status,
                    "entity_type": database or label,
                    "configured": True,
                    "fetched_at": FETCHED,
                    **known,
                    **answer,
                }
            ],
        )

    def assigned(self, public_id: str, kind: str = "Scrum/Bug", *, week: date = MONDAY, **said: Any) -> None:
        """Work that was open, and assigned to somebody, when the week was fetched."""
        row = {"week": week, "entity_type": kind, "public_id": public_id, "fetched_at": FETCHED, **said}
        insert_rows(self.connection, "assigned_entities", [row])


def page(report: Report, names: Mapping[int, str] | None = None, index: str | None = None) -> str:
    """A report as a web page."""
    return page_of(view_of(report, names), index=index)


def markdown(report: Report, names: Mapping[int, str] | None = None) -> str:
    """A report as Markdown."""
    return markdown_of(view_of(report, names))


@pytest.fixture
def stored() -> Stored:
    connection = duckdb.connect(":memory:")
    migrate(connection)
    yield Stored(connection)
    connection.close()


@pytest.fixture
def facts_of(stored: Stored) -> Callable[..., Any]:
    """The facts of the days given; without any, of the week of 2025-10-06."""

    def compute(first: date = MONDAY, last: date = SUNDAY, users: list[int] | None = None, **rules: Any) -> Any:
        with PreparedPeriod(stored.connection, first, last, users) as prepared:
            return period_facts(prepared, ReportRules(ZONE, **rules))

    return compute
