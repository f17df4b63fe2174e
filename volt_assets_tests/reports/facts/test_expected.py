"""What is expected of people: days off, absences and holidays taken out, weeks in a row, and who has no entries."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from volt_assets.reports.facts.models import DaysAway, Expected, TeamFacts
from volt_assets.reports.people_config import load_people_config
from volt_assets.reports.privacy import privacy_of
from volt_assets_tests.reports.conftest import MONDAY, SUNDAY

HOUR = 3600
DAY = timedelta(days=1)
# Of the conftest's: 1 is Ann Lee, ann@example.com, 2 is Ben Ode, ben@example.com, 3 is Ann Lee, lee@example.com.
FORTY = "hours: 40\n"

Of = Callable[..., Any]


def week(back: int) -> date:
    return MONDAY - 7 * DAY * back


@pytest.fixture
def expected_by(facts_of: Of, tmp_path: Path) -> Of:
    """The facts by the text of a people.yaml."""

    def compute(text: str, *period: Any, **rules: Any) -> Any:
        file = tmp_path / "people.yaml"
        file.write_text(text)
        return facts_of(*period, people=load_people_config(file), **rules)

    return compute


def own(facts: Any, user_id: int) -> Expected:
    return next(person.expected for person in facts.individuals if person.user_id == user_id)


def test_without_a_configuration_nothing_is_expected(stored, facts_of):
    stored.entry("Call")
    stored.weeks()
    facts = facts_of()
    assert own(facts, 1) == Expected()
    assert not facts.team.expected.configured
    assert facts.team.expected.seconds is None


def test_a_week_is_expected_of_everybody_who_has_had_an_entry(stored, expected_by):
    stored.entry("Call", user=1)
    stored.entry("Call", user=2, day=week(1))
    stored.weeks(week(1), MONDAY)
    facts = expected_by(FORTY)
    assert (own(facts, 1).seconds, own(facts, 1).hundredths) == (40 * HOUR, 4000)
    assert [day.seconds for day in own(facts, 1).days] == [8 * HOUR] * 5 + [0, 0]
    # 3 never had an entry, and no line of the configuration.
    assert facts.team.expected.seconds == facts.team.expected.next_seconds == 80 * HOUR
    named = expected_by(FORTY + "people: {lee@example.com: }")
    assert named.team.expected.seconds == 120 * HOUR
    assert [each.user_id for each in named.team.expected.absent] == [3, 2]


def test_days_off_absences_and_holidays_are_taken_out(stored, expected_by):
    stored.entry("Call", user=1)
    stored.entry("Call", user=2)
    stored.weeks()
    text = f"""
hours: 40
holidays: [{MONDAY}, {SUNDAY + 3 * DAY}]
people:
  ann@example.com:
    hours: 32
    days_off: [Friday]
    absences: [{MONDAY + DAY}, {SUNDAY - 2 * DAY}..{SUNDAY + DAY} at sea]
