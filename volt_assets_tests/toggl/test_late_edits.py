"""Which stored weeks differ from Toggl: what each answer shows, and whole searches over worlds that change."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from volt_assets.toggl.client import Entry, Person, Totals
from volt_assets.toggl.fetching import FetchedWeek
from volt_assets.toggl.late_edits import (
    OVERLAP,
    Finding,
    Search,
    StoredEntry,
    changes_on_page,
    different_days,
    known_until,
    missing_ids,
    next_step,
    note_unchanged,
    read_updates,
    searches,
)
from volt_assets.toggl.storage import store_week
from volt_assets.warehouse import Warehouse, connect, read_rows
from volt_assets.weeks import local_day, week_of

ZONE = ZoneInfo("Europe/Berlin")
WEEKS = [date(2025, 10, 6) + timedelta(weeks=n) for n in range(4)]
ONE, TWO, THREE, OPEN = WEEKS
# When the weeks were fetched: after the third of them.
FETCHED = datetime(2025, 10, 27, 6, tzinfo=UTC)
BEGIN = datetime(2025, 10, 6, tzinfo=UTC)
EVERYBODY = [Person(n, f"P{n}", None, "UTC", True) for n in (1, 2)]


def an_entry(id: int, hour: float, updated: float | None = None, user: int = 1, seconds: int = 600, offset=0) -> Entry:
    """An entry that starts `hour` hours after Monday 6 October in UTC, last updated at such an hour too."""
    start = BEGIN + timedelta(hours=hour)
    updated_at = BEGIN + timedelta(hours=hour + 1 if updated is None else updated)
    printed = start.astimezone(timezone(timedelta(hours=offset))).isoformat()
    stop = start + timedelta(seconds=seconds)
    return Entry(
        *(id, user, "P", None, "work", printed, stop.isoformat(), start, stop, seconds),
        *(None, None, (), False, updated_at),
    )


def week_of_entry(entry: Entry) -> date:
    return week_of(local_day(entry.start_utc, ZONE))


def a_search(*weeks: date, **more) -> Search:
    return Search(weeks=weeks or (ONE, TWO, THREE), since=FETCHED - OVERLAP, **more)


# Searches


def test_a_year_of_closed_weeks_is_one_search_and_requests_366_days():
    year = [date(2024, 11, 25) + timedelta(weeks=n) for n in range(52)]
    (search,) = searches(dict.fromkeys(year, FETCHED))
    assert (search.days[1] - search.days[0]).days + 1 == 366
    assert search.since == FETCHED - OVERLAP


@given(st.sets(st.integers(0, 900), min_size=1, max_size=60))
def test_searches_cover_all_weeks_and_none_requests_more_than_366_days(numbers):
    weeks = {date(2006, 1, 2) + timedelta(weeks=n): BEGIN + timedelta(hours=n) for n in numbers}
    found = searches(weeks)
    assert sorted(week for search in found for week in search.weeks) == sorted(weeks)
    for search in found:
        assert (search.days[1] - search.days[0]).days + 1 <= 366
        assert search.since == min(weeks[week] for week in search.weeks) - OVERLAP


def test_a_search_survives_as_text():
    search = a_search(cursor={"first_id": 2**40}, newest=FETCHED, found=frozenset({ONE}), page_size=50)
    assert Search.model_validate_json(search.model_dump_json()) == search


# Pages of latest updates

CURSOR = {"first_id": 1, "first_row_number": 2, "first_timestamp": 3}
LATE, LATER = 600, 700  # hours after the first Monday; FETCHED is at 510


def test_the_walk_goes_on_below_what_was_fetched_and_ends_there():
    on = read_updates(a_search(), [an_entry(1, 9, LATER), an_entry(2, 5, LATE)], CURSOR, 50)
    assert (on.step, on.cursor, on.page_size, on.newest, on.oldest) == (
        *("updates", CURSOR, 50, BEGIN + timedelta(hours=LATER)),
        BEGIN + timedelta(hours=LATE),
    )
    ended = read_updates(on, [an_entry(4, 30, LATE - 1), an_entry(3, 40, 400)], CURSOR, 50)
    assert (ended.step, ended.cursor, ended.trusted) == ("ids", {}, True)
    assert ended.newest == on.newest


def test_a_single_page_is_all_there_is_in_whatever_order():
    assert read_updates(a_search(), [an_entry(1, 9, LATE), an_entry(2, 5, LATER)], {}, 1000).trusted
    empty = read_updates(a_search(), [], {}, 1000)
    assert (empty.step, empty.trusted, empty.newest) == ("ids", True, None)


@pytest.mark.parametrize(
    "page",
    [
        [an_entry(1, 9, LATE), an_entry(2, 5, LATER)],
        [an_entry(1, 9, LATER), replace(an_entry(2, 5), updated_at=None)],
    ],
    ids=["not falling", "not known"],
)
def test_rows_out_of_order_end_the_walk_and_it_is_not_trusted(page):
    search = read_updates(a_search(), page, CURSOR, 50)
    assert (search.step, search.trusted) == ("ids", False)


def test_a_page_that_goes_back_up_is_out_of_order():
    search = read_updates(a_search(oldest=BEGIN + timedelta(hours=LATE)), [an_entry(1, 9, LATER)], CURSOR, 50)
    assert (search.step, search.trusted) == ("ids", False)


def test_rows_that_are_as_well_in_order_of_start_or_of_id_prove_nothing():
    by_start = [an_entry(1, 50, LATER), an_entry(2, 40, 400)]
    by_id = [an_entry(2, 40, LATER), an_entry(1, 50, 400)]
    by_neither = [an_entry(2, 40, LATER), an_entry(1, 50, LATE), an_entry(3, 30, 400)]
    pages = by_start, by_id, by_neither
    assert [read_updates(a_search(), page, CURSOR, 50).trusted for page in pages] == [False, False, True]


def test_a_page_size_may_be_refused_until_one_was_granted():
    assert a_search().most_requests == 2
    assert a_search(page_size=50).most_requests == 1
    assert a_search(step="ids").most_requests == 1


# What entries show


def weeks_shown_by(
    entry: Entry, stored: Sequence[StoredEntry] = (), people=None, looked_at=(ONE, TWO, THREE)
) -> list[date]:
    found = changes_on_page([entry], {entry.id: stored}, dict.fromkeys(looked_at, people), {ONE, TWO, THREE}, ZONE)
    return sorted(finding.week for finding in found)


def test_an_entry_shows_the_weeks_that_do_not_have_it_as_it_is():
    entry = an_entry(1, 30)
    same, other = entry.updated_at, entry.updated_at - timedelta(hours=1)
    assert weeks_shown_by(entry, [StoredEntry(ONE, same)]) == []
    assert weeks_shown_by(entry) == [ONE]
    assert weeks_shown_by(entry, [StoredEntry(ONE, other)]) == [ONE]
    assert weeks_shown_by(entry, [StoredEntry(TWO, other)]) == [ONE, TWO]


def test_of_a_move_only_the_week_that_was_not_fetched_since_is_left_to_change():
    entry = an_entry(1, 30)
    assert weeks_shown_by(entry, [StoredEntry(ONE, entry.updated_at), StoredEntry(TWO, BEGIN)]) == [TWO]


def test_weeks_that_are_not_looked_at_are_reported_only_where_an_entry_moved():
    assert weeks_shown_by(an_entry(1, 24 * 22)) == []
    assert weeks_shown_by(an_entry(1, 24 * 22), [StoredEntry(ONE, BEGIN)]) == [ONE]
    assert weeks_shown_by(an_entry(1, 30), looked_at=[TWO]) == []
    assert weeks_shown_by(an_entry(1, 30), [StoredEntry(ONE, BEGIN)], looked_at=[TWO]) == []
    assert weeks_shown_by(an_entry(1, 30), [StoredEntry(TWO, BEGIN)], looked_at=[TWO]) == [ONE, TWO]


def test_of_a_week_stored_for_some_people_theirs_alone_is_reported():
    assert weeks_shown_by(an_entry(1, 30, user=1), people=frozenset({1})) == [ONE]
    assert weeks_shown_by(an_entry(1, 30, user=2), people=frozenset({1})) == []


def test_a_week_is_that_of_the_instant_in_the_configured_zone():
    # 23:30 on Sunday in UTC is Monday in Berlin.
    assert weeks_shown_by(an_entry(1, 6 * 24 + 23.5)) == [TWO]
    # Ten hours later on an owner's clock in Tokyo, and still the same instant.
    assert weeks_shown_by(an_entry(1, 6 * 24 + 21, offset=9)) == [ONE]


def test_the_same_change_has_the_same_evidence_and_another_one_has_not():
    def evidence(hour: float, before: float) -> list[Finding]:
        entry = an_entry(1, 30, hour)
        stored = {1: [StoredEntry(ONE, BEGIN + timedelta(hours=before))]}
        return changes_on_page([entry], stored, {ONE: None}, {ONE}, ZONE)

    assert evidence(600, 50) == evidence(600, 50)
    assert len({evidence(*hours)[0].evidence for hours in ((600, 50), (601, 50), (600, 51))}) == 3


def test_stored_entries_without_their_id_at_toggl_are_gone():
    stored = [(1, StoredEntry(ONE, BEGIN)), (2, StoredEntry(TWO, BEGIN)), (2, StoredEntry(THREE, None))]
    assert [finding.week for finding in missing_ids({1}, stored)] == [TWO, THREE]
    assert missing_ids({1, 2, 3}, stored) == []


# What day totals show


def weeks_of_totals(totals, stored, looked_at, whole, other_clocks=()) -> list[date]:
    found = different_days(totals, stored, set(looked_at), set(whole), set(other_clocks))
    return sorted({finding.week for finding in found})


MONDAY, SUNDAY = TWO, TWO + timedelta(days=6)


@pytest.mark.parametrize("day", [MONDAY, MONDAY + timedelta(days=3), SUNDAY])
def test_a_day_of_other_seconds_shows_its_week(day):
    assert weeks_of_totals({day: 60}, {}, [ONE, TWO, THREE], WEEKS) == [TWO]
    assert weeks_of_totals({day: 60}, {day: 60}, [ONE, TWO, THREE], WEEKS) == []
    assert weeks_of_totals({day: 0}, {day: 60}, [ONE, TWO, THREE], WEEKS) == [TWO]


def test_a_week_that_is_not_stored_for_everybody_is_not_compared_by_totals():
    assert weeks_of_totals({MONDAY: 60}, {}, [ONE, TWO, THREE], [ONE, THREE]) == []


def test_where_clocks_differ_an_outer_day_may_be_the_week_beside_it():
    assert weeks_of_totals({SUNDAY: 60}, {}, [ONE, TWO, THREE], WEEKS, [TWO]) == [TWO, THREE]
    assert weeks_of_totals({MONDAY: 60}, {}, [ONE, TWO, THREE], WEEKS, [TWO]) == [ONE, TWO]
    assert weeks_of_totals({SUNDAY: 60}, {}, [ONE, TWO], [ONE, TWO], [TWO]) == []
    assert weeks_of_totals({MONDAY + timedelta(days=3): 60}, {}, [TWO], [TWO], [TWO]) == [TWO]


# Whole searches


class ScriptedToggl:
    """The calls that a search makes, over a list of entries; `ordered`, `ids`, `days`: what this Toggl does not do."""

    def __init__(
        self, entries: Sequence[Entry], page_size: int, *, ordered: bool = True, ids: bool = True, days: bool = True
    ):
        self.all, self.page_size, self.ordered, self.ids, self.days = list(entries), page_size, ordered, ids, days
        self.requests = 0

    def _of_days(self, first: date, last: date) -> list[Entry]:
        self.requests += 1
        return [entry for entry in self.all if first <= entry.printed_day <= last]

    async def latest_updates(self, first, last, cursor=None):
        found = self._of_days(first, last)
        found.sort(key=lambda e: (e.updated_at if self.ordered else e.start_utc, e.start_utc, e.id), reverse=True)
        begin = (cursor or {}).get("first_row_number", 1) - 1
        end = begin + self.page_size
        return found[begin:end], {"first_row_number": end + 1} if end < len(found) else {}

    async def entry_ids(self, first, last):
        found = self._of_days(first, last)
        return {entry.id for entry in found} if self.ids else None

    async def totals(self, first, last, user_ids=None):
        totals = {first + timedelta(days=n): 0 for n in range((last - first).days + 1)}
        for entry in self._of_days(first, last):
            totals[entry.printed_day] += entry.seconds
        return Totals(sum(totals.values()), totals if self.days else None)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory) -> Warehouse:
    return Warehouse(database=str(tmp_path_factory.mktemp("late") / "warehouse.duckdb"))


def store(warehouse: Warehouse, entries: Sequence[Entry], weeks: Sequence[date], at: datetime = FETCHED) -> None:
    with warehouse.transaction() as connection:
        for week in weeks:
            rows = [entry for entry in entries if week_of_entry(entry) == week]
            store_week(connection, FetchedWeek(week, rows, 0, 0), EVERYBODY, ZONE, None, at)


def search_to_the_end(warehouse: Warehouse, toggl: ScriptedToggl, weeks: Sequence[date] = (ONE, TWO, THREE)) -> Search:
    with warehouse.get_connection() as connection:
        (search,) = searches(known_until(connection, weeks))

    async def run(search: Search) -> Search:
        while not search.done:
            search, _ = await next_step(search, toggl, warehouse, ZONE)
        return search

    done = asyncio.run(run(search))
    with warehouse.get_connection() as connection:
        note_unchanged(connection, done)
    return done


ENTRIES = st.dictionaries(
    st.integers(1, 12),
    st.tuples(
        st.integers(0, 24 * 21 - 3), st.integers(1, 2), st.sampled_from([60, 600]), st.sampled_from([-8, 0, 2, 13])
    ),
    max_size=10,
)


@settings(max_examples=15)
@given(before=ENTRIES, after=ENTRIES, page_size=st.integers(1, 12), ids=st.booleans())
def test_whatever_changed_exactly_the_changed_weeks_are_found_and_none_once_they_are_fetched_again(
    warehouse, before, after, page_size, ids
):
    """Where the order of updates can be trusted. Moves and edits are newer than the fetch, as Toggl stamps them."""

    def world(now, then=None):
        entries = []
        for id, (hour, user, seconds, offset) in sorted(now.items()):
            changed = then is not None and then.get(id) != now[id]
            entries.append(an_entry(id, hour, 520 + id if changed else None, user, seconds, offset))
        return entries

    old, new = world(before), world(after, before)
    changed = set()
    for id in before.keys() | after.keys():
        rows = [next((entry for entry in one if entry.id == id), None) for one in (old, new)]
        if rows[0] != rows[1]:
            changed |= {week_of_entry(row) for row in rows if row is not None}
    for week in WEEKS:
        with warehouse.transaction() as connection:
            for table in ("toggl_weeks", "toggl_time_entries", "people", "time_entry_changes"):
                connection.execute(f"DELETE FROM {table} WHERE week = ?", [week])
    store(warehouse, old, [ONE, TWO, THREE])
    toggl = ScriptedToggl(new, page_size, ids=ids)
    search = search_to_the_end(warehouse, toggl)
    if search.trusted and ids:
        assert search.found == changed
    # By totals alone, entries that went and came on one day may cancel each other out, and outer days are not compared.
    if search.trusted:
        gone = before.keys() - after.keys()
        assert changed - search.found <= {week_of_entry(entry) for entry in old if entry.id in gone}
    store(warehouse, new, sorted(changed), FETCHED + timedelta(days=3))
    assert not search_to_the_end(warehouse, ScriptedToggl(new, page_size, ids=ids)).found


def test_a_search_that_found_nothing_moves_what_is_known_and_reads_less_the_next_time(tmp_path):
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    entries = [an_entry(id, (id * 7) % 480, 480 + id % 29) for id in range(200)]
    store(warehouse, entries, [ONE, TWO, THREE])
    of_the_open_week = [an_entry(1000 + n, 24 * 21 + (n * 5) % 24, 530 + n / 10) for n in range(100)]
    toggl = ScriptedToggl(entries + of_the_open_week, 10)
    assert not search_to_the_end(warehouse, toggl).found
    first = toggl.requests
    assert not search_to_the_end(warehouse, toggl).found
    assert toggl.requests - first < first
    newest = max(entry.updated_at for entry in toggl._of_days(ONE, OPEN))
    with warehouse.get_connection() as connection:
        assert set(known_until(connection, [ONE, TWO, THREE]).values()) == {newest}


def test_a_changed_week_is_not_taken_for_known_until_it_is_fetched_again(tmp_path):
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    entries = [an_entry(id, id * 100) for id in range(1, 5)]
    store(warehouse, entries, [ONE, TWO, THREE])
    now = [replace(entries[0], updated_at=FETCHED + timedelta(hours=5)), *entries[1:]]
    for _ in range(2):
        assert search_to_the_end(warehouse, ScriptedToggl(now, 9)).found == {ONE}
    with warehouse.get_connection() as connection:
        known = read_rows(connection, "SELECT week, checked_at FROM toggl_weeks ORDER BY week")
    assert [row["checked_at"] is None for row in known] == [True, False, False]
    store(warehouse, now, [ONE], FETCHED + timedelta(hours=9))
    assert not search_to_the_end(warehouse, ScriptedToggl(now, 1)).found


def test_what_is_known_after_a_fetch_is_reported_by_toggls_clock(tmp_path):
    """Ours may be ahead: the company's last update is what counts, of all that was fetched by then."""
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    store(warehouse, [an_entry(1, 10, 20)], [ONE], FETCHED)
    store(warehouse, [an_entry(2, 24 * 9, 230)], [TWO], FETCHED + timedelta(hours=1))
    store(warehouse, [], [THREE], FETCHED + timedelta(hours=2))
    with connect(tmp_path / "warehouse.duckdb") as connection:
        known = known_until(connection, WEEKS)
    assert known == {
        ONE: BEGIN + timedelta(hours=20),
        TWO: BEGIN + timedelta(hours=230),
        THREE: BEGIN + timedelta(hours=230),
    }


