"""What was spent in all says since when, and "at least" where the item is older; who has no time is not counted."""

from datetime import UTC, datetime, timedelta

import pytest

from volt_assets.reports.report import Report
from volt_assets.reports.sentences.menu import menu_of
from volt_assets.reports.sentences.templates import template_prose
from volt_assets_tests.reports.conftest import MONDAY, Stored, markdown

NOW = datetime(2025, 10, 13, 9, 30, tzinfo=UTC)
WEEK_BEFORE = MONDAY - timedelta(days=7)
BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"


def report_of(facts) -> str:
    return markdown(Report(facts, NOW, prose=template_prose(facts)))


@pytest.mark.parametrize(("started", "least"), [(-8, True), (-7, False), (0, False), (None, False)])
def test_an_item_begun_before_the_first_stored_week_has_at_least_what_is_stored(stored, facts_of, started, least):
    stored.entry(BUG, 7200, day=WEEK_BEFORE)
    stored.entry(BUG, 3600)
    stored.weeks(WEEK_BEFORE, MONDAY)
    start = None if started is None else MONDAY + timedelta(days=started)
    stored.entity("5", actual_start=start, actual_end=MONDAY, state="Done", state_final=True)
    facts = facts_of()
    team, own = report_of(facts.team), report_of(facts.individuals[0])
    assert "In all since 29 Sep |" in team
    assert "In all: since 29 Sep." in own
    for report in (team, own):
        assert ("at least 3.00" in report) == least
        assert "3.00" in report
    spent = menu_of(facts.team).items["item1"].own["spent"].text
    assert spent == f"{'at least ' if least else ''}3.00 h spent by everybody so far"


def test_where_weeks_are_missing_all_is_at_least(stored: Stored, facts_of):
    stored.entry(BUG, 7200, day=WEEK_BEFORE - timedelta(days=7))
    stored.entry(BUG, 3600)
    stored.weeks(WEEK_BEFORE - timedelta(days=7), WEEK_BEFORE - timedelta(days=7))
    stored.weeks()
    stored.entity("5", actual_start=MONDAY)
    assert "at least 3.00" in report_of(facts_of().team)


def test_people_without_time_are_in_no_count_and_have_no_row_by_project(stored: Stored, facts_of):
    stored.entry("Meeting", 3600, project="Volt")
    stored.entry("Meeting", 3600, project="Boat", user=2)
    stored.entry("Running", None, user=3)
    stored.entry("Nothing", 0, day=MONDAY, user=3, project="Volt")
    stored.weeks()
    team = facts_of().team
    assert len(team.people) == 3
    report = report_of(team)
    assert "· 2 people ·" in report
    matrix = report.split("Person by project\n", 1)[1].split("\n\n#", 1)[0]
    assert [line.split("|")[1].strip(" *") for line in matrix.strip().splitlines()[2:]][-1] == "All"
    assert matrix.count("Ann Lee") == 1
    assert {project.project: project.people for project in team.projects} == {"Volt": 1, "Boat": 1}
    assert template_prose(team).summary[0].parts[0].startswith("2 people tracked")
    assert menu_of(team).slots["total.people"].text == "2 people"
    assert "| All | 2.00 | 100% | | | 2 |" in report.replace("**", "")
