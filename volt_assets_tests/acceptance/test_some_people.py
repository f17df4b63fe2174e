"""`--users`: these people's rows are replaced, everybody else's stay, and a week is complete only when it is."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from volt_assets_tests.acceptance.conftest import BUSIEST, Fetched, edited
from volt_assets_tests.acceptance.home import Home, Outcome
from volt_assets_tests.work_log import LoggedEntry, of_busiest_week

WEEK = BUSIEST[0]
SOMEBODY, ANOTHER = "developer.13@sip.example", "developer.24@sip.example"
COMPLETE = "SELECT complete, everybody, after_its_end FROM toggl_weeks"


@pytest.fixture(scope="session")
def logged(work_log: list[LoggedEntry]) -> list[LoggedEntry]:
    return of_busiest_week(work_log)


def people_in(logged: list[LoggedEntry]) -> int:
    return len({entry.email for entry in logged})


def an_entry_of(home: Home, email: str) -> int:
    return home.sql("SELECT min(id) FROM toggl_time_entries WHERE email = ?", email)[0][0]


def everybody_else(home: Home, table: str) -> list[tuple]:
    return home.sql(f"SELECT * FROM {table} WHERE email <> ? ORDER BY ALL", SOMEBODY)


@pytest.fixture(scope="module")
def after_edits(busiest: Fetched, sip_server, tmp_path_factory) -> tuple[Home, Outcome]:
    """Two people edited an entry, and one of the two was fetched again."""
    home = busiest.copy(tmp_path_factory.mktemp("after_edits"))
    mine, theirs = an_entry_of(home, SOMEBODY), an_entry_of(home, ANOTHER)
    with edited(sip_server, mine, seconds=7), edited(sip_server, theirs, seconds=7):
        return home, home.run(*BUSIEST, "--users", SOMEBODY)


def test_the_rows_of_those_asked_for_are_replaced_and_the_others_stay(busiest: Fetched, after_edits, logged):
    home, _ = after_edits
    of_entry = "SELECT seconds FROM toggl_time_entries WHERE id = ?"
    assert home.sql(of_entry, an_entry_of(home, SOMEBODY)) == [(7,)]
    for table in ("toggl_time_entries", "people"):
        assert everybody_else(home, table) == everybody_else(busiest.home, table)
        assert everybody_else(home, table)
    assert home.sql("SELECT count(DISTINCT user_id) FROM tracked_time") == [(people_in(logged),)]


def test_the_sums_are_of_the_new_rows_and_the_old(busiest: Fetched, after_edits, logged):
    home, _ = after_edits
    total = "SELECT sum(seconds)::BIGINT FROM toggl_time_entries"
    assert home.sql("SELECT sum(seconds)::BIGINT FROM tracked_time") == home.sql(total)
    before = busiest.home.sql("SELECT seconds FROM toggl_time_entries WHERE id = ?", an_entry_of(home, SOMEBODY))
    assert home.sql(total)[0][0] == sum(entry.seconds for entry in logged) - before[0][0] + 7


def test_the_folder_shows_only_them(after_edits, logged):
    home, outcome = after_edits
    raw = outcome.file("raw_toggl_data.json")
    assert raw["user_emails_filter"] == [SOMEBODY]
    assert {entry["user_email"] for entry in raw["time_entries"]} == {SOMEBODY}
    assert list(outcome.file("toggl_aggregated.json")["users"]) == [SOMEBODY]
    assert outcome.file("run_metadata.json")["users"] == [SOMEBODY]
    individual = outcome.folder / "reports" / "individual"
    assert sorted(path.name for path in individual.iterdir()) == ["developer_13.html", "developer_13.md"]
    assert home.sql("SELECT count(*) FROM individual_reports") == [(people_in(logged),)]


def test_toggl_is_asked_for_them_alone(after_edits, logged):
    home, outcome = after_edits
    assert outcome.json["requests"]["toggl"] == 3
    theirs = [entry for entry in logged if entry.email == SOMEBODY]
    assert f"Retrieved {len(theirs)} time entries" in outcome.stderr


def test_a_later_fetch_for_some_does_not_take_completeness_away(after_edits):
    home, outcome = after_edits
    assert home.sql(COMPLETE) == [(True, True, True)]
    assert home.metadata("toggl_time_entries", WEEK)["volt/complete"] is True
    assert "Not complete" not in (outcome.folder / "reports" / "team_summary.md").read_text()


def test_a_week_fetched_for_some_is_not_complete_until_all_of_it_is(new_sip_home, sip_sandbox, logged):
    home = new_sip_home()
    partial = home.run(*BUSIEST, "--users", f"{SOMEBODY},{ANOTHER.upper()}")
    assert home.sql(COMPLETE) == [(False, False, True)]
    assert home.metadata("toggl_time_entries", WEEK)["volt/complete"] is False
    assert home.metadata("people", WEEK)["volt/complete"] is False
    assert {email for (email,) in home.sql("SELECT email FROM toggl_time_entries")} == {SOMEBODY, ANOTHER}
    reports = [
        partial.folder / "reports" / "team_summary.md",
        *(partial.folder / "reports" / "individual").glob("*.md"),
    ]
    assert len(reports) == 3
    for report in reports:
        assert "Not complete: the week was fetched for some people only." in report.read_text()

    whole = home.run(*BUSIEST)
    assert home.sql(COMPLETE) == [(True, True, True)]
    assert home.metadata("toggl_time_entries", WEEK)["volt/complete"] is True
    total = whole.file("raw_toggl_data.json")["statistics"]["total_duration_seconds"]
    assert total == sum(entry.seconds for entry in logged)
    assert "Not complete" not in (whole.folder / "reports" / "team_summary.md").read_text()


def test_a_person_without_time_in_the_week_leaves_the_others_as_they_are(busiest: Fetched, sip_sandbox, tmp_path: Path):
    home = busiest.copy(tmp_path)
    idle = next(
        person.email
        for person in sip_sandbox.company.toggl.people.values()
        if not home.sql("SELECT 1 FROM toggl_time_entries WHERE email = ?", person.email)
    )
    outcome = home.run(*BUSIEST, "--users", idle)
    assert outcome.file("raw_toggl_data.json")["time_entries"] == []
    assert home.tables(times=False)["toggl_time_entries"] == busiest.home.tables(times=False)["toggl_time_entries"]


def test_an_open_week_is_stored_and_said_to_be_open(generated_weeks: Fetched, today: date):
    home, outcome = generated_weeks.home, generated_weeks.outcome
    this_week = today - timedelta(days=today.weekday())
    stored = dict(home.sql("SELECT week, complete FROM toggl_weeks"))
    assert stored == {
        this_week: False,
        this_week - timedelta(weeks=1): True,
        this_week - timedelta(weeks=2): True,
    }
    for week, complete in stored.items():
        assert home.metadata("toggl_time_entries", str(week))["volt/complete"] is complete
    assert "fetched while still open" in (outcome.folder / "reports" / "team_summary.md").read_text()
    weekly = dict(home.sql("SELECT week, markdown FROM team_report"))
    assert {week: "fetched while still open" in markdown for week, markdown in weekly.items()} == {
        week: not complete for week, complete in stored.items()
    }