def test_where_the_order_cannot_be_trusted_no_more_is_known_than_before(tmp_path):
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    entries = [an_entry(id, id * 10) for id in range(1, 40)]
    store(warehouse, entries, [ONE, TWO, THREE])
    search = search_to_the_end(warehouse, ScriptedToggl(entries, 10, ordered=False))
    assert (search.found, search.trusted) == (set(), False)
    with warehouse.get_connection() as connection:
        assert read_rows(connection, "SELECT * FROM toggl_weeks WHERE checked_at IS NOT NULL") == []


@pytest.mark.parametrize("offset", [2, 9], ids=["their clock", "another clock"])
@pytest.mark.parametrize("ids", [True, False])
def test_where_totals_have_no_days_each_weeks_sum_is_compared(tmp_path, offset, ids):
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    entries = [an_entry(id, 24 * 2 * id, offset=offset) for id in range(1, 10)]
    store(warehouse, entries, WEEKS)
    kept = [entry for entry in entries if entry.id != 5]  # on 16 October, in the second week

    def found(now: Sequence[Entry], weeks: Sequence[date]) -> set[date]:
        toggl = ScriptedToggl(now, 2, ordered=False, ids=ids, days=False)
        return set(search_to_the_end(warehouse, toggl, weeks).found)

    assert found(entries, [ONE, TWO, THREE]) == set()
    # By ids the very week is known; by sums, where somebody's clock differs, it may be one of those beside it.
    suspects = {TWO} | ({ONE, THREE} if offset == 9 else set())
    assert found(kept, [TWO]) == suspects
    assert found([*entries, an_entry(77, 24 * 7 + 5, offset=offset)], [TWO]) == suspects
    toggl = ScriptedToggl(entries, 2, ordered=False, ids=ids, days=False)
    assert search_to_the_end(warehouse, toggl).step == "done"
    assert toggl.requests == 1 + 1 + 1 + 3  # a page of updates, the ids, the totals by day, and those of three weeks


