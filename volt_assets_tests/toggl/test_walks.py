"""Walks that survive their run: no page is paid for twice, and what changed meanwhile is read again."""

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from volt_assets.errors import QuotaExhausted, ServiceError, UnexpectedAnswer
from volt_assets.http import RequestCount
from volt_assets.progress import no_progress
from volt_assets.sandbox import faults
from volt_assets.sandbox.company import Company, FiberyWorkspace, TogglWorkspace
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets.settings import Settings
from volt_assets.toggl import quota
from volt_assets.toggl.ingestion import fetch_and_store
from volt_assets.toggl.resource import TogglResource
from volt_assets.toggl.walks import Walks
from volt_assets.warehouse import Warehouse, warehouse_of

FIRST = date(2024, 9, 2)
WEEKS = [FIRST + timedelta(days=7 * n) for n in range(46)]
# Two people, five days a week, two entries a day: twenty entries a week, which the sandbox gives a page.
PAGE = 20
DETAILED = "/search/time_entries"
LOG = logging.getLogger("test")


class Hours:
    """The time of both sides, which only a test moves on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 8, tzinfo=UTC)
        self.began = self.now

    def __call__(self) -> datetime:
        return self.now

    @property
    def seconds(self) -> float:
        return self.now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Office:
    """A home, the company that it asks over HTTP, and their time."""

    def __init__(self, sandbox: Sandbox, settings: Settings, hours: Hours):
        self.sandbox, self.settings, self.hours = sandbox, settings, hours
        self.toggl = sandbox.company.toggl
        self.weeks = WEEKS

    def become_small(self) -> None:
        """Twelve weeks, and an hour that is enough for six pages."""
        self.weeks, self.sandbox.settings.workspace_quota = WEEKS[:12], 12

    @property
    def warehouse(self) -> Warehouse:
        return warehouse_of(self.settings)

    def fetch(self, weeks: list[date]) -> list[date]:
        """What a run does with Toggl: the weeks that it stored."""
        stored: list[date] = []
        resource = TogglResource(settings=self.settings, requests=RequestCount(), known_people=None)
        with self.warehouse.get_connection():
            pass
        asyncio.run(
            fetch_and_store(LOG, self.warehouse, resource, no_progress, self.settings.zone, weeks, None, stored.append)
        )
        return stored

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        with self.warehouse.get_connection() as connection:
            return connection.execute(query).fetchall()

    @property
    def missing(self) -> list[date]:
        stored = {week for (week,) in self.sql("SELECT week FROM toggl_weeks")}
        return [week for week in self.weeks if week not in stored]

    @property
    def pages(self) -> int:
        return sum(request["path"].endswith(DETAILED) and request["status"] == 200 for request in self.sandbox.requests)

    def entries_are_toggls(self) -> bool:
        stored = self.sql("SELECT id, seconds, description FROM toggl_time_entries ORDER BY id")
        end = datetime(*self.weeks[-1].timetuple()[:3], tzinfo=UTC).timestamp() + 7 * 86400
        of_toggl = [entry for entry in self.toggl.entries.values() if entry.start < end]
        return stored == sorted((entry.id, entry.stop - entry.start, entry.description) for entry in of_toggl)

    def entry(self, week: date) -> Any:
        begin = datetime(week.year, week.month, week.day, tzinfo=UTC).timestamp()
        return min((e for e in self.toggl.entries.values() if e.start >= begin), key=lambda entry: entry.start)


@pytest.fixture
def office(tmp_path, monkeypatch) -> Iterator[Office]:
    toggl = TogglWorkspace(name="W")
    people = [toggl.add_person(name, f"{name}@example.com", "UTC") for name in ("ana", "bo")]
    for week in WEEKS:
        for day in range(5):
            begin = datetime(week.year, week.month, week.day, 9, tzinfo=UTC) + timedelta(days=day)
            for person in people:
                for hour in range(2):
                    start = int(begin.timestamp()) + hour * 3600 + person.id % 2 * 60
                    toggl.add_entry(person, start, start + 3000, "work", at=start + 3000)
    with opened(toggl, PAGE, tmp_path, monkeypatch) as office:
        yield office


@contextmanager
def opened(toggl: TogglWorkspace, page: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office on the free plan."""
    hours = Hours()
    monkeypatch.setattr(quota, "utc_now", hours)
    with start_sandbox(
        Company(toggl, FiberyWorkspace("w")),
        SandboxSettings(page_cap=page, workspace_quota=30),
        clock=lambda: hours.seconds,
    ) as sandbox:
        for name, value in (sandbox.environment | {"VOLT_FIRST_WEEK": str(FIRST), "VOLT_MAX_WAIT": "0"}).items():
            monkeypatch.setenv(name, value)
        yield Office(sandbox, Settings.load(folder, dotenv=False), hours)


def ends_for_the_quota(office: Office) -> None:
    """A run that ends since the hour's requests are used up; then the hour passes."""
    with pytest.raises(QuotaExhausted) as raised:
        office.fetch(office.missing)
    office.hours.now += timedelta(seconds=raised.value.resets_in_seconds + 1)


def walks_left(office: Office) -> list[tuple[Any, ...]]:
    return office.sql("SELECT walk_id FROM toggl_walks UNION SELECT walk_id FROM toggl_walk_pages")


@pytest.mark.slow
def test_46_pages_at_30_requests_an_hour_take_two_hours_and_no_page_is_requested_twice(office):
    ends_for_the_quota(office)
    assert 0 < len(office.missing) < len(WEEKS)
    office.fetch(office.missing)
    assert office.missing == []
    assert office.pages == len(WEEKS)
    assert len(office.sandbox.requests) <= 50
    assert Counter(request["status"] for request in office.sandbox.requests).keys() == {200}
    assert office.hours.now - office.hours.began <= timedelta(hours=2)
    assert office.entries_are_toggls()
    assert walks_left(office) == []


