"""Amounts: hours times the rate of Toggl or of people.yaml, to the cent, the same wherever they are added up."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.reports.facts.models import TeamFacts
from volt_assets.reports.facts.money import amount_of
from volt_assets.reports.people_config import load_people_config
from volt_assets.reports.privacy import privacy_of
from volt_assets.reports.report import Report
from volt_assets_tests.reports.conftest import FETCHED, MONDAY, markdown, page

HOUR = 3600
BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"
RATES = """
rates: {Website: 92.00 EUR}
people: {ben@example.com: {rate: 77.77 EUR}, lee@example.com: {rate: 100 USD}}
"""


@pytest.fixture
def team_by(facts_of: Callable[..., Any], tmp_path: Path) -> Callable[..., TeamFacts]:
    def compute(text: str, *, money: bool = True, **rules: Any) -> TeamFacts:
        (tmp_path / "people.yaml").write_text(text)
        return facts_of(people=load_people_config(tmp_path / "people.yaml"), money=money, **rules).team

    return compute


def parts(team: TeamFacts) -> list[tuple[Any, ...]]:
    return [(part.user_id, part.project, part.hundredths, part.rate, part.currency, part.amount) for part in team.money]


def table(text: str, head: str) -> list[str]:
    return text.partition(f"| {head} | Billable h")[2].partition("\n\n")[0].splitlines()[2:]


def test_unless_it_is_asked_for_nothing_is_said_of_money(stored, team_by):
    stored.entry("Call", HOUR, project="Website", billable=True)
    stored.weeks()
    team = team_by(RATES, money=False)
    assert team.money is None
    assert "EUR" not in markdown(Report(team, FETCHED.astimezone()))


def test_amounts_are_hours_times_the_rate_of_the_project_else_of_the_person(stored, team_by):
    stored.entry("Call", 2 * HOUR, project="Website", billable=True)
    stored.entry("Lunch", 2 * HOUR, project="Website")
    stored.entry("Call", HOUR, user=2, project="Other", billable=True)
    stored.entry("Call", HOUR, user=1, project="Other", billable=True)
    stored.weeks()
    assert parts(team_by(RATES)) == [
        (1, "Other", 100, None, None, None),
        (1, "Website", 200, Decimal("92.00"), "EUR", Decimal("184.00")),
        (2, "Other", 100, Decimal("77.77"), "EUR", Decimal("77.77")),
    ]


def test_toggls_rate_goes_before_that_of_the_file(stored, team_by):
    stored.entry("Call", HOUR, project="Website", billable=True)
    stored.entry("Call", HOUR, project="Website", billable=True)
    stored.entry("Call", HOUR, project="Website")
    stored.entries[0] |= {"rate_cents": 12345, "currency": "CHF"}
    stored.entries[2] |= {"rate_cents": 12345, "currency": "CHF"}
    stored.weeks()
    team = team_by(RATES)
    assert parts(team) == [
        (1, "Website", 100, Decimal("123.45"), "CHF", Decimal("123.45")),
        (1, "Website", 100, Decimal("92.00"), "EUR", Decimal("92.00")),
    ]
    assert team.figures.tracked_seconds == 3 * HOUR


def test_the_project_is_the_one_that_reports_name(stored, team_by):
    stored.entry(BUG, HOUR, project="Website", billable=True)
    stored.weeks()
    stored.entity("5")
    assert [part.project for part in team_by("rates: {Moneyball: 10 EUR}").money] == ["Moneyball"]
    assert team_by("rates: {Moneyball: 10 EUR}").money[0].amount == Decimal("10.00")


@given(st.integers(0, 100_000), st.integers(0, 100_000))
def test_an_amount_is_rounded_to_the_cent_half_up(hundredths: int, cents: int):
    amount = amount_of(hundredths, Decimal(cents) / 100)
    assert amount == Decimal((2 * hundredths * cents + 100) // 200) / 100


def test_tables_by_project_and_person_have_the_same_totals_by_currency_and_say_what_has_no_rate(stored, team_by):
    for user, project, seconds in (
        *((1, "Website", 4321), (1, "Other", 3777), (2, "Website", 1234), (2, "Other", 999)),
        *((3, "Other", 3601), (3, None, 1000 * HOUR), (1, None, 77)),
    ):
        stored.entry(f"Call {seconds}", seconds, user=user, project=project, billable=True)
    stored.weeks()
    team = team_by(RATES)
    report = Report(team, FETCHED.astimezone())
    by_project, by_person = table(markdown(report), "Project"), table(markdown(report), "Person")
    assert by_project[-1] == by_person[-1]
    for rows in (by_project, by_person):
        cells = [[cell.strip(" *") for cell in row.strip("| ").split(" | ")[1:]] for row in rows]
        columns = [
            [Decimal(cell.replace(" ", "").replace("–", "0")) for cell in column] for column in zip(*cells, strict=True)
        ]
        assert [sum(column[:-1]) for column in columns] == [column[-1] for column in columns]
    text = markdown(report)
    assert "| Project | Billable h | EUR | USD | Without a rate, h |" in text
    assert "100\N{NARROW NO-BREAK SPACE}000.00" in page(report)
    assert "There is no rate, in Toggl or in people.yaml, for Other 1.05 h and no project 0.02 h." in text
    assert "h without a rate" in page(report)


def test_without_any_rate_hours_are_shown_alone(stored, team_by):
    stored.entry("Call", HOUR, billable=True)
    stored.weeks()
    text = markdown(Report(team_by("hours: 40"), FETCHED.astimezone()))
    assert "| Project | Billable h |\n" in text
    assert "for no project 1.00 h." in text


def test_without_billable_time_that_is_said(stored, team_by):
    stored.entry("Call", HOUR)
    stored.weeks()
    assert "No billable time is known." in markdown(Report(team_by(RATES), FETCHED.astimezone()))


def test_amounts_are_of_those_who_are_reported_on_and_their_names_are_hidden(stored, team_by, facts_of):
    stored.entry("Call", HOUR, user=1, project="Website", billable=True)
    stored.entry("Call", HOUR, user=2, project="Website", billable=True)
    stored.weeks()
    hidden = team_by(RATES, privacy=privacy_of(stored.connection, "initials"))
    rows = table(markdown(Report(hidden, FETCHED.astimezone())), "Person")
    assert [row.split(" | ")[0] for row in rows] == ["| A. L.", "| B. O.", "| **All**"]
    assert [part.user_id for part in facts_of(MONDAY, MONDAY, [2], money=True).team.money] == [2]


def test_people_are_not_shown_amounts_in_their_own_reports(stored, facts_of, tmp_path):
    stored.entry("Call", HOUR, project="Website", billable=True)
    stored.weeks()
    (tmp_path / "people.yaml").write_text(RATES)
    (own,) = facts_of(people=load_people_config(tmp_path / "people.yaml"), money=True).individuals
    assert "EUR" not in markdown(Report(own, FETCHED.astimezone()))
