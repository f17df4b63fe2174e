"""What is wrong with a request or a setting is said in words, with exit code 2, and leaves no trace."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from volt_assets_tests.acceptance.conftest import BUSIEST, Fetched
from volt_assets_tests.acceptance.home import Outcome

WEEK = "--start-date", BUSIEST[0], "--end-date", BUSIEST[1]
NOT_STORED = "--start-date", "2007-11-26", "--end-date", "2007-12-02"
TO_COME = (date.today() + timedelta(days=2)).isoformat()


@pytest.fixture(scope="module")
def untouched(busiest: Fetched) -> tuple[Any, ...]:
    return busiest.home.everything()


@pytest.fixture
def refused(busiest: Fetched, untouched, sip_sandbox) -> Callable[..., tuple[Outcome, Outcome]]:
    """To run, without and with --json, what must be refused; checks that everything is as before."""

    def run(*arguments: str, **environment: str | None) -> tuple[Outcome, Outcome]:
        outcomes = tuple(busiest.home.volt("run", *arguments, *more, **environment) for more in ((), ("--json",)))
        for outcome in outcomes:
            assert outcome.exit_code == 2, outcome
            assert "Traceback" not in outcome.stdout + outcome.stderr
        assert busiest.home.everything() == untouched
        return outcomes

    return run


def days(first: str, last: str) -> tuple[str, ...]:
    return "--start-date", first, "--end-date", last


# What is asked, the settings that differ, the code in JSON, and what the message has to say.
REFUSED_WITHOUT_A_REQUEST = {
    "a day that is not in the calendar": (days("2007-02-29", "2007-03-04"), {}, "bad_date", "2007-02-29"),
    "a day in another form": (days("3.12.2007", "9.12.2007"), {}, "bad_date", "YYYY-MM-DD"),
    "days in the wrong order": (days(*reversed(BUSIEST)), {}, "bad_date", "before the start date"),
    "days to come": (days("2007-12-03", TO_COME), {}, "bad_date", "still to come"),
    "days before the first week": (days("2005-12-26", "2006-01-08"), {}, "bad_date", "VOLT_FIRST_WEEK"),
    "no days": ((), {}, "usage", "--start-date"),
    "one day only": (WEEK[:2], {}, "usage", "--end-date"),
    "nobody": ((*WEEK, "--users", " , "), {}, "usage", "--users"),
    "a stage that is none": ((*WEEK, "--start-from", "togl"), {}, "usage", "togl"),
    "an option that is none": ((*WEEK, "--user", "a@sip.example"), {}, "usage", "--user"),
    "a run's days and others": ((*WEEK, "--start-from", "fibery", "--run-id", "run_x"), {}, "usage", "--run-id"),
    "a run's days from toggl": (("--run-id", "run_x"), {}, "usage", "--start-from"),
    "an unknown run of ours": (
        ("--start-from", "fibery", "--run-id", "run_2001-01-01-00-00-00"),
        {},
        "unknown_run",
        "run_2001-01-01-00-00-00",
    ),
    "an unknown run of Dagster's": (("--start-from", "reports", "--run-id", "nonsense"), {}, "unknown_run", "nonsense"),
    "a week not stored, for fibery": ((*NOT_STORED, "--start-from", "fibery"), {}, "week_not_stored", "2007-11-26"),
    "a week not stored, for reports": ((*NOT_STORED, "--start-from", "reports"), {}, "week_not_stored", "2007-11-26"),
    "an unknown address in stored weeks": (
        (*WEEK, "--start-from", "reports", "--users", "nobody@sip.example"),
        {},
        "unknown_user",
        "nobody@sip.example",
    ),
    "no token of Toggl": (WEEK, {"TOGGL_API_TOKEN": None}, "missing_token", "TOGGL_API_TOKEN"),
    "no workspace of Toggl": (WEEK, {"TOGGL_WORKSPACE_ID": " "}, "missing_token", "TOGGL_WORKSPACE_ID"),
    "no token of Fibery": (WEEK, {"FIBERY_API_TOKEN": None}, "missing_token", "FIBERY_API_TOKEN"),
    "a token that no header carries": (WEEK, {"TOGGL_API_TOKEN": "schlüssel"}, "refused", "TOGGL_API_TOKEN"),
    "a workspace that is no number": (WEEK, {"TOGGL_WORKSPACE_ID": "acme"}, "bad_setting", "TOGGL_WORKSPACE_ID"),
    "a zone that is none": (WEEK, {"VOLT_TIMEZONE": "Europe/Londn"}, "bad_setting", "Europe/London"),
    "a first week that is no Monday": (WEEK, {"VOLT_FIRST_WEEK": "2006-01-03"}, "bad_setting", "VOLT_FIRST_WEEK"),
    "a folder of settings that is not there": (WEEK, {"VOLT_CONFIG": "elsewhere"}, None, "elsewhere"),
    "some people of a week of another zone": (
        (*WEEK, "--users", "developer.13@sip.example"),
        {"VOLT_TIMEZONE": "Europe/Berlin"},
        "other_timezone",
        f"volt run --start-date {BUSIEST[0]} --end-date {BUSIEST[1]}",
    ),
    "a stored week of another zone": (
        (*WEEK, "--start-from", "fibery"),
        {"VOLT_TIMEZONE": "Europe/Berlin"},
        "other_timezone",
        f"volt run --start-date {BUSIEST[0]} --end-date {BUSIEST[1]}",
    ),
    "reports of a week of another zone": (
        (*WEEK, "--start-from", "reports"),
        {"VOLT_TIMEZONE": "America/New_York"},
        "other_timezone",
        "Europe/London",
    ),
}
REFUSED_BY_A_SERVICE = {
    "an unknown address": (
        (*WEEK, "--users", "developer.13@sip.example,nobody@sip.example"),
        {},
        "unknown_user",
        "nobody@sip.example",
    ),
    "a token that Toggl refuses": (WEEK, {"TOGGL_API_TOKEN": "nobodys-token-of-toggl"}, "refused", "TOGGL_API_TOKEN"),
    "a token that Fibery refuses": (
        WEEK,
        {"FIBERY_API_TOKEN": "nobodys.token.of.fibery"},
        "refused",
        "FIBERY_API_TOKEN",
    ),
    "a workspace that is not ours": (WEEK, {"TOGGL_WORKSPACE_ID": "4711"}, "refused", "TOGGL_WORKSPACE_ID"),
    "a token that Fibery refuses, from fibery on": (
        (*WEEK, "--start-from", "fibery"),
        {"FIBERY_API_TOKEN": "nobodys.token.of.fibery"},
        "refused",
        "FIBERY_API_TOKEN",
    ),
}


def check_message(outcomes: tuple[Outcome, Outcome], code: str | None, said: str) -> None:
    """The same message for people on stderr and, with --json, as one object on stdout."""
    outcome, as_json = outcomes
    assert outcome.stdout == ""
    assert said in outcome.stderr
    assert as_json.json.keys() == {"error", "run_id"}
    assert as_json.json["error"].keys() == {"code", "message"}
    assert as_json.json["run_id"] is None
    assert said in as_json.json["error"]["message"]
    assert as_json.json["error"]["message"] in as_json.stderr
    assert code is None or as_json.json["error"]["code"] == code


@pytest.mark.parametrize("what", REFUSED_WITHOUT_A_REQUEST)
def test_is_refused_before_any_request(refused, sip_sandbox, what: str):
    arguments, environment, code, said = REFUSED_WITHOUT_A_REQUEST[what]
    check_message(refused(*arguments, **environment), code, said)
    assert sip_sandbox.requests == []


@pytest.mark.parametrize("what", REFUSED_BY_A_SERVICE)
def test_is_refused_by_what_a_service_answers(refused, sip_sandbox, what: str):
    arguments, environment, code, said = REFUSED_BY_A_SERVICE[what]
    outcomes = refused(*arguments, **environment)
    check_message(outcomes, code, said)
    assert sip_sandbox.requests
    for token in environment.values():
        # Of a workspace the number is shown; tokens never are.
        assert token == "4711" or all(token not in outcome.stdout + outcome.stderr for outcome in outcomes)


CONFIGURATION = (Path(__file__).parents[2] / "config" / "enrichment_config.yaml").read_text()
BROKEN = {
    "not YAML": ("enrichment_activities: [\n", "line"),
    "a misspelt key": (
        re.sub(r"(?m)^( +)max_concurrent:", r"\1max_concurent:", CONFIGURATION, count=1),
        "max_concurrent",
    ),
    "a number that is none": (
        re.sub(r"(?m)^( +)max_concurrent: \d+", r"\1max_concurrent: many", CONFIGURATION, count=1),
        "many",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_configuration_is_refused_with_its_line(refused, busiest: Fetched, sip_sandbox, tmp_path, what: str):
    text, said = BROKEN[what]
    (tmp_path / "enrichment_config.yaml").write_text(text)
    environment = {"VOLT_CONFIG": str(tmp_path)}
    outcomes = refused(*WEEK, **environment)
    check_message(outcomes, None, said)
    assert re.search(r"enrichment_config\.yaml.*\bline \d+", outcomes[0].stderr)
    assert sip_sandbox.requests == []


def test_an_empty_home_stays_empty(new_sip_home, sip_sandbox):
    home = new_sip_home()
    before = home.folders()
    outcome = home.volt("run", *WEEK, "--json", TOGGL_API_TOKEN="nobodys-token-of-toggl")
    assert (outcome.exit_code, outcome.json["run_id"]) == (2, None)
    assert home.dagster_runs() == {}
    assert not any(home.tables().values())
    assert home.folders() == before == set()


def test_an_output_folder_that_cannot_be_made_is_refused(refused, sip_sandbox, tmp_path):
    (tmp_path / "file").write_text("in the way")
    place = str(tmp_path / "file" / "runs")
    check_message(refused(*WEEK, "--output-dir", place), None, "file/runs")
    assert sip_sandbox.requests == []


def test_a_warehouse_that_is_no_database_is_refused(new_sip_home, sip_sandbox):
    home = new_sip_home()
    (home.project / ".volt").mkdir()
    (home.project / ".volt" / "warehouse.duckdb").write_text("not a database")
    outcome = home.volt("run", *WEEK, "--json")
    assert outcome.exit_code == 2
    assert "warehouse.duckdb" in outcome.json["error"]["message"]
    assert home.dagster_runs() == {}
    assert sip_sandbox.requests == []
