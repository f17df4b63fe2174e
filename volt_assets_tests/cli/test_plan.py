"""`volt plan` and `volt run --dry-run`, against the sandbox."""

from collections.abc import Iterator

import pytest

from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.acceptance.home import Home

KEYS = {"weeks", "pages", "requests", "seconds", "quota", "fits"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with start_sandbox(generated_company(), SandboxSettings(fibery_limits=False, workspace_quota=240)) as sandbox:
        yield sandbox


@pytest.fixture
def home(sandbox, tmp_path) -> Home:
    sandbox.forget()
    return Home(tmp_path, sandbox.environment | {"VOLT_FIRST_WEEK": "2024-01-01"})


def toggls(sandbox: Sandbox) -> int:
    return sum(request["service"] == "toggl" for request in sandbox.requests)


def test_weeks_that_are_not_stored_cost_one_request_and_nothing_is_made(home, sandbox):
    outcome = home.volt("plan", "--json")
    assert outcome.exit_code == 0, outcome
    assert outcome.json.keys() == KEYS
    assert outcome.json["requests"].keys() == {"toggl", "fibery", "openai"}
    assert outcome.json["quota"].keys() == {"limit", "left", "resets_at"}
    assert (len(outcome.json["weeks"]), outcome.json["pages"], outcome.json["requests"]["toggl"]) == (1, 1, 3)
    assert (outcome.json["quota"]["limit"], outcome.json["fits"]) == (240, True)
    assert len(sandbox.requests) == toggls(sandbox) == 1
    assert not home.project.joinpath(".volt").exists()


@pytest.mark.slow
def test_what_is_stored_costs_none_and_the_run_then_sends_what_was_said(home, sandbox):
    (week,) = home.volt("plan", "--json").json["weeks"]
    days = "--start-date", week, "--end-date", week
    before = home.volt("run", *days, "--dry-run", "--json").json
    ran = home.run(week, week).json
    assert before["requests"]["toggl"] == ran["requests"]["toggl"]
    assert abs(before["requests"]["fibery"] - ran["requests"]["fibery"]) <= 6
    sandbox.forget()
    again = home.volt("run", *days, "--dry-run", "--json").json
    assert sandbox.requests == []
    assert abs(again["requests"]["fibery"] - ran["requests"]["fibery"]) <= 3
    later = home.volt("plan", "--from", week, "--to", week, "--start-from", "fibery", "--json").json
    assert (later["pages"], later["requests"]["toggl"], later["fits"]) == (0, 0, True)


def test_a_range_that_does_not_fit_says_what_happens(home, sandbox):
    sandbox.settings.workspace_quota = 6
    try:
        outcome = home.volt("plan", "--from", "2025-W01", "--to", "2025-W30", OPENAI_API_KEY="k")
    finally:
        sandbox.settings.workspace_quota = 240
    assert outcome.exit_code == 0
    assert "It does not fit" in outcome.stdout
    assert "of 30 requests left" in outcome.stdout
    assert "0 of the model, since VOLT_PROSE is off" in outcome.stdout


def test_weeks_that_have_to_be_stored_and_are_not_are_refused(home):
    outcome = home.volt("plan", "--start-from", "fibery", "--json")
    assert (outcome.exit_code, outcome.json["error"]["code"]) == (2, "week_not_stored")
