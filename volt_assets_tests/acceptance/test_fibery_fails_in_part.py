"""Weeks that were stored whole, and a Fibery that now answers a part or nothing: what stays, and what is said of it."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from tenacity import wait_none

from volt_assets.fibery.client import FiberyClient
from volt_assets.sandbox.faults import INTERNAL_ERROR
from volt_assets.sandbox.server import Sandbox
from volt_assets_tests.acceptance.conftest import Fetched
from volt_assets_tests.acceptance.home import Home, Outcome

ALWAYS = 10**6
KEPT = "The lookup failed, and what Fibery said before is kept"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("volt_assets.http._backoff", wait_none())
    # The sandbox has no limits here.
    monkeypatch.setitem(FiberyClient.__init__.__kwdefaults__, "pace", None)


@pytest.fixture
def sandbox(generated_server: Sandbox) -> Iterator[Sandbox]:
    usual = dict(vars(generated_server.settings))
    generated_server.forget()
    yield generated_server
    generated_server.forget()
    vars(generated_server.settings).update(usual)


@pytest.fixture
def week(today: date) -> date:
    return today - timedelta(days=today.weekday(), weeks=1)


@pytest.fixture
def home(generated_weeks: Fetched, tmp_path: Path) -> Home:
    return generated_weeks.copy(tmp_path)


def ask_fibery_again(home: Home, week: date) -> Outcome:
    days = "--start-date", str(week), "--end-date", str(week + timedelta(days=6))
    return home.volt("run", *days, "--start-from", "fibery", "--json")


def looked_up(home: Home, week: date) -> dict[tuple[str, str, str], tuple]:
    rows = home.sql(
        "SELECT entity_type, public_id, array_to_string(label, '/'), status, name, state, fetched_at, problems "
        "FROM enriched_entities WHERE week = ?",
        week,
    )
    return {row[:3]: row[3:] for row in rows}


def test_a_database_that_does_not_answer_keeps_its_rows_and_the_run_completes_and_says_how_many(home, week, sandbox):
    before = looked_up(home, week)
    sandbox.fail_next("/api/commands", INTERNAL_ERROR, times=ALWAYS, containing='"q/from":"Scrum/Bug"')
    outcome = ask_fibery_again(home, week)
    assert outcome.exit_code == 0
    after = looked_up(home, week)
    assert after.keys() == before.keys()
    bugs = {key for key, row in before.items() if key[0] == "Scrum/Bug" and row[0] == "found"}
    assert bugs
    for key in bugs:
        assert after[key][:4] == before[key][:4]
        assert KEPT in str(after[key][4])
    for key in after.keys() - bugs:
        assert after[key][3] > before[key][3]
    assert f"of {len(before)} lookups failed" in outcome.stderr
    assert "of Scrum/Bug: Fibery could not be asked about Scrum/Bug: HTTP 500" in outcome.stderr
    markdown = [text for (text,) in home.sql("SELECT markdown FROM individual_reports WHERE week = ?", week)]
    assert any(f"{KEPT}: Fibery could not be asked about Scrum/Bug: HTTP 500" in text for text in markdown)

    # And once it answers again, nothing of that is left.
    sandbox.forget()
    assert ask_fibery_again(home, week).exit_code == 0
    assert KEPT not in str(looked_up(home, week))


@pytest.mark.slow
def test_open_work_of_a_database_that_does_not_answer_stays_as_it_was_known(home, week, sandbox):
    query = (
        "SELECT public_id, fetched_at FROM assigned_entities WHERE week = ? AND entity_type = 'Scrum/Bug' ORDER BY ALL"
    )
    assert ask_fibery_again(home, week).exit_code == 0
    before = home.sql(query, week)
    assert before
    sandbox.fail_next("/api/commands", INTERNAL_ERROR, times=ALWAYS, containing='"q/from":"Scrum/Bug"')
    assert ask_fibery_again(home, week).exit_code == 0
    assert home.sql(query, week) == before


@pytest.mark.parametrize("everything", ["is refused", "is not answered"])
def test_where_everything_fails_the_run_fails_in_one_line_and_the_stored_week_is_as_it_was(
    home, week, sandbox, everything
):
    before = home.tables()
    if everything == "is refused":
        sandbox.settings.unreadable_fields = frozenset({"fibery/public-id"})
    else:
        sandbox.fail_next("/api/commands", INTERNAL_ERROR, times=ALWAYS)
    outcome = ask_fibery_again(home, week)
    assert outcome.exit_code == 1
    message = outcome.json["error"]["message"]
    assert "\n" not in message
    if everything == "is refused":
        assert outcome.json["error"]["code"] == "lookups_failed"
        assert "What was stored is unchanged." in message
        assert "The query cannot be answered" in message
    else:
        assert outcome.json["error"]["code"] == "service_unreachable"
        assert "HTTP 500" in message
    assert home.tables() == before


def test_a_database_of_which_most_is_refused_fails_the_run_and_is_named(home, week, sandbox):
    before = home.tables()
    sandbox.settings.refused_types = frozenset({"Scrum/Task"})
    outcome = ask_fibery_again(home, week)
    assert outcome.exit_code == 1
    assert "work items of Scrum/Task" in outcome.json["error"]["message"]
    assert home.tables() == before


def test_a_fibery_that_refuses_aggregates_gives_the_same_week(home, week, sandbox):
    rows = "SELECT * EXCLUDE (fetched_at) FROM enriched_entities ORDER BY ALL"
    before = home.sql(rows)
    sandbox.settings.aggregates = False
    assert ask_fibery_again(home, week).exit_code == 0
    assert home.sql(rows) == before
    assert {request["status"] for request in sandbox.requests} <= {200, 304}
