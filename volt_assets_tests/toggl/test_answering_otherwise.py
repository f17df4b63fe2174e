"""Toggl as it may answer too: the right week is stored, or a refusal says why; never a week of nonsense."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from volt_assets.errors import BadInput, ServiceRefused, UnexpectedAnswer
from volt_assets.http import RequestCount
from volt_assets.runs.plan import RunRequest
from volt_assets.runs.run import run_weeks
from volt_assets.sandbox.company import Company, FiberyWorkspace, TogglWorkspace
from volt_assets.sandbox.faults import INVALID_JSON, NO_ROWS, Fault
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.settings import Settings
from volt_assets.toggl.ingestion import fetch_and_store
from volt_assets.toggl.resource import TogglResource
from volt_assets.warehouse import Warehouse
from volt_assets.weeks import week_of

DETAILED, TOTALS = "/search/time_entries", "/search/time_entries/totals"
HTML = Fault(200, "<html><body>Please sign in, Ann</body></html>", {"content-type": "text/html"})
WEEK = week_of(datetime.now(UTC).date()) - timedelta(weeks=2)
NEXT = WEEK + timedelta(weeks=1)
LISTED = "SELECT week, user_id, name, email, timezone, active FROM people ORDER BY ALL"
ENTRIES = "SELECT * FROM toggl_time_entries ORDER BY id"


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    """Three people, one of them deactivated and one without entries; two weeks of work, with days off."""
    toggl = TogglWorkspace(name="Small")
    ann = toggl.add_person("Ann", "ann@x.example", "Europe/Berlin")
    bob = toggl.add_person("Bob", "bob@x.example", "Asia/Tokyo", active=False)
    toggl.add_person("Cy", "cy@x.example", "UTC")
    monday = int(datetime(WEEK.year, WEEK.month, WEEK.day, tzinfo=UTC).timestamp())
    for day in (0, 1, 3, 6, 7, 8, 11):
        for hour in range(6, 18, 2):
            start = monday + (day * 24 + hour) * 3600
            toggl.add_entry(ann if hour % 4 else bob, start, start + 3600 + hour, f"Work {day} {hour}")
    with start_sandbox(Company(toggl, FiberyWorkspace("small"))) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: Sandbox) -> Iterator[Sandbox]:
    usual = dict(vars(server.settings))
    server.forget()
    yield server
    server.forget()
    vars(server.settings).update(usual)


@pytest.fixture(autouse=True)
def _only_these_settings(server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


class Project:
    """A project folder; `fetch` fetches weeks into its warehouse."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.warehouse = Warehouse(database=str(folder / "warehouse.duckdb"))
        self.progress: list[tuple[str, int, int | None]] = []

    def fetch(self, *weeks: date, user_ids: Sequence[int] | None = None) -> None:
        settings = Settings.load(self.folder)
        toggl = TogglResource(settings=settings, requests=RequestCount(), known_people=None)
        asyncio.run(
            fetch_and_store(
                logging.getLogger("run"),
                self.warehouse,
                toggl,
                lambda *progress: self.progress.append(progress),
                settings.zone,
                weeks,
                user_ids,
                lambda _: None,
            )
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.warehouse.get_connection() as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="module")
def plain(server: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Both weeks, as Toggl usually answers."""
    project = Project(tmp_path_factory.mktemp("plain"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        project.fetch(WEEK, NEXT)
    server.forget()
    return project


@pytest.mark.parametrize(
    ("switches", "more_requests"),
    [
        ({}, 0),
        ({"next_timestamp": False, "page_cap": 5}, 8),  # 42 entries
        ({"totals_graph": "tracked days"}, 2),  # the sums of two weeks
        ({"totals_graph": "absent"}, 2),
        ({"next_timestamp": False, "page_cap": 5, "totals_graph": "absent"}, 10),
    ],
    ids=str,
)
def test_the_weeks_are_the_same(
    plain: Project, sandbox: Sandbox, project: Project, switches: dict[str, Any], more_requests: int
):
    vars(sandbox.settings).update(switches)
    project.fetch(WEEK, NEXT)
    assert project.rows(ENTRIES) == plain.rows(ENTRIES)
    assert len(plain.rows(ENTRIES)) == 42
    assert project.rows(LISTED) == plain.rows(LISTED)
    assert len(sandbox.requests) == 3 + more_requests


@pytest.mark.parametrize("graph", ["absent", "every day"])
def test_a_week_of_which_rows_are_missing_is_not_stored(sandbox: Sandbox, project: Project, graph: Any):
    sandbox.settings.totals_graph = graph
    sandbox.fail_next(DETAILED, NO_ROWS, after=1)
    with pytest.raises(UnexpectedAnswer, match="add up to 0 seconds, but Toggl's total is"):
        project.fetch(WEEK)
    assert project.rows("SELECT week FROM toggl_weeks") == []


@pytest.mark.parametrize("people", [403, 400, "null"])
def test_without_a_list_of_people_nobody_is_stored_as_inactive_and_names_come_with_the_entries(
    sandbox: Sandbox, project: Project, people: Any
):
    sandbox.settings.people = people
    project.fetch(WEEK, NEXT)
    assert project.rows("SELECT DISTINCT name, email, active FROM people ORDER BY name") == [
        ("Ann", "ann@x.example", True),
        ("Bob", "bob@x.example", True),
    ]


def test_a_list_of_people_that_is_refused_later_changes_nobody(plain: Project, sandbox: Sandbox, project: Project):
    project.fetch(WEEK, NEXT)
    sandbox.settings.people = 403
    project.fetch(WEEK, NEXT)
    assert project.rows(LISTED) == plain.rows(LISTED)
    assert (WEEK, "Bob", False) in project.rows("SELECT week, name, active FROM people")


def test_who_has_left_the_workspace_is_still_stored_as_inactive(sandbox: Sandbox, project: Project):
    sandbox.settings.deactivated = "left out"
    project.fetch(WEEK)
    assert project.rows("SELECT name, active FROM people ORDER BY name") == [
        ("Ann", True),
        ("Bob", False),
        ("Cy", True),
    ]


@pytest.mark.parametrize("reading", ["clamped", 400, 402, "empty"])
def test_a_plan_that_shows_recent_days_only_is_reported_as_that_and_what_is_stored_stays(
    plain: Project, sandbox: Sandbox, project: Project, reading: Any
):
    project.fetch(WEEK, NEXT)
    sandbox.settings.days_shown, sandbox.settings.hidden_days = 5, reading
    for fetched in (project, Project(project.folder / "new")):
        fetched.folder.mkdir(exist_ok=True)
        with pytest.raises(ServiceRefused, match="shows reports of the last 5 days only"):
            fetched.fetch(WEEK)
    assert project.rows(ENTRIES) == plain.rows(ENTRIES)
    assert fetched.rows("SELECT week FROM toggl_weeks") == []


def test_a_week_that_was_full_and_is_empty_now_is_worth_a_warning(
    sandbox: Sandbox, project: Project, caplog: pytest.LogCaptureFixture
):
    project.fetch(WEEK, NEXT)
    assert "Toggl 2.0" not in caplog.text
    sandbox.fail_next(TOTALS, Fault(200, '{"seconds": 0, "graph": null}'))
    sandbox.fail_next(DETAILED, NO_ROWS)
    project.fetch(NEXT)
    (warning,) = [record.getMessage() for record in caplog.records if "Toggl 2.0" in record.getMessage()]
    assert f"no entries any more for the week of {NEXT}, of which 18 were stored" in warning
    assert project.rows("SELECT DISTINCT week FROM toggl_time_entries") == [(WEEK,)]


def test_an_empty_week_that_was_empty_before_is_no_news(
    sandbox: Sandbox, project: Project, caplog: pytest.LogCaptureFixture
):
    quiet = WEEK - timedelta(weeks=1)
    for _ in range(2):
        project.fetch(quiet)
    assert project.rows("SELECT week FROM toggl_weeks") == [(quiet,)]
    assert "Toggl 2.0" not in caplog.text


@pytest.mark.parametrize("fault", [HTML, INVALID_JSON], ids=["a page of HTML", "cut JSON"])
def test_an_answer_that_is_no_json_is_requested_once_more(
    plain: Project, sandbox: Sandbox, project: Project, monkeypatch: pytest.MonkeyPatch, fault: Fault
):
    monkeypatch.setattr("volt_assets.http.NOT_JSON_WAIT_SECONDS", 0)
    sandbox.fail_next(DETAILED, fault, after=1)
    project.fetch(WEEK, NEXT)
    assert project.rows(ENTRIES) == plain.rows(ENTRIES)
    sandbox.fail_next(DETAILED, fault, after=1, times=2)
    with pytest.raises(UnexpectedAnswer, match="is not JSON") as raised:
        project.fetch(WEEK, NEXT)
    assert "Ann" not in raised.value.message
    assert "user_id" not in raised.value.message


def test_names_and_descriptions_that_cannot_be_stored_as_they_are_lose_nobodys_week(sandbox: Sandbox, project: Project):
    """A lone surrogate (half an emoji, cut by some other client) once ended the run for everybody."""
    row = (
        '[{"user_id": 1, "username": "A\\u0000nn\\u202e", "description": "half \\ud83d\\u001b[2J", '
        '"tag_names": ["\\udc00"], "time_entries": [{"id": 7, "seconds": 60, '
        f'"start": "{WEEK}T09:00:00+00:00", "stop": "{WEEK}T09:01:00+00:00"}}]}}]'
    )
    sandbox.fail_next(TOTALS, Fault(200, '{"seconds": 60}'), times=2)
    sandbox.fail_next(DETAILED, Fault(200, row))
    project.fetch(WEEK)
    assert project.rows("SELECT username, description, tags FROM toggl_time_entries") == [
        ("Ann", "half \ufffd[2J", ["\ufffd"])
    ]


def test_progress_is_in_hours_out_of_those_that_toggl_announces_and_ends(sandbox: Sandbox, project: Project):
    sandbox.settings.page_cap = 20
    project.fetch(WEEK, NEXT)
    assert {what for what, _, _ in project.progress} == {"Toggl: hours"}
    done = [done for _, done, _ in project.progress]
    assert done == sorted(done)
    assert {total for _, _, total in project.progress} == {42}
    assert (done[0], done[-1]) == (0, 42)


def test_people_cannot_be_chosen_by_address_where_toggl_lists_none(sandbox: Sandbox, project: Project):
    sandbox.settings.people = 403
    request = RunRequest(project.folder, first_day=WEEK, last_day=WEEK, emails=["ann@x.example"])
    settings = Settings.load(project.folder)
    with pytest.raises(BadInput, match="does not list the workspace's people to this token"):
        run_weeks(settings, request)


@pytest.mark.parametrize(
    ("setting", "token", "words"),
    [
        ("TOGGL_API_TOKEN", "toggl_sk_" + "0123456789abcdef" * 2, "TOGGL_API_TOKEN is a key of Toggl 2.0"),
        ("TOGGL_API_TOKEN", "toggl_sk_cut", "TOGGL_API_TOKEN is a key of Toggl 2.0"),
        ("TOGGL_API_TOKEN", "eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl", "the token of a browser's session"),
        ("FIBERY_API_TOKEN", "toggl_sk_" + "0123456789abcdef" * 2, "FIBERY_API_TOKEN is a key of Toggl 2.0"),
    ],
)
def test_the_token_of_another_product_is_refused_before_any_request(
    sandbox: Sandbox, project: Project, monkeypatch: pytest.MonkeyPatch, setting: str, token: str, words: str
):
    monkeypatch.setenv(setting, f'"Bearer {token}"')
    request = RunRequest(project.folder, first_day=WEEK, last_day=WEEK)
    with pytest.raises(BadInput, match=words) as raised:
        run_weeks(Settings.load(project.folder), request)
    assert sandbox.requests == []
    assert token not in raised.value.message
