"""The ledger of late edits: what a refetch writes of entries added, edited, deleted and moved, and what it does not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from volt_assets.toggl.client import Entry, Person
from volt_assets.toggl.fetching import FetchedWeek
from volt_assets.toggl.storage import store_week
from volt_assets.warehouse import connect, read_rows

ZONE = ZoneInfo("UTC")
WEEK, NEXT, THIRD = (date(2025, 10, 6) + timedelta(weeks=n) for n in range(3))
ANA, BO = Person(1, "Ana", None, "UTC", True), Person(2, "Bo", None, "UTC", True)
MONDAY = datetime(2025, 10, 27, 6, tzinfo=UTC)


def an_entry(id: int, week: date = WEEK, user: int = 1, text: str = "work", hour: int = 9) -> Entry:
    start = datetime(week.year, week.month, week.day, hour, tzinfo=UTC)
    stop = start + timedelta(hours=1)
    updated_at = stop
    return Entry(
        *(id, user, "Ana", None, text, start.isoformat(), stop.isoformat(), start, stop, 3600),
        *(None, None, ("a", "b"), False, updated_at),
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    connection = connect(tmp_path_factory.mktemp("changes") / "warehouse.duckdb")
    yield connection
    connection.close()


@pytest.fixture
def connection(database):
    database.begin()
    yield database
    database.rollback()


def store(connection, week, entries, day=0, user_ids=None, zone=ZONE):
    fetched = FetchedWeek(week, list(entries), 0, 0)
    store_week(connection, fetched, [ANA, BO], zone, user_ids, MONDAY + timedelta(days=day))


def ledger(connection):
    rows = read_rows(
        connection, "SELECT kind, entry_id, week, new_week FROM time_entry_changes ORDER BY entry_id, seen_at"
    )
    return [tuple(row.values()) for row in rows]


def test_the_first_fetch_of_a_week_and_one_without_changes_write_nothing(connection):
    for day in range(3):
        store(connection, WEEK, [an_entry(1), an_entry(2, user=2)], day)
    assert ledger(connection) == []


def test_an_entry_added_edited_or_deleted_is_reported_with_what_it_was_and_is(connection):
    store(connection, WEEK, [an_entry(1), an_entry(2)])
    store(connection, WEEK, [an_entry(2, text="other work"), an_entry(3)], 1)
    assert ledger(connection) == [("deleted", 1, WEEK, None), ("edited", 2, WEEK, None), ("added", 3, WEEK, None)]
    rows = read_rows(connection, "SELECT before, after, seen_at FROM time_entry_changes ORDER BY entry_id")
    assert [row["before"] and row["before"]["description"] for row in rows] == ["work", "work", None]
    assert [row["after"] and row["after"]["description"] for row in rows] == [None, "other work", "work"]
    assert {row["seen_at"] for row in rows} == {datetime(2025, 10, 28, 6)}
    assert rows[0]["before"]["updated_at"] == "2025-10-06 10:00:00Z"


@pytest.mark.parametrize(
    "change",
    [
        {"seconds": 60},
        {"description": None},
        {"project_id": 5},
        {"tags": ("a",)},
        {"billable": True},
        {"stop_utc": datetime(2025, 10, 6, 11, tzinfo=UTC)},
        {"updated_at": datetime(2025, 10, 7, tzinfo=UTC)},
        {"seconds": None, "stop": None, "stop_utc": None},
    ],
    ids=lambda change: ", ".join(change),
)
def test_what_an_owner_can_change_of_an_entry_is_an_edit(connection, change):
    store(connection, WEEK, [an_entry(1)])
    store(connection, WEEK, [replace(an_entry(1), **change)], 1)
    assert ledger(connection) == [("edited", 1, WEEK, None)]


def test_another_name_or_another_zone_of_its_owner_is_no_edit_of_an_entry(connection):
    store(connection, WEEK, [an_entry(1)])
    elsewhere = "2025-10-06T18:00:00+09:00"
    other = replace(an_entry(1), username="Anna", email="a@example.com", project_name="New", start=elsewhere)
    store(connection, WEEK, [other], 1)
    assert ledger(connection) == []


@pytest.mark.parametrize("order", [(WEEK, NEXT), (NEXT, WEEK)], ids=["old week first", "new week first"])
def test_a_moved_entry_is_reported_once_whichever_of_its_weeks_is_fetched_first(connection, order):
    store(connection, WEEK, [an_entry(1), an_entry(2)])
    store(connection, NEXT, [an_entry(3, NEXT)])
    now = {WEEK: [an_entry(2)], NEXT: [an_entry(1, NEXT), an_entry(3, NEXT)]}
    for day, week in enumerate(order, 1):
        store(connection, week, now[week], day)
    assert ledger(connection) == [("moved", 1, WEEK, NEXT)]
    (row,) = read_rows(connection, "SELECT before, after FROM time_entry_changes")
    assert (row["before"]["start"][:10], row["after"]["start"][:10]) == ("2025-10-06", "2025-10-13")


def test_an_entry_that_moved_to_a_week_fetched_later_for_the_first_time_was_not_deleted(connection):
    store(connection, WEEK, [an_entry(1)])
    store(connection, WEEK, [], 1)
    assert ledger(connection) == [("deleted", 1, WEEK, None)]
    store(connection, NEXT, [an_entry(1, NEXT)], 2)
    assert ledger(connection) == [("moved", 1, WEEK, NEXT)]


def test_an_entry_that_moves_to_and_fro_is_reported_each_time(connection):
    store(connection, WEEK, [an_entry(1)])
    store(connection, NEXT, [])
    for day, (left, reached) in enumerate([(WEEK, NEXT), (NEXT, WEEK), (WEEK, NEXT)], 1):
        store(connection, left, [], day)
        store(connection, reached, [an_entry(1, reached)], day)
    assert ledger(connection) == [("moved", 1, WEEK, NEXT), ("moved", 1, NEXT, WEEK), ("moved", 1, WEEK, NEXT)]


def test_a_deleted_entry_that_comes_back_in_its_week_is_added(connection):
    store(connection, WEEK, [an_entry(1)])
    store(connection, WEEK, [], 1)
    store(connection, WEEK, [an_entry(1)], 2)
    assert ledger(connection) == [("deleted", 1, WEEK, None), ("added", 1, WEEK, None)]


def test_a_fetch_for_some_people_compares_theirs_alone(connection):
    store(connection, WEEK, [an_entry(1, user=1), an_entry(2, user=2)])
    store(connection, WEEK, [an_entry(1, user=1, text="new")], 1, user_ids=[1])
    assert ledger(connection) == [("edited", 1, WEEK, None)]
    ids = connection.execute("SELECT id FROM toggl_time_entries ORDER BY id").fetchall()
    assert ids == [(1,), (2,)]


def test_what_is_fetched_of_a_person_for_the_first_time_was_not_added(connection):
    store(connection, WEEK, [an_entry(1, user=1)], user_ids=[1])
    store(connection, WEEK, [an_entry(1, user=1), an_entry(2, user=2), an_entry(3, user=1)], 1)
    assert ledger(connection) == [("added", 3, WEEK, None)]


def test_a_week_fetched_again_in_another_zone_is_not_compared(connection):
    store(connection, WEEK, [an_entry(1), an_entry(2)])
    store(connection, WEEK, [an_entry(1)], 1, zone=ZoneInfo("Asia/Tokyo"))
    assert ledger(connection) == []


WEEKS = (WEEK, NEXT, THIRD)
PLACES = st.dictionaries(st.integers(1, 6), st.tuples(st.sampled_from(WEEKS), st.sampled_from(["x", "y"])), max_size=6)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=PLACES, after=PLACES, order=st.permutations(WEEKS))
def test_whatever_changed_each_entry_has_one_line_once_all_weeks_were_fetched_again(database, before, after, order):
    def fetch(world, week, day):
        store(database, week, [an_entry(id, w, text=text) for id, (w, text) in world.items() if w == week], day)

    expected = []
    for id in sorted(before.keys() | after.keys()):
        was, now = before.get(id), after.get(id)
        if was is None:
            expected.append(("added", id, now[0], None))
        elif now is None:
            expected.append(("deleted", id, was[0], None))
        elif was[0] != now[0]:
            expected.append(("moved", id, was[0], now[0]))
        elif was != now:
            expected.append(("edited", id, was[0], None))
    database.begin()
    try:
        for week in WEEKS:
            fetch(before, week, 0)
        for day, week in enumerate(order, 1):
            fetch(after, week, day)
        assert ledger(database) == expected
        for day, week in enumerate(order, 5):
            fetch(after, week, day)
        assert ledger(database) == expected
    finally:
        database.rollback()
