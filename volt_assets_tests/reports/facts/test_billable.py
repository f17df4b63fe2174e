"""Billable time: reported where there is any, beside the period before, and unknown where it was not kept."""

from datetime import timedelta

import pytest

from volt_assets.reports.report import Report
from volt_assets_tests.reports.conftest import MONDAY, markdown, page
from volt_assets_tests.reports.rendering.test_markdown import NOW

BEFORE = MONDAY - timedelta(days=7)
BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"


@pytest.fixture
def worked(stored):
    """Two people: 3 h billable of 6, after 1 h of 2 in the week before."""
    stored.entry(BUG, 7200, day=BEFORE, billable=False)
    stored.entry("Call", 3600, day=BEFORE, billable=True)
    stored.entry(BUG, 7200, billable=True)
    stored.entry(BUG, 3600)
    stored.entry("Call", 3600, billable=True, user=2)
    stored.entry("Lunch", 7200, user=2)
    stored.weeks(BEFORE, MONDAY)
    return stored


def row(document: str) -> str:
    return next((line for line in document.splitlines() if line.startswith("| Billable")), "")


def test_it_is_summed_by_person_and_for_the_team(worked, facts_of):
    facts = facts_of()
    by_person = [person.figures.billable_seconds for person in facts.individuals]
    assert by_person == [7200, 3600]
    assert facts.team.figures.billable_seconds == sum(by_person)
    assert row(markdown(Report(facts.team, NOW), {})) == "| Billable | 3.00 h (50%) | 1.00 h (33%) | +2.00 h |"
    assert row(markdown(Report(facts.individuals[1], NOW))) == ("| Billable | 1.00 h (33%) | 0.00 h (–) | +1.00 h |")
    assert "3.00 h billable (50%)" in page(Report(facts.team, NOW), {})


def test_where_no_time_is_billable_it_is_not_mentioned(stored, facts_of):
    stored.entry(BUG, 7200)
    stored.weeks()
    team = Report(facts_of().team, NOW)
    assert row(markdown(team, {})) == ""
    assert "billable" not in page(team, {})


def test_in_weeks_summed_before_it_was_kept_it_is_unknown_and_not_zero(worked, facts_of):
    worked.connection.execute("UPDATE tracked_time SET billable_seconds = NULL WHERE week = ?", [BEFORE])
    facts = facts_of()
    assert facts.team.before.figures.billable_seconds is None
    assert row(markdown(Report(facts.team, NOW), {})) == "| Billable | 3.00 h (50%) | unknown | unknown |"
    worked.connection.execute("UPDATE tracked_time SET billable_seconds = NULL WHERE week = ? AND linked", [MONDAY])
    assert facts_of().team.figures.billable_seconds is None
