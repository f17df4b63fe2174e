"""What a report says of expected hours: on the first screen, in the table of people and to a person."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from volt_assets.reports.people_config import load_people_config
from volt_assets.reports.rendering.markdown import markdown_of
from volt_assets.reports.report import Report
from volt_assets.reports.sentences.templates import template_prose
from volt_assets.reports.view.quality import view_of_quality
from volt_assets_tests.reports.conftest import FETCHED, MONDAY, SUNDAY, markdown, page

HOUR = 3600
DAY = timedelta(days=1)


@pytest.fixture
def report_by(facts_of: Callable[..., Any], tmp_path: Path) -> Callable[..., Report]:
    """The team's report, or a person's, by the text of a people.yaml."""

    def make(text: str | None, user_id: int | None = None) -> Report:
        rules = {}
        if text is not None:
            (tmp_path / "people.yaml").write_text(text)
            rules["people"] = load_people_config(tmp_path / "people.yaml")
        facts = facts_of(**rules)
        of = next((each for each in facts.individuals if each.user_id == user_id), facts.team)
        return Report(of, FETCHED.astimezone(), 1, template_prose(of))

    return make


def section(text: str, heading: str) -> str:
    return text.partition(f"## {heading}\n\n")[2].partition("\n## ")[0].strip()


def test_who_is_a_tenth_or_more_off_is_named_the_furthest_first(stored, report_by):
    stored.people[2] = ("Ben Ode", "ben@example.com")
    for user, hours in ((1, 43.9), (2, 46), (3, 32)):
        stored.entry("Call", int(hours * HOUR), user=user)
    stored.weeks()
    text = section(markdown(report_by("hours: 40")), "Hours against expected")
    assert text == "- **−8.00 h**: Ann Lee (lee); 32.00 of 40.00 h\n- **+6.00 h**: Ben Ode; 46.00 of 40.00 h"


def test_for_how_many_weeks_it_has_been_so_is_said_from_the_second_on(stored, report_by):
    for back in (2, 1, 0):
        stored.entry("Call", 45 * HOUR, day=MONDAY - 7 * DAY * back)
    stored.weeks(MONDAY - 14 * DAY, MONDAY)
    report = report_by("hours: 40")
    assert "45.00 of 40.00 h, over for the 3rd week in a row" in markdown(report)
    assert "45.00 of 40.00 h expected, over for the 3rd week in a row" in markdown(report_by("hours: 40", 1))


def test_of_many_the_five_furthest_are_named_and_the_others_counted(stored, report_by):
    stored.people = {user: (f"P {user}", f"p{user}@x") for user in range(1, 13)}
    for user in range(1, 8):
        stored.entry("Call", 40 * HOUR + user * 2 * HOUR + 2 * HOUR, user=user)
    for user in range(8, 13):
        stored.entry("Call", user=user, day=MONDAY - 7 * DAY)
    stored.weeks(MONDAY - 7 * DAY, MONDAY)
    text = section(markdown(report_by("hours: 40")), "Hours against expected")
    lines = [line.partition(";")[0] for line in text.splitlines() if line.startswith("- ")]
    assert lines[:5] == [f"- **+{2 * user + 2}.00 h**: P {user}" for user in (7, 6, 5, 4, 3)]
    assert lines[5:] == [f"- **no entries**: P {user}" for user in (10, 11, 12)]
    assert "2 more are 10 % or more off." in text
    assert "2 more have no entries." in text
    lead = "7 people are 10 % or more off their expected hours; 5 people have no entries."
    assert lead in markdown(report_by("hours: 40"))


def test_nobody_off_and_no_configuration_are_a_line_each(stored, report_by):
    stored.entry("Call", 40 * HOUR)
    stored.weeks()
    assert section(markdown(report_by("hours: 40")), "Hours against expected") == (
        "Nobody is 10 % or more off their expected hours."
    )
    without = markdown(report_by(None))
    assert section(without, "Hours against expected").startswith("Expected hours are not set up: `config/people.yaml`")
    assert "| Person | Hours | On items |" in without


def test_before_the_end_of_a_week_nobody_is_judged(stored, report_by):
    stored.entry("Call", HOUR)
    stored.weeks(after_its_end=False, complete=False)
    text = section(markdown(report_by("hours: 40")), "Hours against expected")
    assert text == "The week is not over: hours are not compared yet."


def test_who_is_away_next_week_is_named_with_days_and_why_with_entries_or_without(stored, report_by):
    stored.entry("Call", 40 * HOUR)
    stored.entry("Call", user=2, day=MONDAY - 7 * DAY)
    stored.weeks(MONDAY - 7 * DAY, MONDAY)
    text = f"""
hours: 40
people:
  ann@example.com: {{absences: [{SUNDAY + 2 * DAY}]}}
  ben@example.com: {{absences: ["{MONDAY}..{SUNDAY + 2 * DAY} at *sea*"]}}
