"""Teams of people.yaml: a report of their own each, and a line in that of all people, which add up."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from volt_assets.reports.facts.models import TeamFacts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files.file_names import file_names
from volt_assets.reports.files.team_files import team_files
from volt_assets.reports.people_config import load_people_config
from volt_assets.reports.privacy import OPEN, Privacy, privacy_of
from volt_assets.reports.report import Report
from volt_assets.reports.rules import ReportRules
from volt_assets.reports.view.sums import sections_that_do_not_add_up
from volt_assets_tests.reports.conftest import MONDAY, SUNDAY, ZONE, markdown

HOUR = 3600
NOW = datetime(2025, 10, 13, 9, 30, tzinfo=UTC)
TEAMS = """
hours: 40
people:
  ann@example.com: {team: Web & App, lead: true}
  lee@example.com: {team: Web & App}
  ben@example.com: {}
"""

Files = Callable[..., Mapping[str, str]]


@pytest.fixture
def rules(tmp_path: Path) -> Callable[..., ReportRules]:
    def make(text: str, privacy: Privacy = OPEN) -> ReportRules:
        (tmp_path / "people.yaml").write_text(text)
        return ReportRules(ZONE, privacy, people=load_people_config(tmp_path / "people.yaml"))

    return make


@pytest.fixture
def files(stored, rules: Callable[..., ReportRules]) -> Files:
    def make(text: str, privacy: Privacy = OPEN, users: list[int] | None = None) -> Mapping[str, str]:
        with PreparedPeriod(stored.connection, MONDAY, SUNDAY, users) as prepared:
            return team_files(prepared, rules(text, privacy), file_names(stored.connection), NOW, index="../x.html")

    return make


@pytest.fixture
def company(stored):
    stored.people[1], stored.people[3] = ("Ann Poe", "ann@example.com"), ("Kim Lee", "lee@example.com")
    stored.entry("Fix #5 [Scrum] [Bug] [Moneyball]", 31 * HOUR + 17, user=1)
    stored.entry("Call", 9 * HOUR + 1, user=1)
    stored.entry("Call", 40 * HOUR + 59, user=2)
    stored.entry("Call", user=3, day=MONDAY - timedelta(days=7))
    stored.weeks(MONDAY - timedelta(days=7), MONDAY)
    stored.entity("5")
    return stored


def test_each_team_has_a_page_markdown_and_json_with_its_people_alone(company, files):
    made = files(TEAMS)
    assert list(made) == ["teams/web_app.md", "teams/web_app.html", "teams/web_app.json"]
    text = made["teams/web_app.md"]
    assert text.startswith("# Web & App: 6–12 October 2025")
    assert "led by Ann Poe" in text
    assert "[Ann Poe](../individual/ann_poe.md) | 40.00 | 40.00 | ±0.00" in text
    assert "Ben" not in text
    assert 'href="../team_summary.html"' in made["teams/web_app.html"]
    assert 'href="../x.html"' in made["teams/web_app.html"]
    facts = TeamFacts.model_validate_json(made["teams/web_app.json"])
    assert (facts.team, facts.figures.tracked_seconds, facts.expected.seconds) == (
        "Web & App",
        40 * HOUR + 18,
        80 * HOUR,
    )
    assert [each.name for each in facts.expected.absent] == ["Kim Lee"]
    assert json.loads(made["teams/web_app.json"])["teams"] == []


def test_the_report_of_all_has_a_line_for_each_team_which_add_up(company, facts_of, rules):
    facts = facts_of(people=rules(TEAMS).people).team
    text = markdown(Report(facts, NOW))
    assert "| [Web & App](teams/web_app.md) | Ann Poe | 1 | 40.00 | 80.00 | −40.00 | 78% |" in text
    assert "| in no team | – | 1 | 40.02 | 40.00 | +0.02 | 0% |" in text
    assert "| **All** | | **2** | **80.02** | **120.00** | **−39.98** | **39%** |" in text
    assert sections_that_do_not_add_up(Report(facts, NOW), facts.figures.tracked_seconds) == []


def test_a_teams_hours_are_the_same_in_its_report_and_in_that_of_all(company, facts_of, rules, files):
    (line, _) = facts_of(people=rules(TEAMS).people).team.teams
    own = TeamFacts.model_validate_json(files(TEAMS)["teams/web_app.json"])
    assert (line.tracked_seconds, line.hundredths) == (own.figures.tracked_seconds, own.figures.tracked_hundredths)
    assert line.expected_hundredths == own.expected.hundredths


@pytest.mark.parametrize("text", ["hours: 40", "people: {gone@example.com: {team: Past}}"])
def test_where_nobody_is_in_a_team_there_is_none(company, facts_of, rules, files, text: str):
    assert files(text) == {}
    facts = facts_of(people=rules(text).people).team
    assert facts.teams == []
    assert "## Teams" not in markdown(Report(facts, NOW))


def test_reports_of_some_people_have_no_teams(company, files, facts_of, rules):
    assert files(TEAMS, users=[1]) == {}
    assert facts_of(MONDAY, SUNDAY, [1], people=rules(TEAMS).people).team.teams == []


def test_names_are_hidden_in_reports_of_teams_as_in_that_of_all(company, files, facts_of, rules: Any):
    privacy = privacy_of(company.connection, "initials")
    made = files(TEAMS, privacy)
    for text in made.values():
        assert not [name for name in ("Ann Poe", "Kim Lee", "example.com", "ann_poe") if name in text]
    assert "led by A. P." in made["teams/web_app.md"]
    assert facts_of(people=rules(TEAMS).people, privacy=privacy).team.teams[0].lead == "A. P."


def test_teams_whose_names_give_one_file_name_have_one_each(company, files):
    made = files(
        "hours: 40\npeople: {ann@example.com: {team: A b}, ben@example.com: {team: a-b}, lee@example.com: {team: Ж}}"
    )
    assert {name.partition(".")[0] for name in made} == {"teams/a_b", "teams/a_b_2", "teams/team_3"}
