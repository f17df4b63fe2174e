"""What is worth a look: each rule fires where it should, and not a step before."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from volt_assets.formatting import number
from volt_assets.reports.report import Report
from volt_assets.reports.sentences.templates import template_prose
from volt_assets_tests.reports.conftest import MONDAY, ZONE, markdown

NOW = datetime(2025, 10, 13, 9, 30, tzinfo=UTC)
BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"


def at(stored, hour, minute=0, *, day=MONDAY):
    """Move the entry made last to another start."""
    entry = stored.entries[-1]
    start = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ZONE))
    stop = start + timedelta(seconds=entry["seconds"])
    entry |= {
        "start": start.isoformat(),
        "stop": stop.isoformat(),
        "start_utc": start.astimezone(UTC).replace(tzinfo=None),
        "stop_utc": stop.astimezone(UTC).replace(tzinfo=None),
    }
    return entry["id"]


def hints_of(facts, user_id=1):
    return next(each.hints for each in facts.individuals if each.user_id == user_id)


def test_two_entries_that_run_at_once_overlap_for_as_long_as_both_do(stored, facts_of):
    stored.entry(BUG, 3600)
    one = at(stored, 9)
    stored.entry("Meeting", 3600)
    other = at(stored, 9, 30)
    stored.entry("Lunch", 3600)
    at(stored, 10, 30)  # begins as the meeting ends
    stored.entry("Somebody else's", 3600, user=2)
    at(stored, 9)
    stored.weeks()
    (hint,) = hints_of(facts_of())
    assert (hint.kind, hint.entries, hint.seconds) == ("overlap", [one, other], 1800)


def test_the_length_of_a_long_entry_is_printed_as_its_row_of_time(stored, facts_of):
    # Each is 10 h and half a hundredth, so that together they are rounded otherwise than one by one.
    for user, seconds in ((1, 36_018), (2, 36_018), (3, 36_018)):
        stored.entry("Night watch", seconds, user=user)
        at(stored, 20)
    stored.weeks()
    facts = facts_of()
    printed = {person.user_id: person.other_activities[0].hundredths for person in facts.individuals}
    assert sorted(printed.values()) == [1000, 1001, 1001]
    for person in facts.individuals:
        assert [hint.hundredths for hint in person.hints if hint.kind == "long_entry"] == [printed[person.user_id]]
        report = markdown(Report(person, NOW, prose=template_prose(person)))
        assert f"one entry of {number(printed[person.user_id])} h" in report


def test_the_same_entry_twice_is_a_duplicate_and_no_overlap(stored, facts_of):
    stored.entry(BUG, 3600)
    at(stored, 9)
    stored.entry(BUG, 3600)
    at(stored, 9)
    stored.weeks()
    (hint,) = hints_of(facts_of())
    assert (hint.kind, len(hint.entries), hint.seconds) == ("duplicate", 2, 3600)


def test_more_than_ten_hours_are_a_long_entry_and_ten_are_not(stored, facts_of):
    stored.entry(BUG, 36_000)
    at(stored, 8)
    stored.entry(BUG, 36_001, user=2)
    at(stored, 8)
    stored.weeks()
    facts = facts_of()
    assert hints_of(facts, 1) == []
    assert [hint.kind for hint in hints_of(facts, 2)] == ["long_entry"]


def test_an_entry_crosses_midnight_in_the_weeks_zone_when_it_does_not_end_with_the_day(stored, facts_of):
    stored.entry(BUG, 7200)
    at(stored, 22)  # ends at midnight
    stored.entry(BUG, 7201, user=2)
    at(stored, 22)
    stored.weeks()
    facts = facts_of()
    assert hints_of(facts, 1) == []
    (hint,) = hints_of(facts, 2)
    assert (hint.kind, hint.days) == ("across_midnight", [MONDAY, MONDAY + timedelta(days=1)])


def test_entries_of_zero_seconds_are_reported_together(stored, facts_of):
    stored.entry(BUG, 0)
    stored.entry("Meeting", 0, day=MONDAY + timedelta(days=1))
    stored.weeks()
    (hint,) = hints_of(facts_of())
    assert (hint.kind, len(hint.entries)) == ("zero_seconds", 2)


def test_a_running_entry_is_no_hint(stored, facts_of):
    stored.entry(BUG, 60)
    stored.entry(BUG, None)
    stored.weeks()
    assert hints_of(facts_of()) == []


def test_a_week_is_unusual_when_it_is_more_than_half_above_or_below_the_usual_one(stored, facts_of):
    for back in range(1, 9):
        for user in (1, 2, 3):
            stored.entry(BUG, 20_000, day=MONDAY - timedelta(days=7 * back), user=user)
    stored.entry(BUG, 30_000)
    stored.entry(BUG, 30_001, user=2)
    stored.entry(BUG, 9_999, user=3)
    stored.weeks(MONDAY - timedelta(days=56), MONDAY)
    facts = facts_of()
    assert hints_of(facts, 1) == []
    assert [(h.kind, h.usual_seconds) for h in hints_of(facts, 2)] == [("unusual_week", 20_000)]
    assert [h.kind for h in hints_of(facts, 3)] == ["unusual_week"]
    assert [(h.user_id, h.kind, h.hints) for h in facts.team.hints] == [(2, "unusual_week", 1), (3, "unusual_week", 1)]


def test_an_open_week_is_not_called_unusual(stored, facts_of):
    for back in range(1, 9):
        stored.entry(BUG, 20_000, day=MONDAY - timedelta(days=7 * back))
    stored.weeks(MONDAY - timedelta(days=56), MONDAY - timedelta(days=7))
    stored.entry(BUG, 60)
    stored.weeks(after_its_end=False, complete=False)
    assert hints_of(facts_of()) == []
