"""`volt sync` on a company whose people add, edit, delete and move entries of weeks that are stored."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest

from volt_assets.sandbox.company import Entry
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.acceptance.home import Home

WEEK = timedelta(weeks=1)


@pytest.fixture(scope="module")
def changing(today: date) -> Iterator[Sandbox]:
    """A company of its own, as it is changed."""
    with start_sandbox(generated_company(until=today), SandboxSettings(fibery_limits=False)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def weeks(today: date) -> list[date]:
    """The last four closed weeks."""
    return [today - timedelta(days=today.weekday()) - n * WEEK for n in (4, 3, 2, 1)]


@pytest.fixture(scope="module")
def stored(changing: Sandbox, new_home: Callable[..., Home], weeks: list[date]) -> Home:
    home = new_home(changing)
    home.run(str(weeks[0]), str(weeks[-1] + timedelta(days=6)))
    return home


def entries_of(sandbox: Sandbox, week: date) -> list[Entry]:
    """Entries of the middle of a week, so that they are in it in every zone, oldest first."""
    first, last = (
        datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
        for day in (week + timedelta(2), week + timedelta(5))
    )
    found = [e for e in sandbox.company.toggl.entries.values() if first <= e.start < last and e.stop is not None]
    return sorted(found, key=lambda entry: entry.id)


@contextmanager
def switched(sandbox: Sandbox, **switches) -> Iterator[None]:
    usual = dict(vars(sandbox.settings))
    vars(sandbox.settings).update(switches)
    try:
        yield
    finally:
        vars(sandbox.settings).update(usual)


def sync(home: Home, sandbox: Sandbox, *options: str) -> dict:
    """What `volt sync --json` tells; the requests it tells are those that the services saw."""
    sandbox.forget()
    outcome = home.volt("sync", "--json", *options)
    assert outcome.exit_code == 0, outcome
    seen = Counter(request["service"] for request in sandbox.requests)
    assert outcome.json["requests"] == {"toggl": seen["toggl"], "fibery": seen["fibery"], "openai": 0}
    assert outcome.json.keys() == {"changed_weeks", "changes", "requests", "run_ids", "failed_checks"}
    return outcome.json


def test_without_a_change_there_is_no_run_and_two_requests(stored: Home, changing: Sandbox):
    runs, folders = stored.dagster_runs(), stored.folders()
    told = sync(stored, changing)
    assert told == {
        "changed_weeks": [],
        "changes": [],
        "requests": {"toggl": 2, "fibery": 0, "openai": 0},
        "run_ids": [],
        "failed_checks": [],
    }
    assert (stored.dagster_runs(), stored.folders()) == (runs, folders)


@pytest.mark.slow
def test_exactly_the_changed_weeks_are_made_again_a_run_for_each_unbroken_range(
    stored: Home, changing: Sandbox, weeks: list[date]
):
    toggl = changing.company.toggl
    first, second, third, fourth = weeks
    moved, edited = entries_of(changing, first)[:2]
    deleted = entries_of(changing, fourth)[0]
    noon = moved.start + 7 * 86400
    toggl.edit_entry(moved.id, start=noon, stop=noon + 900)
    toggl.edit_entry(edited.id, description="something else")
    toggl.delete_entry(deleted.id)
    added = toggl.add_entry(toggl.owner, deleted.start, deleted.start + 60, "late")
    fetched = dict(stored.sql("SELECT week, fetched_at FROM toggl_weeks"))
    runs, folders = stored.dagster_runs(), stored.folders()

    told = sync(stored, changing)

    assert told["changed_weeks"] == [str(first), str(second), str(fourth)]
    changes = {change["entry_id"]: change for change in told["changes"]}
    assert [changes[id] for id in (moved.id, edited.id, deleted.id, added.id)] == [
        {"kind": "moved", "entry_id": moved.id, "week": str(first), "new_week": str(second)},
        {"kind": "edited", "entry_id": edited.id, "week": str(first), "new_week": None},
        {"kind": "deleted", "entry_id": deleted.id, "week": str(fourth), "new_week": None},
        {"kind": "added", "entry_id": added.id, "week": str(fourth), "new_week": None},
    ]
    assert len(told["changes"]) == 4
    assert stored.sql("SELECT count(*) FROM time_entry_changes") == [(4,)]
    ended = {id: status for id, status in stored.dagster_runs().items() if id not in runs}
    assert list(ended.values()) == ["completed"] * 2
    assert len(told["run_ids"]) == 2
    assert stored.folders() == folders
    again = dict(stored.sql("SELECT week, fetched_at FROM toggl_weeks"))
    assert {week for week in weeks if again[week] != fetched[week]} == {first, second, fourth}
    (report,) = stored.sql("SELECT markdown FROM team_report WHERE week = ?", fourth)
    assert report
    # Each run asks for people, totals and its pages (two weeks are one page or two); the search took two requests,
    # of which one is for entries.
    pages = sum(request["path"].endswith("/search/time_entries") for request in changing.requests) - 1
    assert pages in (2, 3)
    assert told["requests"]["toggl"] == 2 + 2 * 2 + pages
    assert sync(stored, changing)["run_ids"] == []


@pytest.mark.parametrize(
    "switches",
    [{"summary_ids": False}, {"last_update_order": "ignored", "page_cap": 50}],
    ids=["no ids", "another order"],
)
def test_where_toggl_answers_otherwise_changed_time_is_found_by_day(
    stored: Home, changing: Sandbox, weeks: list[date], switches: dict
):
    entry = entries_of(changing, weeks[1])[0]
    changing.company.toggl.edit_entry(entry.id, stop=entry.stop + 300)
    changing.company.toggl.delete_entry(entries_of(changing, weeks[1])[1].id)
    with switched(changing, **switches):
        told = sync(stored, changing, "--from", str(weeks[1]), "--to", f"{weeks[2]}")
        assert told["changed_weeks"] == [str(weeks[1])]
        assert sorted(change["kind"] for change in told["changes"]) == ["deleted", "edited"]
        assert sync(stored, changing, "--from", str(weeks[1]), "--to", str(weeks[2]))["run_ids"] == []


def test_weeks_outside_the_dates_are_left_alone(stored: Home, changing: Sandbox, weeks: list[date]):
    changing.company.toggl.edit_entry(entries_of(changing, weeks[0])[0].id, description="outside")
    iso = weeks[2].isocalendar()
    told = sync(stored, changing, "--from", f"{iso[0]}-W{iso[1]:02d}", "--to", str(weeks[3] + timedelta(3)))
    assert told["changed_weeks"] == []
    assert sync(stored, changing)["changed_weeks"] == [str(weeks[0])]


def test_a_terminal_is_told_what_changed(stored: Home, changing: Sandbox, weeks: list[date]):
    assert stored.volt("sync").stdout == "No entry has changed.\n"
    entry = entries_of(changing, weeks[3])[0]
    changing.company.toggl.delete_entry(entry.id)
    outcome = stored.volt("sync")
    assert outcome.exit_code == 0, outcome
    first, second = outcome.stdout.splitlines()
    assert first.split() == ["deleted", str(entry.id), "week", "of", str(weeks[3])]
    assert second.startswith("run_")
    assert second.endswith(" completed")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--from", "2025-10-06"), "Give both --from and --to"),
        (("--from", "2025-10-13", "--to", "2025-10-06"), "is before the week of"),
        (("--from", "yesterday", "--to", "2025-10-06"), "'yesterday' is not a week"),
        (("--from", "2025-01-06", "--to", "2025-01-12"), "No week from 2025-01-06 to 2025-01-06 is stored"),
    ],
)
def test_bad_input_is_refused_with_exit_code_two(stored: Home, changing: Sandbox, options: tuple, words: str):
    runs = stored.dagster_runs()
    changing.forget()
    outcome = stored.volt("sync", "--json", *options)
    assert (outcome.exit_code, outcome.json["run_id"]) == (2, None)
    assert words in outcome.json["error"]["message"]
    assert (stored.dagster_runs(), changing.requests) == (runs, [])
