"""Months, quarters and other longer periods: their own weeks, months beside each other, and what is to come."""

from datetime import date, timedelta

import pytest

from volt_assets.reports.people_config import load_people_config
from volt_assets.reports.report import Report
from volt_assets.reports.view.sums import sections_that_do_not_add_up
from volt_assets_tests.reports.conftest import markdown
from volt_assets_tests.reports.facts.test_hints import BUG, NOW

HOUR = 3600
OCTOBER = date(2025, 10, 1), date(2025, 10, 31)
QUARTER = date(2025, 10, 1), date(2025, 12, 31)
FEATURE = [{"type": "Scrum/Feature", "public_id": "40", "name": "Accounts", "url": "https://x.example/40"}]


def adds_up(facts) -> bool:
    """Whether all that is printed does. Of several weeks, the total is the sum of what each prints, so it may be more
    than a hundredth of an hour from the seconds'.
    """
    return set(sections_that_do_not_add_up(Report(facts, NOW), facts.figures.tracked_seconds)) <= {"Figures"}


@pytest.fixture
def autumn(stored):
    """Ten and a bit hours of Ann's on each Monday of October to December, and one entry of Ben's a month."""
    day = date(2025, 9, 29)
    while day <= date(2026, 1, 4):
        stored.entry(BUG, 10 * HOUR + 17, day=day)
        stored.entry("Call", 1801, day=day + timedelta(days=2), project="Home")
        day += timedelta(days=7)
    for month in (10, 11, 12):
        stored.entry("Call", HOUR + 5, day=date(2025, month, 15), user=2, project="Home")
    stored.weeks(date(2025, 9, 29), date(2026, 1, 4))
    return stored


def test_the_weeks_of_a_month_are_its_own_with_its_days_alone(autumn, facts_of):
    facts = facts_of(*OCTOBER).team
    own = facts.trend.own
    assert [week.week for week in own] == [date(2025, 9, 29) + timedelta(days=7 * number) for number in range(5)]
    # Of the first week, Monday and Tuesday are in September.
    assert [week.seconds for week in own] == [1801, 37_818, 41_423, 37_818, 37_818]
    assert sum(week.seconds for week in own) == facts.figures.tracked_seconds
    assert sum(week.hundredths for week in own) == facts.figures.tracked_hundredths
    assert adds_up(facts)
    text = markdown(Report(facts, NOW))
    assert "| Week from | Hours | On work items |\n|---|---:|---:|\n| 1 Oct | 0.50 | 0% |\n| 6 Oct |" in text
    assert "The month in figures" in text
    assert "| | This month | Month before | Change |" in text
    assert "The month before (1–30 September 2025) is unknown" in text
    assert "this week" not in text.lower()
    assert all(person.trend.own for person in facts_of(*OCTOBER).individuals)


def test_a_year_is_looked_at_by_its_months(autumn, facts_of):
    facts = facts_of(date(2025, 9, 29), date(2026, 1, 30)).team
    assert [part.week for part in facts.trend.own] == [
        date(2025, 9, 1),
        *QUARTER[:1],
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
    ]
    assert "## Hours by month" in markdown(Report(facts, NOW))
    assert sum(part.hundredths for part in facts.trend.own) == facts.figures.tracked_hundredths


def test_projects_of_a_quarter_have_their_months_beside_each_other(autumn, facts_of):
    facts = facts_of(*QUARTER).team
    for project in facts.projects:
        assert len(project.months) == 3
        assert sum(project.months) == project.hundredths
    text = markdown(Report(facts, NOW))
    assert "| Project | October | November | December | Hours | Share | People | Items | Finished |" in text
    assert adds_up(facts)
    assert all(project.months == [] for project in facts_of(*OCTOBER).team.projects)


def test_a_person_off_their_hours_is_listed_with_how_many_weeks_and_days_off(autumn, facts_of, tmp_path):
    file = tmp_path / "people.yaml"
    file.write_text(
        "hours: 10\npeople:\n  ann@example.com: {hours: 12, absences: [2025-10-09..2025-10-12]}\n"
        "  lee@example.com: {hours: 0}\n"
    )
    facts = facts_of(*OCTOBER, people=load_people_config(file)).team
    ann = next(person for person in facts.people if person.user_id == 1).expected
    assert ann.days_off == 2
    assert sum(week.seconds for week in ann.own) == ann.seconds
    assert [week.week for week in facts.expected.own] == [week.week for week in facts.trend.own]
    assert sum(week.seconds for week in facts.expected.own) == facts.expected.seconds
    # 1801 s of 7.2 h; 10.50 of 7.2 h, twice away; and 10.50 of 12 h three times.
    assert ann.weeks_off == 5
    text = markdown(Report(facts, NOW))
    assert "5 of 5 weeks, 2 days off" in text
    assert "Until Sun 30 Nov: **" in text


def test_after_a_quarter_open_work_is_summed_up_by_what_it_is_part_of(autumn, facts_of):
    for number, parents, end in (("5", FEATURE, 20), ("6", FEATURE, 30), ("7", [], 10)):
        autumn.assigned(
            number,
            week=date(2025, 12, 29),
            name=f"Item {number}",
            emails=["ann@example.com"],
            state="Open",
            state_kind="started",
            estimate_seconds=400 * HOUR,
            planned_end=date(2026, 1, end),
        )
        autumn.entity(
            number, week=date(2025, 12, 29), state="Open", state_kind="started", state_final=False, parents=parents,
            planned_end=date(2026, 1, end), estimate_seconds=400 * HOUR,
        )  # fmt: skip
    facts = facts_of(*QUARTER).team
    plan = markdown(Report(facts, NOW)).split("\n## Plan against actual\n")[1].split("\n## ")[0]
    rows = [line for line in plan.splitlines() if line.startswith("| ")]
    assert rows[0].startswith("| Part of, or item | Items | Left | Fits | Short | Latest planned end | At this pace |")
    assert any(
        row.startswith("| [#40 Accounts](https://x.example/40) | 2 |") and "| 30 Jan 2026 |" in row for row in rows
    )
    assert any(row.startswith("| #7 Item 7 | 1 |") for row in rows)
    assert adds_up(facts)
    # Of a month, items stand one by one.
    assert "| Part of, or item |" not in markdown(Report(facts_of(date(2025, 12, 1), QUARTER[1]).team, NOW))