@pytest.mark.slow
def test_a_year_of_500_people_on_the_free_plan_ends_and_no_page_is_requested_twice(tmp_path, monkeypatch):
    toggl = TogglWorkspace(name="W")
    people = [toggl.add_person(f"p{number}", f"p{number}@example.com", "UTC") for number in range(500)]
    weeks = [FIRST + timedelta(days=7 * number) for number in range(52)]
    for week in weeks:
        begin = int(datetime(week.year, week.month, week.day, 9, tzinfo=UTC).timestamp())
        for place, person in enumerate(people):
            start = begin + place % 5 * 86_400 + place * 7
            toggl.add_entry(person, start, start + 3000, "work", at=start + 3000)
    # VOLT_TEST_PAGE=40 makes 650 pages of them, as 25 entries a week of each do of a thousand; it takes minutes.
    page = int(os.environ.get("VOLT_TEST_PAGE") or 400)
    least = 26_000 // page
    with opened(toggl, page, tmp_path, monkeypatch) as office:
        office.weeks = weeks
        runs = 0
        while office.missing:
            runs += 1
            try:
                office.fetch(office.missing)
            except QuotaExhausted as exhausted:
                office.hours.now += timedelta(seconds=exhausted.resets_in_seconds + 1)
        assert office.entries_are_toggls()
        assert {request["status"] for request in office.sandbox.requests} == {200}
        assert least <= office.pages <= least + 2 * runs
        assert len(office.sandbox.requests) <= office.pages + 3 * runs
        # 26 requests an hour, since the last four are left to people.
        assert office.hours.now - office.hours.began <= timedelta(hours=-(-len(office.sandbox.requests) // 26))
        assert walks_left(office) == []


def test_a_run_of_all_weeks_again_goes_on_as_well_where_another_ended(office):
    office.become_small()
    ends_for_the_quota(office)
    office.sandbox.settings.workspace_quota = 100
    assert office.fetch(office.weeks) == office.weeks
    # The day after has a page, too.
    assert office.pages == len(office.weeks) + 1


def test_what_changed_in_pages_that_an_earlier_run_read_is_read_again_alone(office):
    office.become_small()
    ends_for_the_quota(office)
    changed = office.missing[0]
    entry = office.entry(changed)
    office.toggl.edit_entry(entry.id, stop=entry.stop + 600)
    office.sandbox.settings.workspace_quota = 100
    office.fetch(office.missing)
    assert office.missing == []
    assert office.entries_are_toggls()
    # The week's own page, and its neighbours' days.
    assert office.pages <= len(office.weeks) + 1 + 2
    assert walks_left(office) == []


def test_a_week_that_an_earlier_run_read_a_part_of_counts_as_fetched_then(office):
    office.become_small()
    ends_for_the_quota(office)
    office.sandbox.settings.workspace_quota = 100
    ((read_at,),) = office.sql("SELECT max(read_at) FROM toggl_walk_pages")
    week = office.missing[0]
    office.fetch(office.missing)
    fetched = dict(office.sql("SELECT week, fetched_at FROM toggl_weeks"))
    assert fetched[week] <= read_at < fetched[office.weeks[-1]]


def test_pages_survive_a_failure_too_and_a_refused_cursor_begins_anew(office):
    office.sandbox.settings.workspace_quota = 1000
    some = WEEKS[:5]
    office.sandbox.fail_next(DETAILED, faults.Fault(403, "", {}), after=4)
    with pytest.raises(ServiceError):
        office.fetch(some)
    # The totals went first.
    assert office.pages == 3
    office.sandbox.fail_next(DETAILED, faults.Fault(400, "", {}), after=1, times=2)
    with pytest.raises(ServiceError):
        office.fetch(some)
    assert office.pages == 3
    assert walks_left(office) == []
    assert office.fetch(some) == some
    # The days after the last week have a page, too.
    assert office.pages == 3 + 6


def test_an_empty_page_where_more_was_announced_begins_anew(office):
    office.sandbox.settings.workspace_quota = 1000
    office.sandbox.fail_next(DETAILED, faults.NO_ROWS, after=3)
    with pytest.raises(UnexpectedAnswer):
        office.fetch(WEEKS[:5])
    assert walks_left(office) == []


def test_a_walk_is_gone_on_with_for_the_same_last_day_and_people_and_for_a_week(office):
    with office.warehouse.get_connection():
        pass
    walks = Walks(office.warehouse, office.settings.require_toggl(), with_rates=False)
    first, last = date(2025, 1, 5), date(2025, 3, 3)
    begun = walks.begin(first, last, [2, 1])
    begun.take([], {"first_row_number": 21}, datetime.now(UTC))
    later = first + timedelta(days=14)
    again = walks.begin(later, last, [1, 2])
    assert (again.first, again.cursor, again.ended, again.kept) == (first, {"first_row_number": 21}, False, 1)
    for others in ((first - timedelta(days=1), last, [1, 2]), (later, date(2025, 2, 3), [1, 2]), (later, last, None)):
        assert walks.begin(*others).kept == 0
    with_rates = Walks(office.warehouse, office.settings.require_toggl(), with_rates=True)
    assert with_rates.begin(later, last, [1, 2]).kept == 0
    assert walks.kept_pages(later, last, [1, 2]) == 1
    with office.warehouse.get_connection() as connection:
        connection.execute("UPDATE toggl_walks SET began_at = began_at - INTERVAL 8 DAYS")
    assert walks.begin(later, last, [1, 2]).kept == 0
    assert office.sql("SELECT count(*) FROM toggl_walks") == [(1,)]
    assert office.sql("SELECT count(*) FROM toggl_walk_pages") == [(0,)]
