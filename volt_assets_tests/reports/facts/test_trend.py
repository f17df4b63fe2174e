"""The trend: the eight weeks before, what a usual week is, the days, and what is unknown."""

from datetime import timedelta

from volt_assets_tests.reports.conftest import MONDAY, SUNDAY

BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"


def week(back: int):
    return MONDAY - timedelta(days=7 * back)


def trend_of(facts, user_id=None):
    each = facts.team if user_id is None else next(p for p in facts.individuals if p.user_id == user_id)
    return each.trend


def test_nine_weeks_are_reported_and_the_usual_one_is_the_median_of_those_before(stored, facts_of):
    for back, hours in enumerate((99, 1, 2, 3, 40, 5, 6, 7, 8)):
        stored.entry(BUG, hours * 3600, day=week(back))
    stored.entry("Meeting", 1800, day=week(1))
    stored.weeks(week(9), MONDAY)
    trend = trend_of(facts_of(), 1)
    assert [each.week for each in trend.weeks] == [week(back) for back in range(8, -1, -1)]
    assert [each.seconds for each in trend.weeks] == [h * 3600 for h in (8, 7, 6, 5, 40, 3, 2)] + [5400, 99 * 3600]
    assert trend.weeks[-2].linked_seconds == 3600
    assert (trend.usual_weeks, trend.usual_seconds) == (8, 5.5 * 3600)


def test_a_week_that_is_not_stored_or_not_complete_is_unknown_and_not_zero(stored, facts_of):
    stored.entry(BUG, 3600)
    stored.entry(BUG, 60, day=week(2))
    stored.weeks(week(2), week(2), complete=False)
    stored.weeks(week(1), week(1))
    stored.weeks()
    trend = trend_of(facts_of(), 1)
    assert [each.seconds for each in trend.weeks] == [None] * 7 + [0, 3600]
    assert trend.usual_seconds is None


def test_the_reported_week_is_shown_as_it_is_reported_even_while_open(stored, facts_of):
    stored.entry(BUG, 3600)
    stored.weeks(after_its_end=False, complete=False)
    assert trend_of(facts_of(), 1).weeks[-1].seconds == 3600


def test_the_weeks_before_someone_came_are_unknown(stored, facts_of):
    del stored.people[2]
    stored.entry(BUG, 3600, day=week(2))
    stored.weeks(week(2), week(1))
    stored.people[2] = ("Ben Ode", "ben@example.com")
    stored.entry(BUG, 3600, user=2)
    stored.weeks()
    facts = facts_of()
    assert [each.seconds for each in trend_of(facts, 2).weeks][-3:] == [None, None, 3600]
    assert [each.seconds for each in trend_of(facts).weeks][-3:] == [3600, 0, 3600]


def test_only_those_asked_for_are_in_the_teams_trend(stored, facts_of):
    stored.entry(BUG, 3600)
    stored.entry(BUG, 60, user=2)
    stored.weeks()
    assert trend_of(facts_of(users=[2])).weeks[-1].seconds == 60


def test_each_day_of_the_period_has_its_time_and_days_without_any_are_zero(stored, facts_of):
    stored.entry(BUG, 3600)
    stored.entry("Meeting", 60, day=SUNDAY)
    stored.weeks()
    (person,) = facts_of().individuals
    assert [each.seconds for each in person.days] == [3600, 0, 0, 0, 0, 0, 60]
    assert sum(each.seconds for each in person.days) == person.figures.tracked_seconds


def test_projects_of_a_week_have_the_weeks_before_and_a_usual_week_that_counts_weeks_without_them(stored, facts_of):
    for back in range(9):
        stored.entry("Call", 3600, day=MONDAY - timedelta(days=7 * back), project="Always")
        if back in (0, 1, 2):
            stored.entry("Call", 7200, day=MONDAY - timedelta(days=7 * back), project="Lately")
    stored.weeks(MONDAY - timedelta(days=56), MONDAY)
    lately, always = facts_of().team.projects
    assert (lately.project, lately.weeks, lately.usual_hundredths) == ("Lately", [0] * 6 + [200] * 3, 0)
    assert (always.project, always.weeks, always.usual_hundredths) == ("Always", [100] * 9, 100)
    assert facts_of().individuals[0].projects[0].weeks == lately.weeks


def test_of_projects_unknown_weeks_are_unknown_and_three_known_ones_say_nothing_of_what_is_usual(stored, facts_of):
    for back in range(4):
        stored.entry("Call", 3600, day=MONDAY - timedelta(days=7 * back), project="P")
    stored.weeks(MONDAY - timedelta(days=21), MONDAY)
    (project,) = facts_of().team.projects
    assert project.weeks == [None] * 5 + [100] * 4
    assert project.usual_hundredths is None
