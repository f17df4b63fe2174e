"""Plan against actual: what was spent before, in the period and in all, by everybody and by each person."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from volt_assets_tests.reports.conftest import MONDAY, SUNDAY

WEEK_BEFORE = MONDAY - timedelta(days=7)
WEEK_AFTER = MONDAY + timedelta(days=7)
BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"


def plan_of(facts, user_id=None):
    each = facts.team if user_id is None else next(p for p in facts.individuals if p.user_id == user_id)
    (entity,) = each.entities
    return entity.plan


def test_what_was_spent_is_reported_before_in_the_period_and_in_all_by_everybody_and_by_the_person(stored, facts_of):
    stored.entry(BUG, 3600, day=WEEK_BEFORE)
    stored.entry(BUG, 1800, day=WEEK_BEFORE, user=2)
    stored.entry(BUG, 600)
    stored.entry(BUG, 300, user=2)
    stored.entry(BUG, 9999, day=WEEK_AFTER)
    stored.weeks(WEEK_BEFORE, WEEK_AFTER)
    for week in (WEEK_BEFORE, MONDAY, WEEK_AFTER):
        stored.entity("5", week=week, estimate_seconds=6000)
    plan = plan_of(facts_of(), 1)
    assert (plan.spent_before_seconds, plan.spent_seconds, plan.spent_in_all_seconds) == (5400, 900, 6300)
    assert (plan.own_spent_before_seconds, plan.own_spent_in_all_seconds) == (3600, 4200)
    assert (plan.estimate_seconds, plan.remaining_seconds, plan.over_seconds) == (6000, 0, 300)
    team = plan_of(facts_of())
    assert team.spent_in_all_seconds == 6300
    assert team.own_spent_in_all_seconds is None


def test_without_an_estimate_neither_what_remains_nor_what_is_over_is_known(stored, facts_of):
    stored.entry(BUG, 600)
    stored.weeks()
    stored.entity("5")
    plan = plan_of(facts_of())
    assert (plan.estimate_seconds, plan.remaining_seconds, plan.over_seconds) == (None, None, None)
    assert plan.spent_in_all_seconds == 600


def test_what_everybody_spent_is_unknown_where_some_peoples_entries_were_fetched(stored, facts_of):
    stored.entry(BUG, 600)
    stored.weeks(everybody=False, complete=False)
    stored.entity("5", estimate_seconds=60)
    plan = plan_of(facts_of(), 1)
    assert plan.spent_in_all_seconds is None
    assert plan.over_seconds is None
    assert plan.own_spent_in_all_seconds == 600


def test_an_entity_that_went_by_another_label_in_an_earlier_week_is_the_same_one(stored, facts_of):
    stored.entry("Fix login #5 [Scrum] [Sub-bug] [Moneyball]", 600, day=WEEK_BEFORE)
    stored.entry("Other #5 [Scrum] [Task] [Moneyball]", 1200, day=WEEK_BEFORE)
    stored.entry(BUG, 300)
    stored.weeks(WEEK_BEFORE, MONDAY)
    stored.entity("5", "Scrum/Sub-bug", week=WEEK_BEFORE, fits="Scrum/Bug")
    stored.entity("5", "Scrum/Task", week=WEEK_BEFORE)
    stored.entity("5")
    assert plan_of(facts_of()).spent_before_seconds == 600


def test_days_of_the_periods_own_week_before_it_begins_are_spent_before(stored, facts_of):
    stored.entry(BUG, 600)
    stored.entry(BUG, 60, day=MONDAY + timedelta(days=3))
    stored.weeks()
    stored.entity("5")
    plan = plan_of(facts_of(MONDAY + timedelta(days=3), SUNDAY))
    assert (plan.spent_before_seconds, plan.spent_seconds) == (600, 60)


def test_weeks_missing_between_the_first_stored_one_and_the_period_are_counted(stored, facts_of):
    first = MONDAY - timedelta(days=28)
    stored.entry(BUG, 600)
    stored.weeks(first, first)
    stored.weeks(WEEK_BEFORE, WEEK_BEFORE, complete=False)
    stored.weeks()
    period = facts_of().team.period
    assert (period.stored_since, period.weeks_missing) == (first, 3)


spent = st.lists(
    st.tuples(st.integers(0, 90_000), st.integers(0, 27), st.sampled_from([1, 2, 3]), st.sampled_from(["5", "6"])),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(spent, st.integers(0, 27), st.integers(0, 27), st.integers(0, 90_000))
def test_before_and_in_the_period_are_all_whatever_was_tracked_and_when(stored, facts_of, spent, one, other, estimate):
    stored.clear()
    start = MONDAY - timedelta(days=14)
    first, last = (start + timedelta(days=day) for day in sorted((one, other)))
    for seconds, day, user, number in spent:
        stored.entry(f"It #{number} [Scrum] [Bug] [P]", seconds, day=start + timedelta(days=day), user=user)
    stored.weeks(start, start + timedelta(days=27))
    for week in range(4):
        for number in ("5", "6"):
            stored.entity(number, week=start + timedelta(days=7 * week), estimate_seconds=estimate)
    facts = facts_of(first, last)
    for each in (facts.team, *facts.individuals):
        for entity in each.entities:
            plan = entity.plan
            on_it = [
                (seconds, start + timedelta(days=day), user)
                for seconds, day, user, number in spent
                if number == entity.public_id and start + timedelta(days=day) <= last
            ]
            assert plan.spent_in_all_seconds == sum(seconds for seconds, _, _ in on_it)
            assert plan.spent_before_seconds == sum(seconds for seconds, day, _ in on_it if day < first)
            assert plan.spent_before_seconds + plan.spent_seconds == plan.spent_in_all_seconds
            assert plan.remaining_seconds - plan.over_seconds == estimate - plan.spent_in_all_seconds
            assert 0 in (plan.remaining_seconds, plan.over_seconds)
            if each is not facts.team:
                assert plan.own_spent_in_all_seconds == sum(s for s, _, user in on_it if user == each.user_id)


FEATURE = {"type": "Scrum/Feature", "public_id": "40", "name": "Accounts", "state": "Open", "items": 7, "items_done": 3}
EPIC = {"type": "Scrum/Epic", "public_id": "2", "name": "Trust"}


def test_the_chain_above_has_everybodys_time_on_all_that_is_below_it(stored, facts_of):
    stored.entry(BUG, 600, day=WEEK_BEFORE, user=2)
    stored.entry("Old #6 [Scrum] [Task] [P]", 60, day=WEEK_BEFORE)
    stored.entry("The feature itself #40 [Scrum] [Feature] [P]", 30)
    stored.entry("Elsewhere #7 [Scrum] [Task] [P]", 5)
    stored.entry(BUG, 300)
    stored.weeks(WEEK_BEFORE, MONDAY)
    stored.entity("5", week=WEEK_BEFORE, parents=[FEATURE])
    stored.entity("6", "Scrum/Task", week=WEEK_BEFORE, parents=[FEATURE, EPIC])
    stored.entity("5", parents=[FEATURE, EPIC])
    stored.entity("7", "Scrum/Task", parents=[])
    stored.entity("40", "Scrum/Feature", parents=[EPIC])
    facts = facts_of()
    bug = next(entity for entity in facts.team.entities if entity.public_id == "5")
    assert [(above.public_id, above.seconds, above.seconds_in_all) for above in bug.parents] == [
        ("40", 330, 990),
        ("2", 330, 990),
    ]
    assert (bug.parents[0].items_done, bug.parents[0].items, bug.parents[1].items) == (3, 7, None)
    assert [(above.public_id, above.level, above.people, above.entities) for above in facts.team.parents] == [
        ("2", 1, 1, 2),
        ("40", 1, 1, 2),
    ]


def test_time_on_what_is_above_is_unknown_where_some_peoples_entries_were_fetched(stored, facts_of):
    stored.entry(BUG, 600)
    stored.weeks(everybody=False, complete=False)
    stored.entity("5", parents=[FEATURE])
    facts = facts_of()
    (above,) = facts.team.entities[0].parents
    assert (above.name, above.seconds, above.seconds_in_all) == ("Accounts", None, None)
    assert facts.team.parents == []
