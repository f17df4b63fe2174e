"""What is known of stored weeks: when one is complete, and what is refused because it is missing or of another zone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.errors import BadInput
from volt_assets.runs.preconditions import check_days
from volt_assets.settings import Settings
from volt_assets.toggl.storage import fetch_command, refuse_other_zones, require_stored, stored_weeks
from volt_assets.toggl.stored_week import StoredWeek, merged, weeks_wanted
from volt_assets.warehouse import connect, insert_rows
from volt_assets.weeks import parse_day, week_of, weeks_between

WEEK = date(2025, 10, 6)
EARLIER = datetime(2025, 10, 8, 12)
LATER = datetime(2025, 10, 14, 6)


def fetch(at: datetime, *, everybody: bool = True, timezone: str = "UTC") -> StoredWeek:
    """A fetch of WEEK, which ended on 2025-10-13 00:00."""
    return StoredWeek(WEEK, timezone, at, everybody, at >= datetime(2025, 10, 13))


def after(*fetches: StoredWeek) -> StoredWeek:
    known = None
    for one in fetches:
        known = merged(known, one)
    return known


def test_only_a_fetch_for_everybody_after_the_weeks_end_makes_it_complete():
    assert after(fetch(LATER)).complete
    assert not after(fetch(EARLIER)).complete
    assert not after(fetch(LATER, everybody=False)).complete
    assert not after(fetch(EARLIER, everybody=False)).complete


def test_a_fetch_for_everybody_replaces_what_was_known():
    assert after(fetch(EARLIER), fetch(LATER, everybody=False), fetch(LATER)) == fetch(LATER)


def test_a_later_fetch_for_some_people_does_not_take_completeness_away():
    known = after(fetch(LATER), fetch(LATER + timedelta(days=1), everybody=False))
    assert known.complete
    # The oldest part says how old the week may be.
    assert known.fetched_at == LATER


def test_fetching_some_people_after_the_end_does_not_complete_a_week_fetched_while_open():
    assert not after(fetch(EARLIER), fetch(LATER, everybody=False)).complete
    assert not after(fetch(LATER, everybody=False), fetch(LATER, everybody=False)).complete


FETCHES = st.lists(st.tuples(st.integers(0, 240), st.booleans()), min_size=1).map(
    lambda given: [fetch(WEEK_START + timedelta(hours=hour), everybody=all_) for hour, all_ in sorted(given)]
)
WEEK_START = datetime(2025, 10, 6)


@given(FETCHES)
def test_however_often_a_week_is_fetched_it_is_complete_just_when_everybody_was_fetched_after_its_end(fetches):
    known = after(*fetches)
    assert known.complete == any(one.everybody and one.after_its_end for one in fetches)
    full = max((i for i, one in enumerate(fetches) if one.everybody), default=0)
    assert known.fetched_at == fetches[full].fetched_at


@pytest.fixture
def connection(tmp_path):
    with connect(tmp_path / "warehouse.duckdb") as connection:
        yield connection


def store(connection, *weeks: date, timezone: str = "UTC") -> None:
    row = {"timezone": timezone, "fetched_at": LATER, "everybody": True, "after_its_end": True, "complete": True}
    insert_rows(connection, "toggl_weeks", [{"week": week, **row} for week in weeks])


def test_stored_weeks_come_back_as_stored(connection):
    store(connection, WEEK)
    assert stored_weeks(connection, [WEEK, date(2025, 10, 13)]) == {WEEK: fetch(LATER)}
    assert stored_weeks(connection, []) == {}
    assert list(require_stored(connection, date(2025, 10, 7), date(2025, 10, 9), "UTC")) == [WEEK]


def test_a_week_that_is_not_stored_is_named_with_the_command_that_fetches_it(connection):
    store(connection, WEEK)
    with pytest.raises(BadInput) as missing:
        require_stored(connection, date(2025, 10, 8), date(2025, 10, 15), "UTC")
    assert missing.value.message == (
        "The week of 2025-10-13 is not stored. Fetch first: volt run --start-date 2025-10-13 --end-date 2025-10-19"
    )
    assert missing.value.code == "week_not_stored"


def test_several_weeks_that_are_not_stored_are_named_and_very_many_are_counted(connection):
    with pytest.raises(BadInput, match="weeks of 2025-10-06 and 2025-10-13 are not stored"):
        require_stored(connection, WEEK, date(2025, 10, 13), "UTC")
    with pytest.raises(BadInput, match="52 weeks, from 2024-01-01 to 2024-12-23, are not stored"):
        require_stored(connection, date(2024, 1, 1), date(2024, 12, 29), "UTC")


def test_what_would_mix_two_zones_is_refused_with_the_command_that_fetches_those_weeks_again(connection):
    store(connection, WEEK, timezone="Europe/London")
    store(connection, date(2025, 10, 13))
    with pytest.raises(BadInput) as refused:
        require_stored(connection, WEEK, date(2025, 10, 19), "UTC")
    assert refused.value.code == "other_timezone"
    assert refused.value.message == (
        "The week of 2025-10-06 is stored for the time zone Europe/London, but VOLT_TIMEZONE is UTC. "
        "Fetch again in the new zone: volt run --start-date 2025-10-06 --end-date 2025-10-12"
    )
    refuse_other_zones([], "UTC")


@pytest.mark.parametrize("timezone", ["UTC", "Pacific/Auckland", "Pacific/Honolulu"])
def test_the_command_named_for_the_open_week_is_one_that_volt_accepts(tmp_path, timezone):
    settings = Settings(project=tmp_path, volt_timezone=timezone, _env_file=None)
    this_week = week_of(datetime.now(UTC).astimezone(settings.zone).date())
    words = fetch_command([this_week - timedelta(days=7), this_week], timezone).split()
    first, last = (parse_day(words[words.index(option) + 1]) for option in ("--start-date", "--end-date"))
    check_days(settings, first, last)
    assert weeks_between(first, last) == [this_week - timedelta(days=7), this_week]


def of(week: date, fetched_at: datetime, *, complete: bool) -> StoredWeek:
    return StoredWeek(week, "UTC", fetched_at, everybody=True, after_its_end=complete)


def test_a_run_that_is_executed_again_fetches_what_was_not_committed_since_it_first_began():
    weeks = [date(2025, 9, 29), date(2025, 10, 6), date(2025, 10, 13)]
    began = datetime(2025, 10, 20, 6)
    known = {
        weeks[0]: of(weeks[0], began - timedelta(seconds=1), complete=True),
        weeks[1]: of(weeks[1], began + timedelta(seconds=1), complete=True),
    }
    assert weeks_wanted(weeks, known, unless_since=began) == [weeks[0], weeks[2]]


def test_only_incomplete_weeks_are_wanted_where_that_is_requested():
    weeks = [date(2025, 9, 29), date(2025, 10, 6), date(2025, 10, 13)]
    at = datetime(2025, 10, 20, 6)
    known = {weeks[0]: of(weeks[0], at, complete=True), weeks[1]: of(weeks[1], at, complete=False)}
    assert weeks_wanted(weeks, known, only_incomplete=True) == weeks[1:]
    assert weeks_wanted(weeks, known) == weeks
