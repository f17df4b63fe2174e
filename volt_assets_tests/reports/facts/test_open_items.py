"""Open work against its plan: what is left, what fits, what is short, and which group of the first screen it is in."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.reports.facts.decisions import decisions, short_of
from volt_assets.reports.facts.models import OpenItem, Period
from volt_assets.reports.facts.open_items import working_days
from volt_assets.reports.people_config import Days, PeopleConfig
from volt_assets.reports.report import Report
from volt_assets.reports.view.entities import state_then
from volt_assets_tests.reports.conftest import MONDAY, SUNDAY, markdown

BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"
HOUR = 3600
DAY = timedelta(days=1)
WEEK = 7 * DAY
ANN = [{"name": "Ann Lee", "email": "ann@example.com"}]
OPEN = {"state": "In progress", "state_kind": "started", "state_final": False, "assignees": ANN}


@pytest.fixture
def item_of(stored, facts_of):
    """The one open item of what is stored, after ten hours a week for three weeks on an estimate of 50."""

    def make(weeks: int = 3, rules: dict[str, Any] | None = None, **said: Any) -> OpenItem:
        for back in range(weeks):
            stored.entry(BUG, 10 * HOUR, day=MONDAY - back * WEEK)
        stored.weeks(MONDAY - 2 * WEEK, MONDAY)
        stored.entity("5", **{**OPEN, "estimate_seconds": 50 * HOUR, "planned_end": SUNDAY + 5 * DAY, **said})
        (item,) = facts_of(**(rules or {})).team.open_items
        return item

    return make


def test_left_is_the_estimate_less_what_everybody_spent_and_fits_is_the_pace_until_the_planned_end(item_of):
    item = item_of()
    assert item.forecast is not None
    assert (item.forecast.pace_seconds, item.forecast.pace_days) == (30 * HOUR, 15)
    assert item.forecast.left_hundredths == 2000
    assert item.forecast.fits_hundredths == 1000
    assert item.forecast.short_hundredths == 1000
    # Two hours a working day: ten days from the Monday after.
    assert item.forecast.done_on == SUNDAY + 12 * DAY


def test_a_later_beginning_makes_the_pace_that_of_the_weeks_since(item_of):
    item = item_of(weeks=1)
    assert item.forecast is not None
    assert (item.forecast.pace_seconds, item.forecast.pace_days) == (10 * HOUR, 5)


def test_public_holidays_are_no_working_days(item_of):
    holiday = PeopleConfig(public_holidays=(Days(SUNDAY + DAY, SUNDAY + 2 * DAY), Days(MONDAY, MONDAY)))
    item = item_of(rules={"people": holiday})
    assert item.forecast is not None
    assert item.forecast.pace_days == 14
    assert item.forecast.fits_hundredths == round(3 * 3000 / 14)


def test_without_an_estimate_or_everybodys_entries_nothing_is_forecast(item_of, stored, facts_of):
    assert item_of(estimate_seconds=None).forecast is None
    stored.clear()
    stored.entry(BUG)
    stored.weeks(everybody=False, complete=False)
    stored.entity("5", **OPEN, estimate_seconds=HOUR)
    (item,) = facts_of().team.open_items
    assert item.forecast is None
    assert item.plan.spent_in_all_seconds is None


def test_of_work_that_nobody_works_on_the_day_is_unknown_and_all_of_it_is_short(stored, facts_of):
    stored.entry("Meeting")
    stored.weeks(MONDAY - 2 * WEEK, MONDAY)
    stored.assigned("7", name="Later", emails=["ann@example.com"], state="Open", state_kind="not_started",
                    planned_end=SUNDAY + 2 * DAY, estimate_seconds=8 * HOUR)  # fmt: skip
    facts = facts_of()
    (item,) = facts.team.open_items
    assert item.forecast is not None
    assert item.forecast.done_on is None
    assert item.forecast.short_hundredths == 800
    assert decisions(facts.team).short == [item]
    (ann,) = facts.individuals
    assert decisions(ann).short == [item]


def test_what_is_final_is_not_open(item_of, stored, facts_of):
    stored.entry(BUG)
    stored.weeks()
    stored.entity("5", state="Done", state_kind="final", state_final=True, actual_end=SUNDAY)
    assert facts_of().team.open_items == []


@pytest.mark.parametrize(
    ("end", "group"),
    [
        (SUNDAY, "past_end"),
        (SUNDAY + DAY, "short"),
        (SUNDAY + 7 * DAY, "short"),
        (SUNDAY + 8 * DAY, "later"),
        (SUNDAY + 60 * DAY, None),
        (None, None),
    ],
)
def test_an_item_is_in_the_group_of_its_planned_end(item_of, facts_of, end, group):
    item_of(planned_end=end)
    found = decisions(facts_of().team)
    groups = ("past_end", "short", "ending_later", "in_pace", "unknown", "stuck", "not_updated", "later")
    assert [name for name in groups if getattr(found, name)] == ([group] if group else [])


def test_a_parent_is_due_with_what_is_below_it_and_ends_later(stored, facts_of):
    stored.entry("Accounts #40 [Scrum] [Feature] [P]")
    stored.entry(BUG)
    stored.weeks()
    stored.entity("40", "Scrum/Feature", **OPEN, planned_end=SUNDAY + 2 * DAY)
    above = {"type": "Scrum/Feature", "public_id": "40", "name": "Accounts"}
    stored.entity("5", **OPEN, planned_end=SUNDAY + 9 * DAY, parents=[above])
    (parent,) = decisions(facts_of().team).ending_later
    assert [(item.public_id, item.planned_end) for item in parent.ending_later] == [("5", SUNDAY + 9 * DAY)]


def test_started_work_is_stuck_after_two_weeks_without_anybodys_time_as_far_as_weeks_are_stored(stored, facts_of):
    stored.entry("Meeting")
    stored.entry(BUG, day=SUNDAY - 14 * DAY)
    stored.weeks(MONDAY - 3 * WEEK, MONDAY)
    stored.entity("5", week=MONDAY - 2 * WEEK, **OPEN)
    stored.assigned("5", name="Fix login", emails=["ann@example.com"], state="In progress", state_kind="started")
    facts = facts_of().team
    assert [item.public_id for item in decisions(facts).stuck] == ["5"]
    known = facts.model_copy(update={"period": facts.period.model_copy(update={"stored_since": MONDAY})})
    assert decisions(known).stuck == []


def test_what_was_closed_after_the_period_was_open_at_its_end_and_says_since_when_it_is_not(item_of):
    closed = SUNDAY + 2 * DAY
    item = item_of(state="Done", state_kind="final", state_final=True, actual_start=MONDAY, actual_end=closed)
    assert (item.state, item.state_kind, item.closed_on) == ("Done", "started", closed)
    period = Period(first_day=MONDAY, last_day=SUNDAY, timezone="UTC", fetched_at=None, weeks=[])
    assert state_then(item, period) == "Done since 14 Oct"


def test_what_is_open_is_in_its_state(item_of):
    item = item_of()
    assert item.closed_on is None
    period = Period(first_day=MONDAY, last_day=SUNDAY, timezone="UTC", fetched_at=None, weeks=[])
    assert state_then(item, period) == "In progress"


def test_the_hours_left_past_the_planned_end_are_carried_over_with_their_sum(stored, facts_of):
    for number, spent in (("5", 2), ("6", 3)):
        stored.entry(f"Fix login #{number} [Scrum] [Bug] [Moneyball]", spent * HOUR)
    stored.weeks()
    for number in ("5", "6"):
        stored.entity(number, **OPEN, planned_end=SUNDAY - DAY, estimate_seconds=10 * HOUR)
    text = markdown(Report(facts_of().team, datetime(2025, 10, 13, tzinfo=UTC)))
    assert "Carried over: 15.00 h left on 2 of them." in text


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_working_days_are_five_in_any_seven_days(first, length):
    days = list(working_days(first, first + length * DAY, frozenset()))
    assert all(day.weekday() < 5 for day in days)
    assert abs(len(days) - 5 * (length + 1) / 7) < 2


def test_what_is_short_of_many_is_the_sum(item_of):
    item = item_of()
    assert short_of([item, item]) == 2000
