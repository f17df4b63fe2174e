"""States as of a week's end, from Fibery's history, where the configuration asks for it."""

import json
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from volt_assets.sandbox.faults import Fault
from volt_assets_tests.acceptance.conftest import GENERATED_ZONE
from volt_assets_tests.acceptance.home import PACKAGE_PARENT, Home

TYPES = ("Scrum/Task", "Scrum/Bug", "Scrum/Feature")


def ask_for_history(home: Home) -> None:
    """Put a configuration in place that asks for the history of some types."""
    text = (PACKAGE_PARENT / "config" / "enrichment_config.yaml").read_text()
    assert '  "Scrum/Task":\n' in text
    for name in TYPES[:2]:
        text = text.replace(f'  "{name}":\n', f'  "{name}":\n    history: true\n')
    text = text.replace('  "Scrum/Task":\n', f'  "{TYPES[2]}": {{history: true}}\n\n  "Scrum/Task":\n')
    config = home.project / "config"
    config.mkdir(exist_ok=True)
    (config / "enrichment_config.yaml").write_text(text)


@pytest.fixture(scope="module")
def weeks_ago(today):
    """The Monday of the oldest stored week: since its end much has changed."""
    return today - timedelta(days=today.weekday(), weeks=2)


@pytest.fixture(scope="module")
def with_history(generated_weeks, generated_server, tmp_path_factory, weeks_ago):
    home = generated_weeks.copy(tmp_path_factory.mktemp("history"))
    ask_for_history(home)
    generated_server.forget()
    home.run(str(weeks_ago), str(weeks_ago + timedelta(days=6)), "--start-from", "fibery")
    return home, [request["path"] for request in generated_server.requests]


def judged(home: Home, week) -> dict[tuple[str, str], dict]:
    """What the reports say of the entities with time, by type and number."""
    rows = home.sql("SELECT facts FROM individual_reports WHERE week = ?", week)
    return {
        (each["type"], each["public_id"]): each
        for (facts,) in rows
        for each in json.loads(facts)["alignment"]
        if each["seconds"]
    }


def test_one_request_more_for_each_type_that_asks_for_it(with_history):
    _, paths = with_history
    assert Counter(paths)["/api/history/v2/search"] == len(TYPES)


def test_states_are_those_at_the_weeks_end_as_the_company_knows_them(with_history, generated_server, weeks_ago):
    home, _ = with_history
    end = datetime.combine(weeks_ago + timedelta(days=7), time(), ZoneInfo(GENERATED_ZONE)).timestamp()
    workspace = generated_server.company.fibery
    told = judged(home, weeks_ago)
    expected, now = {}, {}
    for (kind, number), each in told.items():
        if kind not in TYPES or each["verdict"] == "unknown":
            continue
        entity = workspace.entity(kind, number)
        later = [event for event in workspace.history if event.entity is entity and event.at >= end]
        now[kind, number] = entity.values["workflow/state"].values["enum/name"]
        expected[kind, number] = later[0].before if later else now[kind, number]
    assert {key: told[key]["state"] for key in expected} == expected
    assert {told[key]["as_of"] for key in expected} == {"period_end"}
    assert sum(expected[key] != now[key] for key in expected) >= 3  # else this shows nothing
    others = [each for (kind, _), each in told.items() if kind not in TYPES]
    assert {each["as_of"] for each in others} == {"fetch"}


def test_the_report_says_of_when_the_states_are(with_history, weeks_ago):
    home, _ = with_history
    texts = home.sql("SELECT markdown, html FROM individual_reports WHERE week = ?", weeks_ago)
    texts += home.sql("SELECT markdown, html FROM team_report WHERE week = ?", weeks_ago)
    said = "States are those at the end of the week where Fibery’s history says"
    for shown in zip(*texts, strict=True):
        assert any(said in text for text in shown)
        assert said in shown[-1]


def test_without_an_answer_states_are_as_fetched_and_the_week_goes_on(
    generated_weeks, generated_server, tmp_path: Path, weeks_ago
):
    home = generated_weeks.copy(tmp_path)
    before = judged(home, weeks_ago)
    ask_for_history(home)
    generated_server.fail_next("/api/history", Fault(403, "Forbidden"), times=100)
    run = home.run(str(weeks_ago), str(weeks_ago + timedelta(days=6)), "--start-from", "fibery")
    generated_server.forget()
    assert run.json["status"] == "completed"
    assert judged(home, weeks_ago) == before
    assert home.sql("SELECT count(*) FROM state_changes") == [(0,)]


def test_the_open_week_is_not_asked_about(generated_weeks, generated_server, tmp_path: Path, today):
    home = generated_weeks.copy(tmp_path)
    ask_for_history(home)
    generated_server.forget()
    monday = today - timedelta(days=today.weekday())
    home.run(str(monday), str(today), "--start-from", "fibery")
    assert not [request for request in generated_server.requests if "history" in request["path"]]


@pytest.mark.slow
def test_another_threshold_makes_another_mismatch(generated_weeks, tmp_path: Path, today):
    home = generated_weeks.copy(tmp_path)
    monday = today - timedelta(days=today.weekday(), weeks=1)
    assert datetime.now(UTC).date() >= monday

    def told(hours: str) -> set[tuple[str, str]]:
        home.run(str(monday), str(monday + timedelta(days=6)), "--start-from", "reports", VOLT_NOT_STARTED_HOURS=hours)
        rows = home.sql("SELECT facts FROM team_report WHERE week = ?", monday)
        mismatches = json.loads(rows[0][0])["mismatches"]
        return {(each["type"], each["public_id"]) for each in mismatches if each["verdict"] == "not_updated"}

    assert told("1000") == set()
    assert told("1000") <= told("0")
