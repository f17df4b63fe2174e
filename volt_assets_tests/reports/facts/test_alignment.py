"""Alignment: each row of the table of verdicts, first match first, with time and without; and how the team sums up."""

from datetime import datetime, timedelta

import pytest

from volt_assets.reports.facts.models import NOT_STARTED_SECONDS as THRESHOLD_SECONDS
from volt_assets.reports.facts.period import period_facts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.rules import ReportRules
from volt_assets.warehouse import insert_rows
from volt_assets_tests.reports.conftest import MONDAY, SUNDAY

BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"
BEFORE, DURING, AFTER = MONDAY - timedelta(days=10), MONDAY + timedelta(days=2), SUNDAY + timedelta(days=3)


def assigned(stored, public_id, kind, *emails, actual_start=None):
    insert_rows(
        stored.connection,
        "assigned_entities",
        [
            {
                "week": MONDAY,
                "entity_type": "Scrum/Bug",
                "public_id": public_id,
                "name": f"Item {public_id}",
                "state": "Some state",
                "state_kind": kind,
                "actual_start": actual_start,
                "emails": list(emails),
                "fetched_at": datetime(2025, 10, 13),
            }
        ],
    )


def verdicts(facts, user_id=1):
    person = next(each for each in facts.individuals if each.user_id == user_id)
    return {each.public_id: each.verdict for each in person.alignment}


@pytest.mark.parametrize(
    ("seconds", "answer", "verdict"),
    [
        (60, {"state_kind": "final", "actual_end": BEFORE}, "closed_before"),
        (60, {"state_kind": "final", "actual_end": MONDAY - timedelta(days=1)}, "closed_before"),
        (60, {"state_kind": "final", "actual_end": MONDAY}, "tracked"),
        (60, {"state_kind": "final", "actual_end": DURING}, "tracked"),
        (60, {"state_kind": "final"}, "unknown"),
        # Closed later, so it was open at the period's end.
        (60, {"state_kind": "final", "actual_end": AFTER}, "tracked"),
        (THRESHOLD_SECONDS + 1, {"state_kind": "final", "actual_start": AFTER, "actual_end": AFTER}, "not_updated"),
        (THRESHOLD_SECONDS + 1, {"state_kind": "not_started"}, "not_updated"),
        (THRESHOLD_SECONDS, {"state_kind": "not_started"}, "not_started"),
        (60, {"state_kind": "started"}, "tracked"),
        (60, {"state_kind": None}, "unknown"),
        (60, {"state_kind": "started", "state": None}, "unknown"),
        # Stored before there were kinds.
        (60, {"state_final": True, "actual_end": BEFORE}, "closed_before"),
    ],
)
def test_time_on_an_entity_is_judged_by_its_state(stored, facts_of, seconds, answer, verdict):
    stored.entry(BUG, seconds)
    stored.weeks()
    stored.entity("5", **({"state": "Some state"} | answer))
    assert verdicts(facts_of()) == {"5": verdict}


def test_what_was_not_found_is_unknown(stored, facts_of):
    stored.entry(BUG, 60)
    stored.weeks()
    stored.entity("5", status="not_found")
    assert verdicts(facts_of()) == {"5": "unknown"}


def test_open_work_without_time_is_reported_to_whom_it_is_assigned(stored, facts_of):
    stored.entry(BUG, 60)
    stored.entry("Meeting", 60, user=2)
    stored.weeks()
    stored.entity("5", state="Doing", state_kind="started")
    assigned(stored, "5", "started", "ann@example.com")
    assigned(stored, "6", "started", "ANN@example.com", "ben@example.com", actual_start=MONDAY - timedelta(days=15))
    assigned(stored, "7", "not_started", "ben@example.com")
    assigned(stored, "8", None, "ben@example.com")
    assigned(stored, "9", "started", "somebody@else.example")
    facts = facts_of()
    assert verdicts(facts, 1) == {"5": "tracked", "6": "idle"}
    assert verdicts(facts, 2) == {"6": "idle", "7": "open", "8": "unknown"}
    (idle,) = (each for each in facts.individuals[0].alignment if each.verdict == "idle")
    assert (idle.seconds, idle.age_weeks) == (0, 3)


def test_a_mismatch_says_since_when_it_is_there_and_closes_by_itself(stored, facts_of):
    for back in (3, 2, 0):
        stored.entry(BUG, THRESHOLD_SECONDS + 1, day=MONDAY - timedelta(days=7 * back))
    stored.weeks(MONDAY - timedelta(days=21), MONDAY)
    for back in range(4):
        stored.entity("5", week=MONDAY - timedelta(days=7 * back), state="New", state_kind="not_started")
    (mismatch,) = facts_of().team.mismatches
    assert (mismatch.verdict, mismatch.since, mismatch.age_weeks) == ("not_updated", MONDAY - timedelta(days=21), 3)
    stored.connection.execute("UPDATE enriched_entities SET state_kind = 'started'")
    assert facts_of().team.mismatches == []


