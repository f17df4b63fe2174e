"""A year of a work log in one run: the same weeks as one by one, and the fewest requests."""

from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest

from volt_assets.sandbox.server import Sandbox
from volt_assets_tests.acceptance.conftest import Fetched, fetch
from volt_assets_tests.acceptance.home import Home
from volt_assets_tests.work_log import LoggedEntry, of_days, seconds_by

pytestmark = pytest.mark.slow

FIRST, LAST = date(2007, 1, 1), date(2007, 12, 31)
# The year ends on the Monday of its last week, which is stored whole; two weeks hold a clock change.
ALONE = "2007-01-01", "2007-03-19", "2007-10-22", "2007-12-31"
PAGE = 1000


@pytest.fixture(scope="module")
def year(sip_server: Sandbox, new_sip_home: Callable[..., Home]) -> Fetched:
    return fetch(new_sip_home(), sip_server, str(FIRST), str(LAST))


@pytest.fixture(scope="module")
def alone(sip_server: Sandbox, new_sip_home: Callable[..., Home]) -> Home:
    """Some weeks, each fetched by a run of its own."""
    home = new_sip_home()
    for week in ALONE:
        home.run(week, week)
    return home


def test_the_folder_holds_exactly_the_days_of_the_year(year: Fetched, work_log: list[LoggedEntry]):
    logged = of_days(work_log, FIRST, LAST)
    raw = year.outcome.file("raw_toggl_data.json")
    shown = Counter((e["user_email"], e["description"], e["start"], e["duration"]) for e in raw["time_entries"])
    assert shown == Counter((e.email, e.description, e.start.isoformat(), e.seconds) for e in logged)
    assert len({entry["id"] for entry in raw["time_entries"]}) == len(logged)


def test_each_persons_year_is_one_report_with_the_logs_sum(year: Fetched, work_log: list[LoggedEntry]):
    expected = seconds_by(of_days(work_log, FIRST, LAST), lambda entry: entry.email)
    users = year.outcome.file("toggl_aggregated.json")["users"]
    assert {email: user["statistics"]["total_duration_seconds"] for email, user in users.items()} == expected
    reports = list((year.outcome.folder / "reports" / "individual").glob("*.md"))
    assert len(reports) == len(expected)
    for report in reports:
        titles = [line for line in report.read_text().splitlines() if line.startswith("# ")]
        assert len(titles) == 1
        assert titles[0].endswith("2007")


def test_all_weeks_that_the_year_touches_are_stored_whole(year: Fetched, work_log: list[LoggedEntry]):
    assert len(year.outcome.json["weeks"]) == 53
    assert year.outcome.json["weeks"][::52] == ["2007-01-01", "2007-12-31"]
    stored = dict(year.home.sql("SELECT week, sum(seconds)::BIGINT FROM toggl_time_entries GROUP BY week"))
    whole = seconds_by(
        of_days(work_log, FIRST, date(2008, 1, 6)),
        lambda entry: date.fromisocalendar(*entry.day.isocalendar()[:2], 1),
    )
    assert stored == whole
    assert year.home.sql("SELECT count(*) FROM toggl_weeks WHERE complete") == [(53,)]
    assert year.home.sql("SELECT count(*) FROM team_report") == [(53,)]


@pytest.mark.parametrize("table", ["toggl_time_entries", "tracked_time", "entity_references"])
@pytest.mark.parametrize("week", ALONE)
def test_a_week_of_the_year_equals_that_week_run_alone(year: Fetched, alone: Home, week: str, table: str):
    query = f"SELECT * FROM {table} WHERE week = ? ORDER BY ALL"
    rows = alone.sql(query, week)
    assert rows
    assert year.home.sql(query, week) == rows


@pytest.mark.parametrize("table", ["toggl_time_entries", "tracked_time", "entity_references"])
def test_the_busiest_week_of_the_year_equals_that_week_run_alone(year: Fetched, busiest: Fetched, table: str):
    rows = busiest.home.sql(f"SELECT * FROM {table} ORDER BY ALL")
    assert year.home.sql(f"SELECT * FROM {table} WHERE week = '2007-12-03' ORDER BY ALL") == rows


def test_toggl_is_asked_for_the_pages_and_once_per_walk_and_once_for_people(year: Fetched, work_log: list[LoggedEntry]):
    # A day more at both ends makes 373 days, and a walk takes 366 at most.
    walks = (date(2006, 12, 31), date(2007, 12, 31)), (date(2008, 1, 1), date(2008, 1, 7))
    pages = sum(-(-len(of_days(work_log, first, last)) // PAGE) for first, last in walks)
    paths = Counter(path.rsplit("/", 1)[1] for service, path in year.requests if service == "toggl")
    assert paths == {"time_entries": pages, "totals": len(walks), "workspace_users": 1}
    assert year.outcome.json["requests"]["toggl"] == pages + len(walks) + 1


def test_the_counts_told_are_those_of_the_services(year: Fetched):
    seen = Counter(service for service, _ in year.requests)
    assert year.outcome.json["requests"] == {"toggl": seen["toggl"], "fibery": seen["fibery"], "openai": 0}
