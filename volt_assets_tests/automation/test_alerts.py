"""What is reported: each trouble once, its end once, and nothing that was not seen to happen."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.automation.alerts import (
    MOST_MESSAGES,
    EndedRun,
    Reported,
    Trouble,
    check_troubles,
    messages,
    run_troubles,
    stuck_weeks,
)
from volt_assets.orchestration.failed_checks import FailedCheck
from volt_assets.weeks import parse_due

NOW = datetime(2025, 10, 15, 12, tzinfo=UTC)
WEEK = timedelta(weeks=1)
FIRST = date(2025, 9, 22)
UI = "http://ui.example"


def run(number, weeks=1, *, first=FIRST, succeeded=False, error="Toggl is down"):
    days = (first, first + weeks * WEEK - timedelta(days=1)) if weeks else None
    ended = NOW - timedelta(days=1) + timedelta(hours=number)
    return EndedRun(f"id{number}", f"run_{number}", days, ended, succeeded, None if succeeded else error)


def trouble(key):
    return Trouble(key, f"{key} is wrong.", "Mend it.", f"/{key}")


def test_a_failed_run_is_trouble_until_all_its_weeks_were_run_with_success():
    failed = run(1, weeks=2)
    assert list(run_troubles([failed])) == [failed.key]
    assert list(run_troubles([failed, run(2, succeeded=True)])) == [failed.key]
    assert run_troubles([failed, run(2, succeeded=True), run(3, first=FIRST + WEEK, succeeded=True)]) == {}
    assert list(run_troubles([run(0, weeks=2, succeeded=True), failed])) == [failed.key]


def test_a_run_that_waits_for_toggls_quota_is_no_trouble_and_mends_none():
    waits = replace(run(2), waits=True)
    assert run_troubles([waits]) == {}
    assert list(run_troubles([run(1), waits])) == [waits.key]


def test_a_run_that_fails_again_for_the_same_days_is_the_same_trouble():
    (found,) = run_troubles([run(1), run(2, error="Fibery is down")]).values()
    assert "run_2" in found.what
    assert "Fibery is down" in found.what
    assert found.page == "/runs/id2"


def test_a_run_for_no_weeks_is_made_good_by_any_success():
    failed = run(1, weeks=0)
    assert list(run_troubles([failed])) == ["run"]
    assert run_troubles([failed, run(2, succeeded=True)]) == {}


@pytest.mark.parametrize(("hours_late", "stuck"), [(23, []), (24, [FIRST + 2 * WEEK])])
def test_a_week_is_stuck_when_it_was_due_that_long_ago_and_is_not_complete(hours_late, stuck):
    due = parse_due("Monday 06:00")
    complete = {FIRST: True, FIRST + WEEK: True}
    now = datetime(2025, 10, 13, 6, tzinfo=UTC) + timedelta(hours=hours_late)
    found = stuck_weeks(now, FIRST - 5 * WEEK, ZoneInfo("UTC"), due, complete, timedelta(hours=24))
    assert list(found) == [f"week:{week}" for week in stuck]
    for each in found.values():
        assert "volt run --start-date 2025-10-06 --end-date 2025-10-12" in each.do


def test_with_nothing_stored_no_week_is_stuck():
    assert stuck_weeks(NOW, FIRST, ZoneInfo("UTC"), parse_due("Monday 06:00"), {}, timedelta()) == {}


def test_a_failing_check_is_a_trouble_of_each_week_and_names_its_page():
    weeks = date(2025, 10, 6), date(2025, 10, 13)
    troubles = check_troubles(FailedCheck("tracked_time", "adds_up", week) for week in weeks)
    assert len(troubles) == 2
    for found, week in zip(troubles.values(), weeks, strict=True):
        assert "adds_up of tracked_time" in found.what
        assert str(week) in found.what
        assert "tracked_time" in found.page


def test_a_trouble_that_is_held_back_is_neither_reported_nor_over():
    troubles = {"a": trouble("a")}
    sent, reported = messages(troubles, Reported(), NOW, UI, held_back={"a"})
    assert (sent, reported) == ([], Reported())
    sent, reported = messages(troubles, reported, NOW, UI)
    assert len(sent) == 1
    assert messages(troubles, reported, NOW, UI, held_back={"a"}) == ([], reported)
    (over,), _ = messages({}, reported, NOW, UI, held_back={"a"})
    assert over.title == "Volt: it works again"


def test_what_is_to_be_done_about_many_troubles_is_said_once():
    weeks = [date(2025, 1, 6) + n * WEEK for n in range(30)]
    troubles = check_troubles(FailedCheck("team_report", "adds_up", week) for week in weeks)
    (message,), _ = messages(troubles, Reported(), NOW, UI)
    assert message.body.count("Run the week again") == 1
    assert all(str(week) in message.body for week in weeks)


def test_a_trouble_is_reported_once_and_its_end_once():
    troubles = {"a": trouble("a")}
    sent, reported = messages(troubles, Reported(), NOW, UI)
    assert [(message.title, message.body) for message in sent] == [
        ("Volt: a is wrong.", "a is wrong.\n\nMend it.\n\nhttp://ui.example/a")
    ]
    sent, reported = messages(troubles, reported, NOW, UI)
    assert sent == []
    sent, reported = messages({}, reported, NOW, UI)
    assert [message.title for message in sent] == ["Volt: it works again"]
    assert "- a is wrong." in sent[0].body
    assert messages({}, reported, NOW, UI) == ([], Reported())


def test_many_troubles_at_once_are_one_message():
    troubles = {str(n): trouble(str(n)) for n in range(MOST_MESSAGES + 1)}
    (message,), _ = messages(troubles, Reported(), NOW, UI)
    assert message.title == f"Volt: {MOST_MESSAGES + 1} new troubles"
    assert all(each.what in message.body for each in troubles.values())


@given(st.lists(st.sets(st.sampled_from("abc")), max_size=8))
def test_whatever_comes_and_goes_each_beginning_and_each_end_is_reported_exactly_once(states):
    reported, begun, ended, before = Reported(), 0, 0, set()
    for state in states:
        sent, reported = messages({key: trouble(key) for key in state}, reported, NOW, UI)
        # What is kept survives the sensor's cursor.
        reported = Reported.model_validate_json(reported.model_dump_json())
        text = "\n".join(message.body for message in sent)
        begun += text.count("Mend it.")
        ended += text.count("\n- ")
        assert set(reported.troubles) == state
        assert text.count("Mend it.") == len(state - before)
        assert text.count("\n- ") == len(before - state)
        before = state