"""
    facts = expected_by(text)
    ann, ben = own(facts, 1), own(facts, 2)
    assert [day.seconds for day in ann.days] == [0, 0, 8 * HOUR, 8 * HOUR, 0, 0, 0]
    assert (ann.seconds, ben.seconds) == (16 * HOUR, 32 * HOUR)
    assert (ann.next_seconds, ben.next_seconds) == (16 * HOUR, 32 * HOUR)
    assert ann.away_next == [DaysAway(first_day=SUNDAY + DAY, last_day=SUNDAY + DAY, reason="at sea")]
    assert facts.team.expected.seconds == 48 * HOUR
    assert facts.team.people[0].expected == ann


def test_rounded_hours_of_people_add_up_to_the_teams(stored, expected_by):
    for user in (1, 2, 3):
        stored.entry("Call", user=user)
    stored.weeks()
    facts = expected_by(f"hours: 40.004\nholidays: [{MONDAY}]")
    assert [person.expected.hundredths for person in facts.team.people] == [3200] * 3
    assert facts.team.expected.hundredths == sum(person.expected.hundredths for person in facts.team.people)


def test_of_who_has_no_hours_nothing_is_known_and_so_not_of_the_team(stored, expected_by):
    stored.entry("Call", user=1)
    stored.entry("Call", user=2)
    stored.weeks()
    facts = expected_by("people: {ann@example.com: {hours: 40}}")
    assert (own(facts, 1).seconds, own(facts, 2).seconds) == (40 * HOUR, None)
    assert facts.team.expected.seconds is None
    assert facts.team.expected.configured


@pytest.mark.parametrize(
    ("hours", "in_row"),
    [
        ((40, 44, 44, 44), 3),
        ((44, 44, 40, 44), 1),
        ((44, 44, 44, 40), 0),
        ((36, 36, 44, 36), -1),
        ((44, 36, 36, 36), -3),
        ((36, 36.1, 36, 36), -2),
        ((44, 43.9, 44, 44), 2),
    ],
)
def test_weeks_in_a_row_are_counted_while_they_are_a_tenth_or_more_off_on_the_same_side(
    stored, expected_by, hours: tuple[float, ...], in_row: int
):
    for back, of_week in zip((3, 2, 1, 0), hours, strict=True):
        stored.entry("Call", int(of_week * HOUR), day=week(back))
    stored.weeks(week(3), MONDAY)
    assert own(expected_by(FORTY), 1).weeks_in_row == in_row


def test_a_week_that_was_not_over_is_not_judged(stored, expected_by):
    stored.entry("Call", 60, user=1)
    stored.entry("Call", user=2, day=week(1))
    stored.weeks(week(1), week(1))
    stored.weeks(after_its_end=False, complete=False)
    facts = expected_by(FORTY)
    assert own(facts, 1).weeks_in_row == 0
    assert facts.team.expected.absent == []


def test_what_was_expected_in_the_weeks_before_is_known_where_their_time_is(stored, expected_by):
    stored.entry("Call", user=1, day=week(3))
    stored.entry("Call", user=2, day=week(1))
    stored.entry("Call", user=1)
    stored.weeks(week(3), week(3))
    stored.weeks(week(1), MONDAY)
    team = expected_by(FORTY + f"holidays: [{week(1)}]").team
    assert [each.seconds for each in team.expected.weeks][-4:] == [40 * HOUR, None, 64 * HOUR, 80 * HOUR]
    # Ben came in the week before.
    assert [each.seconds for each in team.people[0].expected.weeks][-4:] == [40 * HOUR, None, 32 * HOUR, 40 * HOUR]


def test_who_was_deactivated_has_no_hours_expected_after_the_last_entry_and_is_named_for_four_weeks(
    stored, expected_by, facts_of
):
    stored.entry("Call", user=1)
    stored.entry("Call", user=1, day=week(5))
    stored.entry("Call", user=2, day=week(4) + DAY)
    stored.entry("Call", user=3, day=week(5) + 6 * DAY)
    stored.weeks(week(5), MONDAY, inactive=[2, 3])
    gone = expected_by(FORTY, week(4), week(4) + 6 * DAY)
    assert own(gone, 2).seconds == 16 * HOUR
    assert own(gone, 2).next_seconds == 0
    for team in (expected_by(FORTY).team, facts_of().team):
        (absent,) = team.expected.absent
        assert (absent.user_id, absent.last_entry, absent.active) == (2, week(4) + DAY, False)
        assert absent.expected.seconds in (0, None)


def test_who_is_away_all_the_time_is_not_without_entries(stored, expected_by):
    stored.entry("Call", user=1)
    stored.entry("Call", user=2, day=week(1))
    stored.weeks(week(1), MONDAY)
    away = expected_by(FORTY + f"people: {{ben@example.com: {{absences: [{MONDAY}..{SUNDAY}]}}}}").team
    assert away.expected.absent == []
    assert [each.user_id for each in expected_by(FORTY).team.expected.absent] == [2]


def test_nothing_is_expected_of_people_that_the_report_is_not_for(stored, expected_by):
    stored.entry("Call", user=1)
    stored.entry("Call", user=2)
    stored.weeks()
    assert expected_by(FORTY, MONDAY, SUNDAY, [1]).team.expected.seconds == 40 * HOUR


def test_who_only_has_a_timer_running_is_expected_to_work_too(stored, expected_by):
    stored.entry("Call", None, user=1)
    stored.weeks()
    assert expected_by(FORTY).team.expected.seconds == 40 * HOUR


def test_whose_names_are_hidden_are_so_without_entries_too(stored, expected_by):
    stored.entry("Call", user=1)
    stored.entry("Call", user=2, day=week(1))
    stored.weeks(week(1), MONDAY)
    privacy = privacy_of(stored.connection, "initials")
    text = FORTY + f"people: {{ben@example.com: {{absences: [{SUNDAY + DAY} with Ann Lee]}}}}"
    team: TeamFacts = expected_by(text, privacy=privacy).team
    (absent,) = team.expected.absent
    assert (absent.name, absent.email, absent.expected.away_next[0].reason) == ("B. O.", None, "with A. L. 2")
    assert not {"Ben", "Ann", "example"} & set(team.model_dump_json().replace("@", " ").replace(".", " ").split())
