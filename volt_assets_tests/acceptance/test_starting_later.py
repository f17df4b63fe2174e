"""`--start-from fibery` and `reports`: runs of their own on stored weeks, for which Toggl is not asked."""

from collections import Counter
from pathlib import Path

import pytest

from volt_assets_tests.acceptance.conftest import BUSIEST, Fetched, edited
from volt_assets_tests.acceptance.home import Home, Outcome

DATES = "--start-date", BUSIEST[0], "--end-date", BUSIEST[1]
NO_TOGGL = {"TOGGL_API_TOKEN": None, "TOGGL_WORKSPACE_ID": None}
NO_TOKENS = NO_TOGGL | {"FIBERY_API_TOKEN": None}
SOMEBODY = "developer.13@sip.example"


@pytest.fixture
def home(busiest: Fetched, tmp_path: Path) -> Home:
    return busiest.copy(tmp_path)


def asked(sandbox) -> Counter:
    return Counter(request["service"] for request in sandbox.requests)


@pytest.mark.parametrize(
    ("stage", "environment", "requests"), [("fibery", NO_TOGGL, {"fibery": 2}), ("reports", NO_TOKENS, {})]
)
@pytest.mark.parametrize("by", ["dates", "our id", "Dagster's id"])
def test_toggl_is_not_asked_and_the_folder_is_whole(busiest, home, sip_sandbox, stage, environment, requests, by):
    which = {
        "dates": DATES,
        "our id": ("--run-id", busiest.outcome.json["run_id"]),
        "Dagster's id": ("--run-id", busiest.outcome.json["dagster_run_id"]),
    }[by]
    outcome = home.run("--start-from", stage, *which, **environment)
    assert asked(sip_sandbox) == requests
    assert outcome.json["requests"] == {"toggl": 0, "fibery": 0, "openai": 0} | requests
    assert outcome.json["dagster_run_id"] != busiest.outcome.json["dagster_run_id"]
    assert outcome.json["weeks"] == [BUSIEST[0]]
    based_on = None if by == "dates" else busiest.outcome.json["run_id"]
    assert outcome.json["based_on"] == based_on
    metadata = outcome.file("run_metadata.json")
    assert (metadata["start_from"], metadata["based_on"]) == (stage, based_on)
    assert metadata["completed_stages"] == ["toggl", "fibery", "reports"][["toggl", "fibery", "reports"].index(stage) :]
    assert ("No entry has changed" in outcome.stderr) == (by != "dates")
    theirs, ours = busiest.outcome.files(), outcome.files()
    assert list(ours) == list(theirs)
    for name in ours:
        assert name == "run_metadata.json" or ours[name] == theirs[name], name
    assert home.tables(times=False) == busiest.home.tables(times=False)


@pytest.mark.slow
def test_it_says_that_entries_changed_since_the_run_it_is_based_on(busiest: Fetched, home: Home, sip_sandbox):
    ((entry_id,),) = home.sql("SELECT min(id) FROM toggl_time_entries")
    with edited(sip_sandbox, entry_id, description="Something else"):
        home.run(*BUSIEST)
    old = home.run("--start-from", "reports", "--run-id", busiest.outcome.json["run_id"])
    assert f"Entries have changed since {busiest.outcome.json['run_id']}" in old.stderr
    based_on_this = home.run("--start-from", "reports", "--run-id", old.json["run_id"])
    assert "No entry has changed" in based_on_this.stderr
    assert based_on_this.json["based_on"] == old.json["run_id"]


def test_it_takes_the_days_and_the_people_of_the_run_it_is_based_on(busiest: Fetched, home: Home, sip_sandbox):
    tuesday = home.run("2007-12-04", "2007-12-05", "--users", SOMEBODY)
    again = home.run("--start-from", "reports", "--run-id", tuesday.json["run_id"], **NO_TOKENS)
    metadata = again.file("run_metadata.json")
    assert (metadata["start_date"], metadata["end_date"]) == ("2007-12-04", "2007-12-05")
    assert metadata["users"] == [SOMEBODY]
    for name in ("raw_toggl_data.json", "toggl_aggregated.json", "enriched_data.json", "reports/team_summary.md"):
        assert again.files()[name] == tuesday.files()[name], name
    assert "No entry has changed" in again.stderr


def test_stored_weeks_can_be_shown_for_some_days_and_people(busiest: Fetched, home: Home, sip_sandbox):
    outcome = home.run("2007-12-04", "2007-12-04", "--users", SOMEBODY.title(), "--start-from", "reports", **NO_TOKENS)
    raw = outcome.file("raw_toggl_data.json")["time_entries"]
    assert {(entry["user_email"], entry["start"][:10]) for entry in raw} == {(SOMEBODY, "2007-12-04")}
    everybody = "SELECT count(*) FROM individual_reports"
    assert home.sql(everybody) == busiest.home.sql(everybody)


def test_what_changed_in_fibery_is_seen_from_fibery_on_and_not_from_reports_on(home: Home, sip_sandbox):
    (entity,) = home.sql("SELECT entity_type, public_id, name FROM enriched_entities ORDER BY ALL LIMIT 1")
    kind, public_id, name = entity
    fibery = sip_sandbox.company.fibery
    title = fibery.types[kind].title
    fibery.edit(kind, public_id, **{title: "A better name"})
    try:
        assert name_of(home.run("--start-from", "reports", *DATES), kind, public_id) == name
        assert name_of(home.run("--start-from", "fibery", *DATES), kind, public_id) == "A better name"
    finally:
        fibery.edit(kind, public_id, **{title: name})
    assert home.sql("SELECT version FROM team_report") == [(2,)]


def name_of(outcome: Outcome, kind: str, public_id: str) -> str:
    return next(
        entity["name"]
        for entity in outcome.file("enriched_data.json")["entities"]
        if (entity["entity_type"], entity["public_id"]) == (kind, public_id)
    )