def test_an_update_that_reports_showed_late_is_found_though_a_later_one_was_known(tmp_path):
    """Toggl's reports lag behind edits, and two clocks differ: a look begins fifteen minutes before what is known."""
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    known = 505.0  # the latest update that was fetched, in hours after the first Monday
    entries = [an_entry(1, 10, known), *(an_entry(id, id * 7 % 90, 200 + id * 37 % 50) for id in range(2, 40))]
    store(warehouse, entries, [ONE])
    late = an_entry(99, 30, known - 14 / 60)
    assert search_to_the_end(warehouse, ScriptedToggl([*entries, late], 1), [ONE]).found == {ONE}
    with warehouse.get_connection() as connection:
        (search,) = searches(known_until(connection, [ONE]))
    assert search.since == BEGIN + timedelta(hours=known) - timedelta(minutes=15)


def test_a_running_entry_that_reports_leave_out_is_not_gone(tmp_path):
    warehouse = Warehouse(database=str(tmp_path / "warehouse.duckdb"))
    running = replace(an_entry(2, 60), stop=None, stop_utc=None, seconds=None)
    store(warehouse, [an_entry(1, 50), running], [ONE])
    assert not search_to_the_end(warehouse, ScriptedToggl([an_entry(1, 50)], 10), [ONE]).found