"""
    said = section(markdown(report_by(text)), "Hours against expected")
    assert said.endswith(r"Away next week: Ben Ode, Mon 13 and Tue 14 Oct (at \*sea\*); Ann Lee, Tue 14 Oct.")


def test_what_is_due_while_they_are_away_is_named(stored, report_by):
    stored.entry("Fix #5 [Scrum] [Bug] [Moneyball]", 40 * HOUR)
    stored.entry("Fix #6 [Scrum] [Bug] [Moneyball]", HOUR, user=2)
    stored.weeks()
    ann = {"state": "Open", "state_kind": "started", "assignees": [{"name": "Ann Lee", "email": "ann@example.com"}]}
    stored.entity("5", planned_end=SUNDAY + 3 * DAY, **ann)
    stored.entity("6", planned_end=SUNDAY + 2 * DAY, **ann)
    report = report_by(f"hours: 40\npeople: {{ann@example.com: {{absences: [{SUNDAY + 3 * DAY}]}}}}")
    assert "Away next week: Ann Lee, Wed 15 Oct (#5 is due Wed)." in markdown(report)


def test_of_whom_no_hours_are_set_it_is_said(stored, report_by):
    stored.entry("Call", 40 * HOUR, user=1)
    stored.entry("Call", 40 * HOUR, user=2)
    stored.weeks()
    text = markdown(report_by("people: {ann@example.com: {hours: 40}}"))
    assert "No hours are set for Ben Ode." in text
    assert "| Ben Ode | 40.00 | not known | not known |" in text


def test_the_table_of_people_compares_with_expected_hours_and_adds_up(stored, report_by):
    stored.entry("Call", 45 * HOUR, user=1)
    stored.entry("Call", 30 * HOUR, user=2)
    stored.entry("Call", user=3, day=MONDAY - 7 * DAY)
    stored.weeks(MONDAY - 7 * DAY, MONDAY)
    rows = [line.split(" | ")[:4] for line in markdown(report_by("hours: 40")).splitlines() if line.startswith("| ")]
    assert ["| Person", "Hours", "Expected", "±"] in rows
    assert ["| Ann Lee (ann)", "45.00", "40.00", "+5.00"] in rows
    assert ["| Ann Lee (lee)", "0.00", "40.00", "−40.00"] in rows
    assert ["| **Team**", "**75.00**", "**120.00**", "**−45.00**"] in rows


def test_a_persons_days_and_weeks_stand_beside_what_is_expected(stored, report_by):
    stored.entry("Call", 9 * HOUR)
    stored.entry("Call", 7 * HOUR, day=MONDAY - 7 * DAY)
    stored.weeks(MONDAY - 7 * DAY, MONDAY)
    report = report_by(f"hours: 40\nholidays: [{MONDAY + DAY}]", 1)
    text = markdown(report)
    assert "| Monday | 9.00 | 8.00 |" in text
    assert "| Tuesday | – | – |" in text
    assert "9.00 of 32.00 h expected" in text
    assert "| **6 Oct** | 9.00 | 0% | 32.00 |" in text
    assert page(report).count("Dotted: the expected hours.") == 2
    assert "expected 32.00 (−23.00)" in page(report)
    assert "| Expected | 32.00 h | 40.00 h | −8.00 h |" in text
    assert "Expected next week" in page(report)


def test_an_address_that_is_nobodys_is_said_beside_data_quality_with_the_nearest_one(stored, facts_of, report_by):
    stored.entry("Call", user=2)
    stored.weeks()
    report = report_by("hours: 40\npeople: {bem@example.com: {hours: 20}, ANN@example.com: }")
    text = markdown_of(view_of_quality(report, report.facts, {}))
    assert "bem@example.com is nobody’s address in Toggl. Did you mean ben@example.com?" in text
    assert "ann@example.com is" not in text
    assert report.facts.expected.strangers == ["bem@example.com"]


def test_the_table_of_people_has_billable_hours_and_what_is_due_of_each(stored, report_by):
    stored.entry("Fix #5 [Scrum] [Bug] [Moneyball]", 30 * HOUR, billable=True)
    stored.entry("Fix #6 [Scrum] [Bug] [Moneyball]", 10 * HOUR, user=2)
    stored.weeks()
    both = [{"name": name, "email": email} for name, email in list(stored.people.values())[:2]]
    stored.entity("5", planned_end=SUNDAY, state="Open", state_kind="started", assignees=both)
    stored.entity("6", planned_end=SUNDAY + 2 * DAY, state="Open", state_kind="started", assignees=both[:1])
    text = section(markdown(report_by("hours: 40")), "People")
    assert "| Person | Hours | Expected | ± | On items | Billable | Items | Finished | Due |" in text
    assert "| Ann Lee | 30.00 | 40.00 | −10.00 | 100% | 30.00 | 1 | 0 | 2 |" in text
    assert "| Ben Ode | 10.00 | 40.00 | −30.00 | 100% | 0.00 | 1 | 0 | 1 |" in text
    assert "| **Team** | **40.00** | **80.00** | **−40.00** | **100%** | **30.00** | **2** | **0** | **2** |" in text
