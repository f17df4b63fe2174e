"""Fetching weeks: the padded range, walks of at most 366 days, entries kept by instant, weeks that do not add up."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.toggl.client import Entry, Totals
from volt_assets.toggl.fetching import LONGEST_WALK_DAYS, FetchedWeek, fetch_weeks, walks
from volt_assets.weeks import week_bounds

UTC_ZONE = ZoneInfo("UTC")
WEEK = date(2025, 10, 6)
NEXT = date(2025, 10, 13)
BY_INSTANT: Callable[[Entry], datetime] = lambda entry: entry.start_utc  # noqa: E731
AS_PRINTED: Callable[[Entry], str] = lambda entry: entry.start[:19]  # noqa: E731


def an_entry(id: int, instant: datetime, seconds: int | None = 3600, offset_hours: float = 0) -> Entry:
    """An entry that starts at `instant` (UTC, naive), printed with an offset."""
    instant = instant.replace(tzinfo=UTC)
    return Entry(
        id=id,
        user_id=1,
        username="Ana",
        email=None,
        description=None,
        start=instant.astimezone(timezone(timedelta(hours=offset_hours))).isoformat(),
        stop=None,
        start_utc=instant,
        stop_utc=None,
        seconds=seconds,
        project_id=None,
        project_name=None,
        tags=(),
        billable=False,
        updated_at=None,
    )


class ScriptedToggl:
    """The two methods of the client that fetching uses, over a list of entries, filtered by printed day as Toggl does.

    `wrong_totals` are added to the first answers of `totals`, one dictionary an answer. `has_days`: whether those have
    seconds by day.
    """

    def __init__(
        self,
        entries: Sequence[Entry] = (),
        *,
        page_size: int = 1000,
        order: Callable = BY_INSTANT,
        wrong_totals: Sequence[dict[date, int]] = (),
        has_days: bool = True,
    ):
        self.all = list(entries)
        self.page_size = page_size
        self.order = order
        self.wrong_totals = list(wrong_totals)
        self.has_days = has_days
        self.requested: list[tuple] = []
        self.pages = 0

    async def totals(self, first: date, last: date, user_ids: Sequence[int] | None = None) -> Totals:
        self.requested.append(("totals", first, last, user_ids))
        totals = {first + timedelta(days=day): 0 for day in range((last - first).days + 1)}
        for entry in self.all:
            if entry.printed_day in totals:
                totals[entry.printed_day] += entry.seconds or 0
        for day, seconds in (self.wrong_totals.pop(0) if self.wrong_totals else {}).items():
            totals[day] = totals.get(day, 0) + seconds
        return Totals(sum(totals.values()), totals if self.has_days else None)

    async def entries(
        self, first: date, last: date, user_ids: Sequence[int] | None = None, walk: None = None
    ) -> AsyncIterator[list[Entry]]:
        self.requested.append(("entries", first, last, user_ids))
        found = sorted((e for e in self.all if first <= e.printed_day <= last), key=self.order)
        for start in range(0, len(found), self.page_size) or [0]:
            self.pages += 1
            yield found[start : start + self.page_size]


def fetch(
    toggl: ScriptedToggl, weeks: Sequence[date], zone: ZoneInfo = UTC_ZONE, user_ids: Sequence[int] | None = None
) -> list[FetchedWeek]:
    async def collect() -> list[FetchedWeek]:
        return [week async for whole in fetch_weeks(toggl, weeks, zone, user_ids) for week in whole]

    return asyncio.run(collect())


def ids(week: FetchedWeek) -> list[int]:
    return [entry.id for entry in week.entries]


def test_a_week_is_requested_with_a_day_more_at_both_ends():
    toggl = ScriptedToggl()
    fetch(toggl, [WEEK], user_ids=[7, 8])
    assert toggl.requested == [
        ("totals", date(2025, 10, 5), date(2025, 10, 13), [7, 8]),
        ("entries", date(2025, 10, 5), date(2025, 10, 13), [7, 8]),
    ]


@given(st.dates(date(2006, 1, 2), date(2030, 1, 1)), st.integers(0, 3000))
def test_walks_cover_the_range_with_one_day_more_at_its_outer_ends_without_gap_or_overlap(first, days):
    last = first + timedelta(days=days)
    pieces = list(walks(first, last))
    assert pieces[0][0] == first - timedelta(days=1)
    assert pieces[-1][1] == last + timedelta(days=1)
    assert all(1 <= (stop - start).days + 1 <= 366 for start, stop in pieces)
    assert all(after[0] - before[1] == timedelta(days=1) for before, after in zip(pieces, pieces[1:], strict=False))
    assert len(pieces) == -(-(days + 3) // 366)


def test_52_weeks_are_one_walk():
    assert LONGEST_WALK_DAYS == 366
    assert len(list(walks(date(2007, 1, 1), date(2007, 12, 30)))) == 1
    assert len(list(walks(date(2007, 1, 1), date(2008, 1, 6)))) == 2


def test_an_entry_counts_in_the_week_of_its_instant_whatever_day_its_owners_clock_showed():
    zone = ZoneInfo("Europe/London")
    start, end = (bound.replace(tzinfo=None) for bound in week_bounds(WEEK, zone))
    second = timedelta(seconds=1)
    toggl = ScriptedToggl(
        [
            an_entry(1, start - second, offset_hours=13),
            an_entry(2, start, offset_hours=-8),  # printed on the Sunday before
            an_entry(3, end - second, offset_hours=9),  # printed on the Monday after
            an_entry(4, end, offset_hours=-8),
        ]
    )
    (week,) = fetch(toggl, [WEEK], zone)
    assert ids(week) == [2, 3]
    assert week.problem is None
    # Compared by Toggl's rule of days: entries 1 and 4 were printed on days of this week, 2 and 3 were not.
    assert (week.counted_seconds, week.total_seconds) == (7200, 7200)


OFFSETS = [-12, -11, -9.5, -8, -3.5, 0, 1, 5.75, 9, 12.75, 13, 14]


@st.composite
def companies(draw) -> tuple[list[date], list[Entry], ZoneInfo]:
    zone = ZoneInfo(draw(st.sampled_from(["UTC", "Europe/London", "America/Los_Angeles", "Pacific/Auckland"])))
    # A day of padding is enough for clocks a day apart, and New Zealand's and Baker Island's are 25 hours.
    offsets = [offset for offset in OFFSETS if offset > -12 or zone.key != "Pacific/Auckland"]
    # Around both clock changes of the autumn, or an ordinary time.
    first = draw(st.sampled_from([date(2025, 9, 22), date(2025, 10, 20), date(2025, 6, 2)]))
    weeks = [first + timedelta(days=7 * n) for n in range(draw(st.integers(1, 3)))]
    begin = week_bounds(weeks[0], zone)[0].replace(tzinfo=None)
    minutes = st.integers(-4 * 24 * 60, (7 * len(weeks) + 4) * 24 * 60)
    # Most starts lie near the edges of weeks, where all that can go wrong does.
    near_edges = st.builds(
        lambda n, minute: n * 7 * 24 * 60 + minute, st.integers(0, len(weeks)), st.integers(-960, 960)
    )
    entries = [
        an_entry(id, begin + timedelta(minutes=minute), seconds, offset)
        for id, (minute, seconds, offset) in enumerate(
            draw(
                st.lists(
                    st.tuples(near_edges | minutes, st.none() | st.integers(0, 90_000), st.sampled_from(offsets)),
                    max_size=40,
                )
            )
        )
    ]
    return weeks, entries, zone


@given(companies(), st.integers(1, 7), st.sampled_from([BY_INSTANT, AS_PRINTED]))
def test_every_week_gets_exactly_its_entries_by_instant_however_pages_are_cut_and_ordered(company, page_size, order):
    weeks, entries, zone = company
    fetched = fetch(ScriptedToggl(entries, page_size=page_size, order=order), weeks, zone)
    assert [week.week for week in fetched] == weeks
    for week in fetched:
        start, end = week_bounds(week.week, zone)
        within = sorted((e for e in entries if start <= e.start_utc < end), key=lambda e: (e.start_utc, e.id))
        assert week.entries == within
        assert week.problem is None


@given(companies(), st.integers(1, 7), st.sampled_from([BY_INSTANT, AS_PRINTED]))
def test_ranges_longer_than_a_walk_are_fetched_like_short_ones(company, page_size, order):
    weeks, entries, zone = company
    long = [weeks[0] - timedelta(days=7 * n) for n in range(51, 0, -1)] + weeks
    toggl = ScriptedToggl(entries, page_size=page_size, order=order)
    fetched = fetch(toggl, long, zone)
    assert len([requested for requested in toggl.requested if requested[0] == "entries"]) == (
        1 if len(weeks) == 1 else 2
    )
    assert [ids(week) for week in fetched[-len(weeks) :]] == [ids(week) for week in fetch(toggl, weeks, zone)]
    assert not any(week.problem for week in fetched)


@given(companies(), st.integers(1, 7), st.sampled_from([BY_INSTANT, AS_PRINTED]))
def test_where_totals_have_no_days_each_weeks_sum_guards_it(company, page_size, order):
    weeks, entries, zone = company
    toggl = ScriptedToggl(entries, page_size=page_size, order=order, has_days=False)
    assert fetch(toggl, weeks, zone) == fetch(ScriptedToggl(entries, page_size=page_size, order=order), weeks, zone)
    of_weeks = [requested[1:3] for requested in toggl.requested if requested[0] == "totals"][1:]
    assert sorted(of_weeks) == [(week, week + timedelta(days=6)) for week in weeks]


@pytest.mark.parametrize("has_days", [True, False])
@pytest.mark.parametrize("seconds", [60, -60])
def test_a_week_that_lacks_entries_or_has_too_many_is_never_whole(has_days: bool, seconds: int):
    # The first totals are of the walk; without its days, the next two are of the week, which never add up.
    wrong = [{date(2025, 10, 8): seconds}] * 3
    (week,) = fetch(ScriptedToggl(days_of_work(WEEK, 7), wrong_totals=wrong, has_days=has_days), [WEEK])
    assert week.problem == f"its entries add up to 25200 seconds, but Toggl's total is {25200 + seconds}"


def test_a_weeks_sum_that_was_wrong_for_a_moment_is_requested_again():
    toggl = ScriptedToggl(days_of_work(WEEK, 7), wrong_totals=[{}, {date(2025, 10, 8): -60}], has_days=False)
    (week,) = fetch(toggl, [WEEK])
    assert week.problem is None
    assert [requested[0] for requested in toggl.requested] == ["totals", "entries", "totals", "totals"]


def days_of_work(first: date, count: int) -> list[Entry]:
    """An hour at noon on each of `count` days."""
    start = datetime(first.year, first.month, first.day, 12)
    return [an_entry(day, start + timedelta(days=day)) for day in range(count)]


def test_a_week_is_handed_on_as_soon_as_the_walk_has_passed_it_by_two_days():
    toggl = ScriptedToggl(days_of_work(WEEK, 28), page_size=1)
    pages_read = {}

    async def collect() -> None:
        async for whole in fetch_weeks(toggl, [WEEK, NEXT, date(2025, 10, 20)], UTC_ZONE):
            pages_read.update({fetched.week: toggl.pages for fetched in whole})

    asyncio.run(collect())
    # Its seven days, two days for clocks that differ, and the entry that shows them to be over; the last needs the end.
    assert pages_read == {WEEK: 10, NEXT: 17, date(2025, 10, 20): 22}


def test_weeks_that_one_page_made_whole_come_together():
    toggl = ScriptedToggl(days_of_work(WEEK, 28), page_size=20)

    async def collect() -> list[list[date]]:
        weeks = [WEEK, NEXT, THIRD]
        return [[each.week for each in whole] async for whole in fetch_weeks(toggl, weeks, UTC_ZONE) if whole]

    assert asyncio.run(collect()) == [[WEEK, NEXT], [THIRD]]


def test_a_week_that_does_not_add_up_waits_for_totals_requested_again_and_is_then_whole():
    # Somebody stopped a timer between the first totals and the page.
    toggl = ScriptedToggl(days_of_work(WEEK, 14), page_size=2, wrong_totals=[{date(2025, 10, 7): -600}])
    fetched = fetch(toggl, [WEEK, NEXT])
    assert [week.problem for week in fetched] == [None, None]
    assert [week.week for week in fetched] == [WEEK, NEXT]
    assert [requested[0] for requested in toggl.requested] == ["totals", "entries", "totals"]


def test_totals_are_requested_again_only_where_weeks_do_not_add_up():
    toggl = ScriptedToggl(days_of_work(WEEK, 14), page_size=2)
    fetch(toggl, [WEEK, NEXT])
    assert [requested[0] for requested in toggl.requested] == ["totals", "entries"]


def test_a_week_that_never_adds_up_says_so_and_the_others_are_whole():
    wrong = {date(2025, 10, 15): 60}
    toggl = ScriptedToggl(days_of_work(WEEK, 21), page_size=2, wrong_totals=[wrong, wrong])
    first, second, third = fetch(toggl, [WEEK, NEXT, date(2025, 10, 20)])
    assert first.problem is None
    assert third.problem is None
    assert second.problem == "its entries add up to 25200 seconds, but Toggl's total is 25260"


def test_an_empty_week_is_whole_only_if_toggls_totals_say_zero():
    lost = {WEEK: 3600}
    assert [week.problem for week in fetch(ScriptedToggl(), [WEEK, NEXT])] == [None, None]
    first, second = fetch(ScriptedToggl(wrong_totals=[lost, lost]), [WEEK, NEXT])
    assert first.problem is not None
    assert second.problem is None


def test_an_entry_sent_twice_counts_once_and_one_sent_twice_differently_is_a_problem():
    entry = an_entry(5, datetime(2025, 10, 7, 9))
    toggl = ScriptedToggl([entry], page_size=1)
    toggl.all.append(entry)
    toggl.wrong_totals = [{date(2025, 10, 7): -3600}]
    (week,) = fetch(toggl, [WEEK])
    assert ids(week) == [5]
    assert week.problem is None

    edited = ScriptedToggl([entry, replace(entry, description="now with words", seconds=0)])
    (week,) = fetch(edited, [WEEK])
    assert week.problem == "Toggl sent entry 5 twice with different content"


class Edited(ScriptedToggl):
    """During the first walk, after `page` pages, an entry is replaced by what it was edited into."""

    def __init__(self, entries: Sequence[Entry], page: int, edit: Entry, **options):
        super().__init__(entries, **options)
        self.edit = (page, edit)

    async def entries(self, *requested) -> AsyncIterator[list[Entry]]:
        pages = super().entries(*requested)
        if self.edit is None:
            async for page in pages:
                yield page
            return
        before, edited = self.edit
        self.edit = None
        read = [page async for page in pages]
        for page in read[:before]:
            yield page
        self.all = sorted([e for e in self.all if e.id != edited.id] + [edited], key=self.order)
        for page in read[before:]:
            yield sorted([e for e in page if e.id != edited.id], key=self.order)
        yield [edited]


THIRD = date(2025, 10, 20)


def test_a_week_of_which_an_entry_is_edited_while_it_is_read_is_read_again_by_itself():
    work = days_of_work(WEEK, 21)
    toggl = Edited(work, 3, replace(work[1], description="now with words"), page_size=2)
    fetched = fetch(toggl, [WEEK, NEXT, THIRD])
    assert {week.week: week.problem for week in fetched} == {WEEK: None, NEXT: None, THIRD: None}
    assert fetched[-1].week == WEEK
    assert [entry.description for entry in fetched[-1].entries].count("now with words") == 1
    assert [requested[:3] for requested in toggl.requested if requested[0] == "entries"] == [
        ("entries", date(2025, 10, 5), date(2025, 10, 27)),
        ("entries", date(2025, 10, 5), date(2025, 10, 13)),
    ]


def test_an_entry_moved_to_a_later_week_while_it_is_read_is_in_that_week_alone_in_the_end():
    work = days_of_work(WEEK, 28)
    moved = replace(work[1], start_utc=work[15].start_utc, start=work[15].start)
    toggl = Edited(work, 6, moved, page_size=2)
    last = {week.week: week for week in fetch(toggl, [WEEK, NEXT, THIRD, date(2025, 10, 27)])}
    assert not any(week.problem for week in last.values())
    assert 1 not in ids(last[WEEK])
    assert 1 in ids(last[THIRD])


def test_weeks_apart_are_walks_of_their_own_and_nothing_between_is_requested():
    toggl = ScriptedToggl(days_of_work(WEEK, 28))
    assert [ids(week) for week in fetch(toggl, [WEEK, THIRD])] == [list(range(7)), list(range(14, 21))]
    assert [requested[:3] for requested in toggl.requested if requested[0] == "entries"] == [
        ("entries", date(2025, 10, 5), date(2025, 10, 13)),
        ("entries", date(2025, 10, 19), date(2025, 10, 27)),
    ]


def test_a_week_that_does_not_add_up_keeps_no_later_week_waiting():
    wrong = {date(2025, 10, 7): 60}
    toggl = ScriptedToggl(days_of_work(WEEK, 21), page_size=1, wrong_totals=[wrong, wrong])
    fetched = fetch(toggl, [WEEK, NEXT, THIRD])
    assert [(week.week, week.problem is None) for week in fetched] == [(NEXT, True), (WEEK, False), (THIRD, True)]


def test_running_entries_are_kept_and_count_no_seconds():
    toggl = ScriptedToggl([an_entry(1, datetime(2025, 10, 7, 9), seconds=None), an_entry(2, datetime(2025, 10, 7))])
    (week,) = fetch(toggl, [WEEK])
    assert ids(week) == [2, 1]
    assert week.counted_seconds == 3600
    assert week.problem is None


def progress_of(toggl: ScriptedToggl, weeks: Sequence[date]) -> list[tuple[int, int]]:
    seen: list[tuple[int, int]] = []

    async def collect() -> None:
        async for _ in fetch_weeks(toggl, weeks, UTC_ZONE, on_page=lambda *seconds: seen.append(seconds)):
            pass

    asyncio.run(collect())
    return seen


def test_the_seconds_read_are_reported_page_by_page_out_of_those_that_toggl_announces():
    hour = 3600
    toggl = ScriptedToggl(days_of_work(WEEK, 7), page_size=3)
    assert progress_of(toggl, [WEEK]) == [(n * hour, 7 * hour) for n in (0, 3, 6, 7, 7)]


@pytest.mark.parametrize("wrong", [{date(2025, 10, 8): 600}, {date(2025, 10, 8): -600}, {}])
def test_a_fetch_that_is_done_is_reported_as_done_whatever_was_announced(wrong: dict[date, int]):
    for toggl in (
        ScriptedToggl(days_of_work(WEEK, 7), wrong_totals=[wrong]),
        ScriptedToggl([], wrong_totals=[wrong]),
        Edited(days_of_work(WEEK, 21), 3, replace(days_of_work(WEEK, 21)[1], seconds=1), page_size=2),
    ):
        seen = progress_of(toggl, [WEEK, NEXT, THIRD])
        assert all(read <= announced for read, announced in seen)
        assert seen[-1][0] == seen[-1][1]


def test_weeks_already_handed_on_survive_an_error_later_in_the_walk():
    class BreaksOff(ScriptedToggl):
        async def entries(self, *requested) -> AsyncIterator[list[Entry]]:
            async for page in super().entries(*requested):
                if page[0].start_utc.date() > date(2025, 10, 17):
                    raise ConnectionError
                yield page

    stored = defaultdict(list)

    async def collect() -> None:
        async for whole in fetch_weeks(BreaksOff(days_of_work(WEEK, 14), page_size=1), [WEEK, NEXT], UTC_ZONE):
            stored.update({fetched.week: ids(fetched) for fetched in whole})

    with pytest.raises(ConnectionError):
        asyncio.run(collect())
    assert stored == {WEEK: [0, 1, 2, 3, 4, 5, 6]}