def test_for_the_team_an_entity_counts_once_and_time_adds_up(stored, facts_of):
    stored.entry(BUG, 100)
    stored.entry(BUG, 50, user=2)
    stored.entry("Old #6 [Scrum] [Bug] [P]", 30, user=2)
    stored.weeks()
    stored.entity("5", state="Doing", state_kind="started")
    stored.entity("6", state="Done", state_kind="final", actual_end=BEFORE)
    assigned(stored, "7", "started", "ann@example.com", "ben@example.com")
    # Somebody's open work on which another spent the time is no idle one for the team.
    assigned(stored, "6", "started", "ann@example.com")
    team = facts_of().team
    assert [(each.verdict, each.entities, each.people, each.seconds) for each in team.alignment] == [
        ("closed_before", 1, 1, 30),
        ("tracked", 1, 2, 150),
        ("idle", 1, 2, 0),
    ]
    assert sum(each.seconds for each in team.alignment) == team.figures.linked_seconds


# With Fibery's history: hours after the week's start (a week has 168, less or more an hour), and the state left then.
WEEK_START, WEEK_END = datetime(2025, 10, 5, 22), datetime(2025, 10, 12, 22)  # Europe/Berlin, in UTC


def remember(stored, *changes: tuple[int, str | None, str | None], now: str = "Doing") -> None:
    """Store an entity that is `now` in a state, and its changes: hours since the week's start, before, after."""
    kinds = {"New": "not_started", "Doing": "started", "Done": "final"}
    stored.entity("5", state=now, state_kind=kinds.get(now), history_since=WEEK_START)
    connection = stored.connection
    insert_rows(
        connection,
        "workflow_states",
        [{"entity_type": "Scrum/Bug", "name": name, "kind": kind} for name, kind in kinds.items()],
    )
    insert_rows(
        connection,
        "state_changes",
        [
            {
                "entity_type": "Scrum/Bug",
                "public_id": "5",
                "changed_at": WEEK_START + timedelta(hours=hours),
                "before": before,
                "after": after,
            }
            for hours, before, after in changes
        ],
    )


@pytest.mark.parametrize(
    ("changes", "now", "state", "verdict"),
    [
        ([], "Doing", "Doing", "tracked"),
        ([], "Done", "Done", "closed_before"),  # it has been so since before the week
        ([(1, "Doing", "Done")], "Done", "Done", "tracked"),
        ([(167, "Doing", "Done")], "Done", "Done", "tracked"),
        ([(168, "Doing", "Done")], "Done", "Doing", "tracked"),  # with the first instant of the next week
        ([(168, "New", "Done")], "Done", "New", "not_started"),
        ([(170, "New", "Doing"), (180, "Doing", "Done")], "Done", "New", "not_started"),
        ([(2, "New", "Doing"), (170, "Doing", "Done")], "Done", "Doing", "tracked"),
        ([(170, "Done", "Doing")], "Doing", "Done", "closed_before"),  # opened again since
        ([(2, "Done", "Doing"), (3, "Doing", "Done")], "Done", "Done", "closed_before"),
        ([(170, "Parked", "Doing")], "Doing", "Parked", "unknown"),  # a state that there is no more
        ([(170, None, "Doing")], "Doing", None, "unknown"),
    ],
)
def test_with_history_the_state_at_the_weeks_end_is_judged(stored, facts_of, changes, now, state, verdict):
    stored.entry(BUG, 60)
    stored.weeks()
    remember(stored, *changes, now=now)
    (reported,) = facts_of().individuals[0].alignment
    assert (reported.state, reported.verdict, reported.as_of) == (state, verdict, "period_end")
    assert facts_of().team.states_as_of == ["period_end"]


def test_history_that_begins_later_or_ends_earlier_shows_nothing_of_the_weeks_end(stored, facts_of):
    stored.entry(BUG, 60)
    stored.weeks()
    remember(stored, (170, "New", "Doing"))
    for since, fetched in ((WEEK_END + timedelta(hours=1), datetime(2025, 10, 13, 8)), (WEEK_START, WEEK_START)):
        stored.connection.execute("UPDATE enriched_entities SET history_since = ?, fetched_at = ?", [since, fetched])
        (reported,) = facts_of().individuals[0].alignment
        assert (reported.state, reported.as_of) == ("Doing", "fetch")


def test_open_work_is_judged_by_the_state_that_it_was_in(stored, facts_of):
    stored.entry("Meeting", 60)
    stored.weeks()
    assigned(stored, "6", "started", "ann@example.com")
    stored.connection.execute("UPDATE assigned_entities SET history_since = ?", [WEEK_START])
    insert_rows(
        stored.connection, "workflow_states", [{"entity_type": "Scrum/Bug", "name": "New", "kind": "not_started"}]
    )
    assert verdicts(facts_of()) == {"6": "idle"}
    change = {"entity_type": "Scrum/Bug", "public_id": "6", "before": "New", "after": "Some state"}
    insert_rows(stored.connection, "state_changes", [change | {"changed_at": WEEK_END}])
    assert verdicts(facts_of()) == {"6": "open"}


def test_the_threshold_is_the_one_asked_for(stored):
    stored.entry(BUG, 3601)
    stored.weeks()
    stored.entity("5", state="New", state_kind="not_started")

    def reported(seconds: int) -> str:
        with PreparedPeriod(stored.connection, MONDAY, SUNDAY) as prepared:
            facts = period_facts(prepared, ReportRules("Europe/Berlin", not_started_seconds=seconds))
        assert facts.team.period.not_started_seconds == seconds
        return facts.individuals[0].alignment[0].verdict

    assert (reported(3600), reported(3601)) == ("not_updated", "not_started")
