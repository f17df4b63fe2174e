"""Weeks: their bounds across clock changes, how they are written, which are closed, Dagster's partitions of them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.errors import BadInput
from volt_assets.orchestration.partitions import weekly_partitions
from volt_assets.weeks import (
    closed_weeks,
    is_closed,
    iso_week,
    last_day,
    local_day,
    midnight,
    parse_day,
    parse_week,
    today_in,
    unbroken,
    week_bounds,
    week_of,
    weeks_between,
)

UTC_ZONE = ZoneInfo("UTC")
LONDON = ZoneInfo("Europe/London")
# Clock changes at 01:00, at 02:00, at midnight, by half an hour, and a zone that skipped a day (30 December 2011).
ZONES = st.sampled_from(
    [
        UTC_ZONE,
        LONDON,
        ZoneInfo("America/Los_Angeles"),
        ZoneInfo("America/Sao_Paulo"),
        ZoneInfo("America/Havana"),
        ZoneInfo("Africa/Cairo"),
        ZoneInfo("Australia/Lord_Howe"),
        ZoneInfo("Pacific/Auckland"),
        ZoneInfo("Pacific/Apia"),
    ]
)
DAYS = st.dates(date(2006, 1, 2), date(2037, 12, 31))
INSTANTS = st.datetimes(datetime(2006, 1, 2), datetime(2037, 12, 31), timezones=st.just(UTC))


def hours(week: date, zone: ZoneInfo) -> float:
    start, end = week_bounds(week, zone)
    return (end - start) / timedelta(hours=1)


@given(INSTANTS, ZONES)
def test_every_instant_is_within_the_bounds_of_exactly_the_week_of_its_local_day(instant, zone):
    week = week_of(local_day(instant, zone))
    start, end = week_bounds(week, zone)
    assert start <= instant < end
    assert week_bounds(week + timedelta(days=7), zone)[0] == end


def test_today_is_the_zones_own_day():
    # A day and an hour apart: whatever the time is, it is a later day on Kiritimati.
    assert timedelta(days=1) <= today_in(ZoneInfo("Pacific/Kiritimati")) - today_in(ZoneInfo("Pacific/Pago_Pago"))
    before = datetime.now(LONDON).date()
    assert before <= today_in(LONDON) <= datetime.now(LONDON).date()


@given(DAYS, ZONES)
def test_a_week_begins_at_the_first_instant_of_its_monday(day, zone):
    start, _ = week_bounds(week_of(day), zone)
    assert local_day(start, zone) == week_of(day)
    assert local_day(start - timedelta(microseconds=1), zone) < week_of(day)
    assert start.tzinfo is UTC


def test_a_week_with_a_clock_change_holds_167_or_169_hours():
    assert hours(date(2007, 3, 19), LONDON) == 167
    assert hours(date(2007, 10, 22), LONDON) == 169
    assert hours(date(2007, 10, 29), LONDON) == 168
    assert hours(date(2007, 3, 19), UTC_ZONE) == 168


def test_a_midnight_that_the_clock_skips_is_the_instant_it_jumps():
    # Sao Paulo, 4 November 2018: 00:00 did not exist, the day began at 01:00 summer time.
    assert midnight(date(2018, 11, 4), ZoneInfo("America/Sao_Paulo")) == datetime(2018, 11, 4, 3, tzinfo=UTC)


@given(DAYS, DAYS)
def test_the_weeks_between_two_days_hold_every_day_of_them_and_no_week_without_one(one, other):
    first, last = sorted((one, other))
    weeks = weeks_between(first, last)
    assert weeks[0] <= first <= last_day(weeks[0])
    assert weeks[-1] <= last <= last_day(weeks[-1])
    assert all(week.weekday() == 0 for week in weeks)
    assert all(after - before == timedelta(days=7) for before, after in zip(weeks, weeks[1:], strict=False))


@given(DAYS)
def test_a_week_can_be_written_as_any_of_its_days_or_as_its_iso_number(day):
    week = week_of(day)
    assert parse_day(day.isoformat()) == day
    assert parse_week(day.isoformat()) == week
    assert parse_week(iso_week(week)) == week


def test_iso_weeks_over_the_ends_of_years_belong_to_the_year_of_their_thursday():
    assert iso_week(date(2024, 12, 30)) == "2025-W01"
    assert iso_week(date(2020, 12, 28)) == "2020-W53"
    assert parse_week("2025-W01") == date(2024, 12, 30)
    assert parse_week("2021-01-03") == date(2020, 12, 28)


@pytest.mark.parametrize("text", ["2025-13-01", "2025-02-30", "20251006", "2025-10-6", "yesterday", "", "2025-10-06 "])
def test_what_is_no_date_is_refused_with_the_way_to_write_one(text):
    with pytest.raises(BadInput, match="YYYY-MM-DD"):
        parse_day(text)


@pytest.mark.parametrize(("text", "words"), [("2025-W53", "no week 2025-W53"), ("2025-W00", "no week"), ("W41", "ISO")])
def test_what_is_no_week_is_refused(text, words):
    with pytest.raises(BadInput, match=words):
        parse_week(text)


def test_a_week_is_closed_from_the_instant_it_ends_in_its_zone():
    week = date(2007, 10, 22)
    # The clocks have gone back: midnight in London is midnight UTC again.
    end = datetime(2007, 10, 29, tzinfo=UTC)
    assert not is_closed(week, end - timedelta(seconds=1), LONDON)
    assert is_closed(week, end, LONDON)
    assert not is_closed(week, end, ZoneInfo("America/Los_Angeles"))
    assert is_closed(week, end - timedelta(hours=8), ZoneInfo("Asia/Tokyo"))


@given(INSTANTS, ZONES)
def test_the_closed_weeks_are_all_from_the_first_up_to_the_open_one(now, zone):
    first = date(2006, 1, 2)
    weeks = closed_weeks(now, first, zone)
    open_week = week_of(local_day(now, zone))
    assert weeks == ([] if open_week < first else weeks_between(first, open_week)[:-1])
    assert all(is_closed(week, now, zone) for week in weeks)
    assert not is_closed(open_week, now, zone)


@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "America/Los_Angeles", "Pacific/Auckland"])
def test_dagsters_partitions_are_the_same_weeks_from_the_first_to_the_open_one(zone):
    zone = ZoneInfo(zone)
    weekly = weekly_partitions(date(2006, 1, 2), zone)
    now = datetime(2008, 4, 2, 12, tzinfo=UTC)
    keys = weekly.get_partition_keys(current_time=now)
    weeks = [date.fromisoformat(key) for key in keys]
    assert weeks == [*closed_weeks(now, date(2006, 1, 2), zone), date(2008, 3, 31)]
    for week in weeks:
        window = weekly.time_window_for_partition_key(week.isoformat())
        assert (window.start, window.end) == week_bounds(week, zone)


def test_a_new_week_opens_at_midnight_of_its_monday_in_the_zone():
    weekly = weekly_partitions(date(2007, 1, 1), LONDON)
    # Summer time: London's Monday begins at 23:00 UTC on Sunday.
    opens = datetime(2007, 7, 1, 23, tzinfo=UTC)
    assert weekly.get_partition_keys(current_time=opens - timedelta(seconds=1))[-1] == "2007-06-25"
    assert weekly.get_partition_keys(current_time=opens)[-1] == "2007-07-02"


@given(st.sets(st.integers(0, 60)))
def test_unbroken_stretches_hold_all_weeks_in_order_and_are_as_long_as_can_be(numbers):
    weeks = [date(2024, 1, 1) + timedelta(days=7 * number) for number in sorted(numbers)]
    stretches = unbroken(weeks)
    assert [week for stretch in stretches for week in stretch] == weeks
    assert all(stretch == weeks_between(stretch[0], stretch[-1]) for stretch in stretches)
    assert all(b[0] - a[-1] > timedelta(days=7) for a, b in zip(stretches, stretches[1:], strict=False))
