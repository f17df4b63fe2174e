"""Facts: nothing is lost, entities are counted once, unknown is not zero, and the same rows give the same facts."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from volt_assets.errors import VoltError
from volt_assets.reports.facts.models import IndividualFacts, TeamFacts, facts_hash
from volt_assets.reports.facts.period import period_facts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.rules import ReportRules
from volt_assets_tests.reports.conftest import FETCHED, MONDAY, SUNDAY, ZONE
from volt_assets_tests.work_log import BUSIEST, of_busiest_week, read_entries, seconds_by

WEEK_BEFORE = MONDAY - timedelta(days=7)
WEEK_AFTER = MONDAY + timedelta(days=7)
BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"


def person(facts, user_id):
    return next(each for each in facts.individuals if each.user_id == user_id)


def only_entity(facts):
    (entity,) = facts.team.entities
    return entity


typed = st.sampled_from(
    [
        None,
        "",
        "  ",
        "Meeting",
        "about #5 and #7",
        BUG,
        "Fix it #5 [Scrum] [Sub-bug] [Moneyball]",
        "Other #5 [Scrum] [Task] [Volt]",
        "To do #8 [To Do] [Moneyball]",
        "Gone #9 [Scrum] [Bug] [Moneyball]",
        "#10 [What]",
    ]
)
rows = st.lists(
    st.tuples(
        typed,
        st.one_of(st.none(), st.integers(0, 90_000)),
        st.integers(0, 13),
        st.sampled_from([1, 2, 3]),
        st.sampled_from([None, "Moneyball", "Volt"]),
    ),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(rows, st.integers(0, 13), st.integers(0, 13), st.sampled_from([None, [1], [2, 3]]))
def test_nothing_is_lost_whatever_was_tracked(stored, facts_of, rows, one, other, users):
    stored.clear()
    first, last = (MONDAY + timedelta(days=day) for day in sorted((one, other)))
    for description, seconds, day, user, project in rows:
        stored.entry(description, seconds, day=MONDAY + timedelta(days=day), user=user, project=project)
    stored.weeks(MONDAY, WEEK_AFTER)
    stored.entity("5")
    stored.entity("5", "Scrum/Sub-bug", fits="Scrum/Bug")
    stored.entity("9", status="not_found")
    stored.entity("10", "What", fits=None)
    facts = facts_of(first, last, users)

    touched = [e for e in stored.entries if e["user_id"] in (users or [1, 2, 3])]
    touched = [e for e in touched if first - timedelta(days=first.weekday()) <= e["week"] <= last]
    inside = [e for e in touched if first <= e["day"] <= last]
    for each in (facts.team, *facts.individuals):
        own = [e for e in touched if each is facts.team or e["user_id"] == each.user_id]
        own_inside = [e for e in inside if each is facts.team or e["user_id"] == each.user_id]
        ended = [e for e in own_inside if e["seconds"] is not None]
        figures, left_out = each.figures, each.left_out
        assert figures.tracked_seconds == sum(e["seconds"] for e in ended)
        assert figures.linked_seconds + figures.other_seconds == figures.tracked_seconds
        assert figures.tracked_seconds + left_out.outside_seconds == left_out.fetched_seconds
        assert figures.entries + left_out.running_entries + left_out.outside_entries == left_out.fetched_entries
        assert left_out.fetched_entries == len(own)
        assert left_out.running_entries == len(own_inside) - len(ended)
        assert sum(entity.seconds for entity in each.entities) == figures.linked_seconds
        looked_up = all(entity.outcome != "not_looked_up" for entity in each.entities)
        assert figures.entities == (len(each.entities) if looked_up else None)
        assert sum(project.seconds for project in each.projects) == figures.tracked_seconds
        assert all(sum(part.seconds for part in entity.projects) == entity.seconds for entity in each.entities)
    assert {each.user_id for each in facts.individuals} == {e["user_id"] for e in inside}
    for each in facts.individuals:
        assert sum(activity.seconds for activity in each.other_activities) == each.figures.other_seconds
        assert sum(e.entries for e in (*each.entities, *each.other_activities)) == each.figures.entries
    assert sum(each.figures.tracked_seconds for each in facts.individuals) == facts.team.figures.tracked_seconds
    assert sum(outcome.seconds for outcome in facts.team.outcomes) == facts.team.figures.linked_seconds


def test_two_labels_of_one_entity_are_one_entity(stored, facts_of):
    stored.entry(BUG, 100)
    stored.entry("Fix login #5 [Scrum] [Sub-bug] [Moneyball]", 23)
    stored.weeks()
    stored.entity("5")
    stored.entity("5", "Scrum/Sub-bug", fits="Scrum/Bug")
    entity = only_entity(facts_of())
    assert (entity.type, entity.public_id, entity.seconds) == ("Scrum/Bug", "5", 123)
    assert entity.labels == [["Scrum", "Bug"], ["Scrum", "Sub-bug"]]


def test_of_two_labels_of_one_entity_the_one_that_was_found_is_believed(stored, facts_of):
    stored.entry(BUG)
    stored.entry("Fix login #5 [Scrum] [Sub-bug] [Moneyball]")
    stored.weeks()
    stored.entity("5", status="failed")
    stored.entity("5", "Scrum/Sub-bug", fits="Scrum/Bug", state="Open")
    assert (only_entity(facts_of()).outcome, only_entity(facts_of()).state) == ("found", "Open")


def test_one_number_in_three_types_is_three_entities(stored, facts_of):
    for kind in ("Bug", "Task", "Feature"):
        stored.entry(f"A #5 [Scrum] [{kind}] [P]")
    stored.weeks()
    for kind in ("Bug", "Task", "Feature"):
        stored.entity("5", f"Scrum/{kind}")
    assert facts_of().team.figures.entities == 3


def test_an_entity_of_two_people_counts_once_for_the_team(stored, facts_of):
    stored.entry(BUG, 100, user=1)
    stored.entry(BUG, 50, user=2)
    stored.weeks()
    stored.entity("5", state_final=True, actual_end=MONDAY)
    facts = facts_of()
    assert [each.figures.entities for each in facts.individuals] == [1, 1]
    assert (facts.team.figures.entities, facts.team.figures.finished) == (1, 1)
    assert only_entity(facts).seconds == 150
    assert person(facts, 1).entities[0].plan.spent_seconds == 150


def test_everyones_time_is_unknown_when_only_some_peoples_entries_were_fetched(stored, facts_of):
    stored.entry(BUG, 100)
    stored.weeks(everybody=False, complete=False)
    stored.entity("5")
    assert only_entity(facts_of()).plan.spent_seconds is None


def test_the_reports_of_some_people_are_those_they_have_in_everybodys(stored, facts_of):
    stored.entry(BUG, 100, user=1)
    stored.entry(BUG, 50, user=2)
    stored.weeks()
    stored.entity("5")
    assert facts_of(users=[1]).individuals == [person(facts_of(), 1)]
    assert facts_of(users=[1]).team.figures.tracked_seconds == 100


def test_where_weeks_disagree_the_latest_answer_is_used(stored, facts_of):
    stored.entry(BUG, day=MONDAY)
    stored.entry(BUG, day=WEEK_AFTER)
    stored.weeks(MONDAY, WEEK_AFTER)
    stored.entity("5", name="Old", state="Open", fetched_at=FETCHED)
    stored.entity("5", week=WEEK_AFTER, name="New", state="Done", fetched_at=FETCHED + timedelta(days=7))
    entity = only_entity(facts_of(MONDAY, WEEK_AFTER))
    assert (entity.name, entity.state, entity.seconds) == ("New", "Done", 7200)
    assert entity.enriched_at.replace(tzinfo=None) == FETCHED + timedelta(days=7)
    # A report of the earlier week alone does not look ahead.
    assert only_entity(facts_of(MONDAY, SUNDAY)).name == "Old"


def test_a_failed_lookup_does_not_hide_what_an_earlier_week_knows(stored, facts_of):
    stored.entry(BUG, day=MONDAY)
    stored.entry(BUG, day=WEEK_AFTER)
    stored.weeks(MONDAY, WEEK_AFTER)
    stored.entity("5", name="Known")
    stored.entity("5", week=WEEK_AFTER, status="failed", problems=["Fibery timed out"])
    assert only_entity(facts_of(MONDAY, WEEK_AFTER)).name == "Known"
    assert only_entity(facts_of(WEEK_AFTER, WEEK_AFTER)).outcome == "failed"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({}, "found"),
        ({"status": "not_found"}, "not_found"),
        ({"status": "failed"}, "failed"),
        ({"status": "not_configured"}, "not_configured"),
        ({"fits": None}, "no_such_type"),
    ],
)
def test_each_way_a_lookup_can_end_keeps_its_time(stored, facts_of, answer, outcome):
    stored.entry(BUG, 77)
    stored.weeks()
    stored.entity("5", **answer)
    facts = facts_of()
    assert (only_entity(facts).outcome, only_entity(facts).seconds) == (outcome, 77)
    assert [(part.outcome, part.seconds) for part in facts.team.outcomes] == [(outcome, 77)]


def test_time_whose_lookup_was_not_made_is_there_and_its_counts_are_unknown(stored, facts_of):
    stored.entry(BUG, 77)
    stored.weeks()
    facts = facts_of()
    assert (only_entity(facts).outcome, only_entity(facts).type) == ("not_looked_up", "Scrum/Bug")
    assert facts.team.figures.linked_seconds == 77
    assert (facts.team.figures.entities, facts.team.figures.finished) == (None, None)


@pytest.mark.parametrize(
    ("answer", "finished", "date_unknown"),
    [
        ({"state_final": True, "actual_end": MONDAY}, True, False),
        ({"state_final": True, "actual_end": SUNDAY}, True, False),
        ({"state_final": True, "actual_end": MONDAY - timedelta(days=1)}, False, False),
        ({"state_final": True, "actual_end": WEEK_AFTER}, False, False),
        ({"state_final": True}, False, True),
        ({"state_final": False, "actual_end": MONDAY}, False, False),
        ({"actual_end": MONDAY}, False, False),
    ],
)
def test_finished_is_a_final_state_with_an_end_within_the_period(stored, facts_of, answer, finished, date_unknown):
    stored.entry(BUG)
    stored.weeks()
    stored.entity("5", **answer)
    entity = only_entity(facts_of())
    assert (entity.finished, entity.closed_date_unknown) == (finished, date_unknown)


@pytest.mark.parametrize(
    ("answer", "late", "overdue"),
    [
        ({"planned_end": MONDAY, "actual_end": MONDAY + timedelta(days=2), "state_final": True}, 2, None),
        ({"planned_end": SUNDAY, "actual_end": MONDAY, "state_final": True}, -6, None),
        ({"planned_end": MONDAY, "state_final": False}, None, 6),
        ({"planned_end": SUNDAY, "state_final": False}, None, None),
        ({"planned_end": MONDAY}, None, None),  # whether it is closed is unknown
        ({"actual_end": MONDAY}, None, None),
    ],
)
def test_days_late_and_overdue_are_counted_only_where_both_dates_are_known(stored, facts_of, answer, late, overdue):
    stored.entry(BUG)
    stored.weeks()
    stored.entity("5", **answer)
    entity = only_entity(facts_of())
    assert (entity.days_late, entity.days_overdue) == (late, overdue)


def test_the_period_before_is_known_where_its_weeks_are_complete(stored, facts_of):
    stored.entry(BUG, 500, day=WEEK_BEFORE)
    stored.entry("Meeting", 40, day=WEEK_BEFORE, user=2)
    stored.entry(BUG, 100, day=MONDAY)
    stored.weeks(WEEK_BEFORE, MONDAY)
    stored.entity("5", week=WEEK_BEFORE)
    stored.entity("5")
    facts = facts_of()
    before = person(facts, 1).before
    assert (before.first_day, before.last_day) == (WEEK_BEFORE, MONDAY - timedelta(days=1))
    assert (before.figures.tracked_seconds, before.figures.entities) == (500, 1)
    assert facts.team.before.figures.tracked_seconds == 540
    # Ben had time before and has none now: the team's change can still be explained.
    assert facts.team.absent_seconds_before == 40


def test_the_period_before_of_seven_other_days_needs_both_its_weeks(stored, facts_of):
    tuesday, next_monday = MONDAY + timedelta(days=1), WEEK_AFTER
    stored.entry("Meeting", 60, day=WEEK_BEFORE + timedelta(days=1))
    stored.entry("Meeting", 5, day=WEEK_BEFORE)
    stored.entry("Meeting", 30, day=tuesday)
    stored.weeks(WEEK_BEFORE, WEEK_AFTER)
    before = facts_of(tuesday, next_monday).team.before
    assert (before.first_day, before.last_day) == (WEEK_BEFORE + timedelta(days=1), MONDAY)
    assert before.figures.tracked_seconds == 60


@pytest.mark.parametrize(
    ("known", "because"),
    [
        (None, "not stored"),
        ({"complete": False}, "not complete"),
        ({"timezone": "UTC"}, "stored for another time zone"),
    ],
)
def test_the_period_before_is_unknown_where_its_week_cannot_be_used(stored, facts_of, known, because):
    stored.entry("Meeting", 60, day=WEEK_BEFORE)
    stored.entry("Meeting", 30, day=MONDAY)
    if known is not None:
        stored.weeks(WEEK_BEFORE, WEEK_BEFORE, **known)
    stored.weeks()
    before = facts_of().team.before
    assert before.figures is None
    assert before.unknown_because == because


def test_lookups_not_made_before_leave_their_counts_unknown_but_not_the_hours(stored, facts_of):
    stored.entry(BUG, 60, day=WEEK_BEFORE)
    stored.entry(BUG, 30)
    stored.weeks(WEEK_BEFORE, MONDAY)
    stored.entity("5")
    figures = facts_of().team.before.figures
    assert (figures.linked_seconds, figures.entities, figures.finished) == (60, None, None)


def test_entries_fetched_again_but_not_summed_are_refused(stored, facts_of):
    stored.entry("Meeting", 60)
    stored.weeks()
    stored.connection.execute("UPDATE toggl_time_entries SET seconds = 61")
    with pytest.raises(VoltError, match="61 seconds are fetched and 60 tracked"):
        facts_of()


def test_a_person_whose_only_entry_is_running_has_a_report_without_time(stored, facts_of):
    stored.entry("Meeting", None)
    stored.weeks()
    facts = facts_of()
    assert person(facts, 1).figures.tracked_seconds == 0
    assert person(facts, 1).left_out.running_entries == 1


def test_a_person_with_time_on_other_days_only_has_no_report(stored, facts_of):
    stored.entry("Meeting", 60, day=MONDAY, user=1)
    stored.entry("Meeting", 90, day=SUNDAY, user=2)
    stored.weeks()
    facts = facts_of(SUNDAY, SUNDAY)
    assert [each.user_id for each in facts.individuals] == [2]
    assert (facts.team.left_out.outside_entries, facts.team.left_out.outside_seconds) == (1, 60)


def test_a_project_is_that_of_the_tags_else_the_one_chosen_in_toggl(stored, facts_of):
    stored.entry(BUG, 1, project="Volt")
    stored.entry("Meeting", 2, project="Volt")
    stored.entry("To do #8 [To Do] [Inbox]", 4, project="Volt")
    stored.entry("Lunch", 8)
    stored.weeks()
    stored.entity("8", "To Do/Inbox", fits="To-dos/To-do", tag_type="To-do", tag_project="Inbox")
    projects = {project.project: project.seconds for project in facts_of().team.projects}
    assert projects == {"Moneyball": 1, "Volt": 2, "Inbox": 4, None: 8}


def test_coverage_counts_linked_configured_and_described_time(stored, facts_of):
    stored.entry(BUG, 1)
    stored.entry("A #6 [Scrum] [Task] [P]", 2)
    stored.entry("Meeting", 4)
    stored.entry(None, 8)
    stored.entry("  ", 16)
    stored.weeks()
    stored.entity("5")
    stored.entity("6", "Scrum/Task", configured=False)
    coverage = facts_of().team.coverage
    assert coverage.tracked_seconds == 31
    assert coverage.linked_seconds == 3
    assert coverage.configured_seconds == 1
    assert coverage.described_seconds == 7


def test_unknown_types_are_ordered_by_priority(stored, facts_of):
    for _ in range(2):
        stored.entry("A #6 [Scrum] [Task] [P]", 3600)
    stored.entry("A #6 [Scrum] [Task] [P]", 1800, user=2)
    stored.entry("A #7 [New] [Thing] [P]", 60)
    stored.entry(BUG, 99)
    stored.weeks()
    stored.entity("5")
    stored.entity("6", "Scrum/Task", configured=False)
    stored.entity("7", "New/Thing", fits=None, configured=False)
    task, thing = facts_of().team.unknown_types
    # 2.5 h x 10 + 3 entries x 5 + 2 people x 2
    assert (task.type, task.no_such_type, task.priority) == ("Scrum/Task", False, 25 + 15 + 4)
    assert (thing.type, thing.no_such_type) == ("New/Thing", True)
    assert thing.priority == pytest.approx(60 / 360 + 5 + 2)


def test_suggestions_of_other_activities_are_kept(stored, facts_of):
    stored.entry("about #5 and #7", 60)
    stored.entry("about #5 and #7", 60, day=SUNDAY)
    stored.entry(None, 5)
    stored.weeks()
    reported = [(a.description, a.ids, a.seconds, a.entries) for a in person(facts_of(), 1).other_activities]
    assert reported == [("about #5 and #7", ["5", "7"], 120, 2), (None, [], 5, 1)]


def test_the_same_rows_give_the_same_facts_whatever_their_order_and_times(stored, facts_of):
    def store(fetched_at: datetime, backwards: bool) -> list[str]:
        stored.clear()
        for user in (1, 2):
            for kind in ("Bug", "Task"):
                stored.entry(f"A #5 [Scrum] [{kind}] [P]", 60, user=user)
                stored.entry(f"{kind} meeting", 60, user=user)
        if backwards:
            stored.entries.reverse()
        stored.weeks(fetched_at=fetched_at)
        for kind in ("Task", "Bug") if backwards else ("Bug", "Task"):
            stored.entity("5", f"Scrum/{kind}", fetched_at=fetched_at)
        facts = facts_of()
        return [facts_hash(each) for each in (facts.team, *facts.individuals)]

    hashes = store(FETCHED, False)
    assert store(FETCHED + timedelta(hours=1), True) == hashes
    assert len(set(hashes)) == 3
    stored.connection.execute("UPDATE enriched_entities SET state = 'Done' WHERE label[2] = 'Bug'")
    facts = facts_of()
    assert facts_hash(facts.team) != hashes[0]


def test_facts_survive_being_stored_as_json(stored, facts_of):
    stored.entry(BUG, 60)
    stored.entry("Meeting", 60)
    stored.weeks()
    stored.entity("5", assignees=[{"name": "A", "email": None}], fields={"Sprint": "12"}, comments=[{"text": "x"}])
    facts = facts_of()
    assert TeamFacts.model_validate_json(facts.team.model_dump_json()) == facts.team
    (individual,) = facts.individuals
    assert IndividualFacts.model_validate_json(individual.model_dump_json()) == individual
    assert individual.model_dump(mode="json")["period"]["fetched_at"] == "2025-10-13T08:00:00Z"


def test_comments_of_the_periods_days_keep_who_wrote_them_and_on_which_day_of_the_zone(stored, facts_of):
    stored.entry(BUG, 60)
    stored.weeks()
    written = {"before": "2025-10-05T12:00:00Z", "within": "2025-10-07T12:00:00Z", "after": "2025-10-14T12:00:00Z"}
    said = [{"author": "Ben Ode", "created_at": at, "text": f"{when} "} for when, at in written.items()]
    stored.entity("5", comments=said)
    (comment,) = facts_of().team.entities[0].period_comments
    assert (comment.author, comment.day, comment.text) == ("Ben Ode", date(2025, 10, 7), "within")


def test_a_work_logs_week_equals_sums_made_from_its_csv(stored, log_folder, facts_of):
    monday = date.fromisoformat(BUSIEST[0])
    logged = of_busiest_week(read_entries(log_folder))
    users = {email: number for number, email in enumerate(sorted({entry.email for entry in logged}), start=10)}
    stored.people |= {user: (email.split("@")[0], email) for email, user in users.items()}
    for entry in logged:
        stored.entry(entry.description, entry.seconds, day=entry.day, user=users[entry.email])
    per_person = seconds_by(logged, lambda entry: users[entry.email])
    per_entity = seconds_by(logged, lambda entry: entry.reference)
    unlinked = per_entity.pop(None, 0)
    stored.weeks(monday, monday)
    facts = facts_of(monday, monday + timedelta(days=6))
    assert facts.team.figures.tracked_seconds == sum(per_person.values()) == sum(per_entity.values()) + unlinked
    assert facts.team.figures.entries == len(logged)
    assert {each.user_id: each.figures.tracked_seconds for each in facts.individuals} == per_person
    assert {(entity.public_id, *entity.type.split("/")): entity.seconds for entity in facts.team.entities} == per_entity


def test_a_week_prepared_after_the_one_before_it_has_the_same_facts_as_alone(stored, facts_of):
    for back in range(3):
        stored.entry(BUG, 3600 * (back + 1), day=MONDAY - timedelta(days=7 * back))
        stored.entry("Meeting", 1800, day=MONDAY - timedelta(days=7 * back), user=2)
    stored.weeks(MONDAY - timedelta(days=14), MONDAY)
    weeks = [MONDAY - timedelta(days=7 * back) for back in (2, 1, 0)]

    prepared = None
    following = []
    for week in weeks:
        with PreparedPeriod(stored.connection, week, week + timedelta(days=6), previous=prepared) as prepared:
            following.append(period_facts(prepared, ReportRules(ZONE)))
    assert following == [facts_of(week, week + timedelta(days=6)) for week in weeks]
    assert following[-1].team.before.figures.tracked_seconds == 7200 + 1800
