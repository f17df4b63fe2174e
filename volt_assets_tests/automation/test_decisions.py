"""What is fetched automatically and when: the due time, attempts and their pauses, closed weeks, changed weeks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.automation.decisions import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    MOST_ATTEMPTS,
    Attempt,
    Backoff,
    RunHistory,
    backoff,
    changed_weeks_to_fetch,
    closed_weeks_to_fetch,
    missing_weeks,
    waiting_for_quota,
    when,
)
from volt_assets.weeks import Due, closed_weeks, parse_due, week_bounds

ZONE = ZoneInfo("Europe/Berlin")
MONDAY_AT_SIX = Due(0, time(6))
FIRST_WEEK = date(2025, 1, 6)
# Thursday: the week of 3 November is open, that of 27 October the newest closed one.
NOW = datetime(2025, 11, 6, 12, tzinfo=UTC)
NEWEST = date(2025, 10, 27)
WEEK = timedelta(weeks=1)

WEEKS = st.integers(0, 60).map(lambda n: FIRST_WEEK + n * WEEK)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2026, 6, 1), timezones=st.just(UTC))
STORED = st.dictionaries(WEEKS, st.booleans(), max_size=20)


def ended(hours_ago: float, week: date = NEWEST, key: str = "k", succeeded: bool = False) -> Attempt:
    return Attempt(week, key, NOW - timedelta(hours=hours_ago), succeeded)


def closed(complete, attempts=(), *, now=NOW, in_progress=frozenset(), at_a_time=2, due=MONDAY_AT_SIX, succeeded=None):
    history = RunHistory(attempts, in_progress, succeeded or {})
    return closed_weeks_to_fetch(now, FIRST_WEEK, ZONE, due, complete, at_a_time, history)


# When a week is due


@pytest.mark.parametrize(
    ("text", "due", "cron", "daily"),
    [
        ("Monday 06:00", Due(0, time(6)), "0 6 * * 1", "0 6 * * *"),
        ("mon 6:05", Due(0, time(6, 5)), "5 6 * * 1", "5 6 * * *"),
        ("Tues 23:59", Due(1, time(23, 59)), "59 23 * * 2", "59 23 * * *"),
        ("SUNDAY 00:00", Due(6, time(0)), "0 0 * * 0", "0 0 * * *"),
    ],
)
def test_a_day_and_time_can_be_written_in_some_ways(text, due, cron, daily):
    assert parse_due(text) == due
    assert (due.cron, due.daily_cron) == (cron, daily)


@pytest.mark.parametrize(
    "text", ["", "Monday", "06:00", "Mo 06:00", "Mondays 06:00", "Monday 24:00", "Monday 06:60", "X 1:00"]
)
def test_what_is_no_day_and_time_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"Write it like Monday 06:00"):
        parse_due(text)


def test_a_week_is_due_by_the_clock_on_the_wall_also_after_a_clock_change():
    # Summer time ended on 26 October 2025.
    assert MONDAY_AT_SIX.of(date(2025, 10, 13), ZONE) == datetime(2025, 10, 20, 4, tzinfo=UTC)
    assert MONDAY_AT_SIX.of(date(2025, 10, 20), ZONE) == datetime(2025, 10, 27, 5, tzinfo=UTC)


@given(WEEKS, st.integers(0, 6), st.times())
def test_no_week_is_due_before_its_end(week, weekday, at):
    assert Due(weekday, at).of(week, ZONE) >= week_bounds(week, ZONE)[1]


# Attempts


def test_a_first_attempt_may_be_made_at_once():
    assert backoff([], NOW).number == 1
    assert backoff([], NOW).not_before is None


@pytest.mark.parametrize(("failed", "minutes"), [(1, 10), (2, 40), (3, 160), (4, 640), (5, 1440)])
def test_pauses_grow_from_ten_minutes_to_a_day(failed, minutes):
    attempts = [ended(0)] * failed
    assert backoff(attempts, NOW).not_before == NOW + timedelta(minutes=minutes)
    after = backoff(attempts, NOW + timedelta(minutes=minutes))
    assert (after.not_before, after.number, after.given_up) == (None, failed + 1, False)


def test_after_six_failures_a_week_is_given_up_for_good():
    assert backoff([ended(24 * 365)] * MOST_ATTEMPTS, NOW).given_up


def test_a_success_ends_the_series_of_failures_but_not_the_count_of_attempts():
    attempts = [ended(30)] * 5 + [ended(20, succeeded=True)] + [ended(1)]
    assert backoff(attempts, NOW).not_before is None
    assert backoff(attempts, NOW).number == 8


def test_while_an_attempt_is_under_way_there_is_no_other():
    assert backoff([ended(5), Attempt(NEWEST, "k")], NOW).running


@given(st.lists(st.tuples(st.floats(0, 500), st.booleans()), max_size=12))
def test_a_pause_is_never_longer_than_a_day_and_no_attempt_has_a_number_twice(made):
    attempts = [ended(hours, succeeded=good) for hours, good in made]
    state = backoff(attempts, NOW)
    assert state.number == len(attempts) + 1
    if state.not_before is not None:
        assert NOW < state.not_before <= NOW + LONGEST_PAUSE
    if not attempts or all(attempt.succeeded for attempt in attempts):
        assert (state.given_up, state.not_before) == (False, None)


# Closed weeks


def test_with_nothing_stored_the_newest_closed_week_is_requested_alone():
    assert closed({}).run_keys == {NEWEST: f"{NEWEST}:1"}


def test_with_nothing_stored_and_nothing_closed_there_is_nothing_to_request():
    decision = closed({}, now=datetime(2025, 1, 8, tzinfo=UTC))
    assert (dict(decision.run_keys), decision.reason) == ({}, "No week has closed yet.")


def test_all_weeks_from_the_first_stored_one_on_are_caught_up_oldest_first_two_at_a_time():
    stored = {NEWEST - 5 * WEEK: True, NEWEST - 2 * WEEK: True}
    decision = closed(stored)
    assert list(decision.run_keys) == [NEWEST - 4 * WEEK, NEWEST - 3 * WEEK]
    assert "waits for its turn" in decision.reason
    assert list(closed(stored, at_a_time=9).run_keys) == [NEWEST - n * WEEK for n in (4, 3, 1, 0)]


def test_a_stored_week_that_is_not_complete_is_requested_and_a_complete_one_is_not():
    assert list(closed({NEWEST - WEEK: False, NEWEST: True}).run_keys) == [NEWEST - WEEK]
    decision = closed({NEWEST - WEEK: True, NEWEST: True})
    assert (dict(decision.run_keys), decision.reason) == ({}, "Every closed week is complete.")


def test_the_open_week_is_never_requested_however_it_is_stored():
    assert not closed({NEWEST + WEEK: False}).run_keys
    assert not closed({NEWEST + WEEK: False, NEWEST: True}).run_keys


@pytest.mark.parametrize(
    ("now", "requested"),
    [
        # Berlin is an hour ahead of UTC.
        (datetime(2025, 11, 2, 23, 30, tzinfo=UTC), []),
        (datetime(2025, 11, 3, 4, 59, tzinfo=UTC), []),
        (datetime(2025, 11, 3, 5, 0, tzinfo=UTC), [NEWEST]),
    ],
)
def test_a_closed_week_is_requested_from_monday_at_six_on(now, requested):
    decision = closed({NEWEST - WEEK: True}, now=now)
    assert list(decision.run_keys) == requested
    if not requested:
        assert "is due on Monday 2025-11-03 at 06:00 (Europe/Berlin)" in decision.reason


def test_before_its_time_the_newest_week_does_not_hold_up_older_ones():
    now = datetime(2025, 11, 3, 1, tzinfo=UTC)
    assert list(closed({NEWEST - 2 * WEEK: True}, now=now).run_keys) == [NEWEST - WEEK]


def test_a_failed_week_is_requested_again_after_its_pause_under_another_key():
    stored = {NEWEST - WEEK: True}
    just_now = closed(stored, [ended(0.1)])
    assert not just_now.run_keys
    assert "failed; it is tried again on Thursday 2025-11-06 at 13:04" in just_now.reason
    assert closed(stored, [ended(0.2)]).run_keys == {NEWEST: f"{NEWEST}:2"}


def test_a_week_that_waits_or_was_given_up_does_not_hold_up_the_others():
    stored = {NEWEST - 3 * WEEK: True}
    attempts = [ended(0.01, NEWEST - 2 * WEEK), *[ended(300, NEWEST - WEEK)] * MOST_ATTEMPTS]
    decision = closed(stored, attempts)
    assert list(decision.run_keys) == [NEWEST]
    assert "failed 6 times and is not tried again automatically" in decision.reason


def test_weeks_in_progress_are_left_alone_whoever_started_them():
    stored = {NEWEST - 2 * WEEK: True}
    assert list(closed(stored, in_progress={NEWEST - WEEK}).run_keys) == [NEWEST]


def test_own_runs_under_way_count_among_those_at_a_time_also_after_their_fetch():
    complete_meanwhile = Attempt(NEWEST - 2 * WEEK, "k")
    stored = {NEWEST - 3 * WEEK: True, NEWEST - 2 * WEEK: True}
    assert list(closed(stored, [complete_meanwhile]).run_keys) == [NEWEST - WEEK]
    assert not closed(stored, [complete_meanwhile, Attempt(NEWEST - WEEK, "k")]).run_keys


def test_a_warehouse_that_was_removed_is_filled_again_under_new_keys():
    assert closed({}, [ended(100, succeeded=True)]).run_keys == {NEWEST: f"{NEWEST}:2"}


@given(
    MOMENTS,
    STORED,
    st.sets(WEEKS),
    st.integers(1, 5),
    st.lists(st.tuples(WEEKS, st.integers(0, 90), st.booleans()), max_size=12),
)
def test_whatever_is_recorded_only_closed_due_weeks_incomplete_or_broken_off_are_requested_oldest_first(
    now, complete, in_progress, at_a_time, made
):
    attempts = [Attempt(week, "k", now - timedelta(hours=hours), good) for week, hours, good in made]
    decision = closed(complete, attempts, now=now, in_progress=in_progress, at_a_time=at_a_time)
    requested = list(decision.run_keys)
    assert requested == sorted(requested)
    assert len(requested) <= at_a_time
    assert set(requested) <= set(closed_weeks(now, FIRST_WEEK, ZONE))
    assert not set(requested) & in_progress
    assert {week for week in requested if complete.get(week)} <= {attempt.week for attempt in attempts}
    assert all(MONDAY_AT_SIX.of(week, ZONE) <= now for week in requested)
    if complete:
        assert all(week >= min(complete) for week in requested)
    else:
        assert len(requested) <= 1
    assert requested or decision.reason


@given(MOMENTS, STORED)
def test_without_failures_requesting_and_fetching_completes_every_closed_week(now, complete):
    complete = dict(complete)
    for _ in range(100):
        requested = closed(complete, now=now, due=Due(0, time(0))).run_keys
        if not requested:
            break
        complete |= dict.fromkeys(requested, True)
    assert not missing_weeks(now, FIRST_WEEK, ZONE, complete)


def test_a_week_that_always_fails_is_requested_six_times_in_all():
    attempts, now = [], NOW
    for _ in range(4000):
        for week, key in closed({NEWEST - WEEK: True}, attempts, now=now).run_keys.items():
            attempts.append(Attempt(week, key, now))
        now += timedelta(minutes=1)
    assert len({attempt.run_key for attempt in attempts}) == len(attempts) == MOST_ATTEMPTS
    assert attempts[1].ended_at - attempts[0].ended_at == FIRST_PAUSE


def test_unbroken_weeks_are_one_run_and_a_week_that_failed_before_has_its_own():
    stored = {NEWEST - 6 * WEEK: True, NEWEST - 3 * WEEK: True}
    assert closed(stored, at_a_time=9).runs == [
        [NEWEST - 5 * WEEK, NEWEST - 4 * WEEK],
        [NEWEST - 2 * WEEK, NEWEST - WEEK, NEWEST],
    ]
    failed = closed(stored, [ended(300, NEWEST - WEEK)], at_a_time=9)
    assert failed.runs[1:] == [[NEWEST - 2 * WEEK], [NEWEST - WEEK], [NEWEST]]


def test_each_week_that_is_requested_says_why():
    stored = {NEWEST - 3 * WEEK: True, NEWEST - 2 * WEEK: False, NEWEST - WEEK: True}
    decision = closed(stored, [ended(300, NEWEST - WEEK)], at_a_time=9)
    assert decision.why == {
        NEWEST - 2 * WEEK: f"The week of {NEWEST - 2 * WEEK} is requested: it was stored before its end, or not for "
        "everybody.",
        NEWEST - WEEK: f"The week of {NEWEST - WEEK} is requested: it is stored, but its run failed. Attempt 2 of 6.",
        NEWEST: f"The week of {NEWEST} is requested: it has closed and is not stored.",
    }


def test_a_week_that_a_failed_run_has_stored_is_brought_to_its_end_unless_somebody_did_or_it_was_cancelled():
    stored = {NEWEST - WEEK: True, NEWEST: True}
    failed = [ended(300)]
    assert list(closed(stored, failed).run_keys) == [NEWEST]
    assert not closed(stored, failed, succeeded={NEWEST: NOW - timedelta(hours=1)}).run_keys
    assert list(closed(stored, failed, succeeded={NEWEST: NOW - timedelta(hours=301)}).run_keys) == [NEWEST]
    assert not closed(stored, [*failed, ended(1, succeeded=True)]).run_keys
    assert not closed(stored, [*failed, Attempt(NEWEST, "k")]).run_keys
    assert not closed(stored, [Attempt(NEWEST, "k", NOW - timedelta(hours=9), cancelled=True)]).run_keys


# Changed weeks


def changed(evidence, attempts=(), in_progress=frozenset(), now=NOW, succeeded=None, changes=None):
    history = RunHistory(attempts, in_progress, succeeded or {})
    return changed_weeks_to_fetch(now, ZONE, evidence, changes or {}, history)


def test_without_evidence_nothing_is_fetched():
    assert (dict(changed({}).run_keys), changed({}).reason) == ({}, "Toggl holds what is stored.")


def test_every_changed_week_is_requested_once_for_the_same_reason():
    evidence = {NEWEST: "abc", NEWEST - 5 * WEEK: "def"}
    keys = changed(evidence).run_keys
    assert list(keys.items()) == [(NEWEST - 5 * WEEK, f"{NEWEST - 5 * WEEK}:def:1"), (NEWEST, f"{NEWEST}:abc:1")]
    done = [ended(1, week, key, succeeded=True) for week, key in keys.items()]
    decision = changed(evidence, done)
    assert not decision.run_keys
    assert "still differs" in decision.reason
    assert changed(evidence | {NEWEST: "new"}, done).run_keys == {NEWEST: f"{NEWEST}:new:1"}


def test_a_changed_week_that_failed_is_requested_again_after_its_pause():
    key = f"{NEWEST}:abc:1"
    assert not changed({NEWEST: "abc"}, [ended(0.1, key=key)]).run_keys
    assert changed({NEWEST: "abc"}, [ended(0.2, key=key)]).run_keys == {NEWEST: f"{NEWEST}:abc:2"}
    assert not changed({NEWEST: "abc"}, [ended(900, key=key)] * MOST_ATTEMPTS).run_keys


def test_a_changed_week_says_what_changed_and_unbroken_ones_are_one_run():
    weeks = [NEWEST - n * WEEK for n in (4, 3, 0)]
    decision = changed(dict.fromkeys(weeks, "abc"), changes=dict.fromkeys(weeks, "entries: 1 added, 2 moved"))
    assert decision.runs == [weeks[:2], weeks[2:]]
    assert decision.why[NEWEST] == f"The week of {NEWEST} is requested: entries: 1 added, 2 moved."


def test_a_changed_week_that_was_stored_by_a_failed_run_is_fetched_again_though_it_differs_no_longer():
    failed = [ended(9, key=f"{NEWEST}:abc:1")]
    decision = changed({}, failed)
    assert decision.run_keys == {NEWEST: f"{NEWEST}:abc:2"}
    assert "its run failed after it was fetched. Attempt 2 of 6." in decision.why[NEWEST]
    assert not changed({}, failed, succeeded={NEWEST: NOW}).run_keys
    assert changed({NEWEST: "new"}, failed).run_keys == {NEWEST: f"{NEWEST}:new:1"}


def test_a_changed_week_in_progress_is_left_to_the_run_that_has_it():
    decision = changed({NEWEST: "abc"}, in_progress={NEWEST})
    assert (dict(decision.run_keys), decision.reason) == ({}, f"The week of {NEWEST} is being run.")


def test_a_long_list_of_reasons_is_shortened():
    decision = changed({NEWEST - n * WEEK: "x" for n in range(30)}, in_progress={NEWEST - n * WEEK for n in range(30)})
    assert decision.reason.endswith("And 26 more weeks.")


# Toggl's hourly quota


def test_an_attempt_that_ended_for_the_quota_is_no_failure_and_delays_nothing():
    waited = [Attempt(NEWEST, "k", NOW - timedelta(hours=hours), waits=True) for hours in range(10)]
    assert backoff(waited, NOW) == Backoff(11)
    state = backoff([*waited, ended(0.1)], NOW)
    assert (state.failed, state.not_before) == (1, NOW + timedelta(minutes=4))


def test_weeks_wait_for_the_reset_together_and_are_then_requested():
    decision = closed({NEWEST - 2 * WEEK: True})
    assert waiting_for_quota(decision, None, ZONE) is decision
    reset = NOW + timedelta(minutes=30)
    waiting = waiting_for_quota(decision, reset, ZONE)
    assert waiting.run_keys == {}
    assert waiting.others[0] == f"2 weeks wait for Toggl's hourly quota, {when(reset, ZONE)}."
    nothing = closed({NEWEST: True})
    assert waiting_for_quota(nothing, reset, ZONE) is nothing
