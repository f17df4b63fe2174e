"""Fetching weeks: one walk over Toggl's pages per 366 days, split into weeks, each verified before it is handed on.

Toggl filters by the day that each owner's clock showed, so a range is asked for with a day more at both ends and
entries are kept by instant. Toggl's totals follow its own rule of days, so that is how they are compared. Nothing here
stores anything.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from volt_assets.toggl.client import Entry, TogglClient
from volt_assets.weeks import last_day, local_day, unbroken, week_bounds, week_of

LONGEST_WALK_DAYS = 366
# A page is in order of instants or of printed times, which differ by up to 14 hours either way: beyond this after a
# week's end, none of its entries can follow.
PASSED = timedelta(days=2)


@dataclass
class FetchedWeek:
    """A week's entries by the instant they start at, and whether they add up to `total_seconds`, which Toggl says."""

    week: date
    entries: list[Entry]
    counted_seconds: int
    total_seconds: int
    duplicates: list[int] = field(default_factory=list)

    @property
    def problem(self) -> str | None:
        """Why this week must not be stored, in words; None where it may."""
        if self.duplicates:
            return f"Toggl sent entry {self.duplicates[0]} twice with different content"
        if self.counted_seconds != self.total_seconds:
            return f"its entries add up to {self.counted_seconds} seconds, but Toggl's total is {self.total_seconds}"
        return None


def walks(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The padded range [first - 1 day, last + 1 day] in pieces of at most 366 days: Toggl's longest.

    A day is enough while no owner's clock is more than 24 hours from the configured zone's.
    """
    start, end = first - timedelta(days=1), last + timedelta(days=1)
    while start <= end:
        stop = min(end, start + timedelta(days=LONGEST_WALK_DAYS - 1))
        yield start, stop
        start = stop + timedelta(days=1)


async def fetch_weeks(
    client: TogglClient,
    weeks: Sequence[date],
    zone: ZoneInfo,
    user_ids: Sequence[int] | None = None,
    on_page: Callable[[int, int], None] | None = None,
) -> AsyncIterator[list[FetchedWeek]]:
    """Fetch `weeks` (Mondays, in order): a walk for each unbroken stretch.

    `on_page` gets the seconds read so far and those that Toggl's totals announce, of the walks so far; both are equal
    at the end.

    Weeks are yielded as soon as they are whole, those that one page completed together, each with its problem if any;
    what has been yielded need not be fetched again, whatever happens later. Those of which an entry was edited while it
    was being read, moved from one to the other perhaps, are read once more at the end, each by itself: what is yielded
    then replaces what may have been yielded of them before.
    """
    read = announced = 0

    def tell(more_read: int, more_announced: int = 0) -> None:
        nonlocal read, announced
        read += more_read
        announced += more_announced
        if on_page is not None:
            on_page(min(read, announced), announced)

    edited: set[date] = set()
    for stretch in unbroken(weeks):
        async for whole in _read(client, stretch, zone, user_ids, tell):
            edited |= {fetched.week for fetched in whole if fetched.duplicates}
            yield [fetched for fetched in whole if not fetched.duplicates]
    for week in sorted(edited):
        async for whole in _read(client, [week], zone, user_ids, tell):
            yield whole
    tell(max(0, announced - read))


async def _read(
    client: TogglClient,
    weeks: Sequence[date],
    zone: ZoneInfo,
    user_ids: Sequence[int] | None,
    tell: Callable[[int, int], None],
) -> AsyncIterator[list[FetchedWeek]]:
    """Consecutive weeks, yielded as soon as they are whole: once the walk has passed it by two days.

    One that does not add up by then waits for the end of the walk (pages may be out of order), and is then compared
    with totals asked again: someone may have been typing. One that was yielded, and of which an entry came again later,
    is yielded again at the end, with that entry as its duplicate.

    Where Toggl's totals do not tell the days apart, each week's total costs a request of its own.
    """
    by_day: dict[date, int] = {}
    by_week: dict[date, int] = {}
    by_printed_day: dict[date, int] = defaultdict(int)
    kept: dict[date, dict[int, Entry]] = {week: {} for week in weeks}
    # The week in which each entry was last seen, and a hash of what it was like.
    seen: dict[int, tuple[date, int]] = {}
    duplicates: dict[date, list[int]] = defaultdict(list)
    waiting = list(weeks)

    async def request_total(week: date) -> None:
        by_week[week] = (await client.totals(week, last_day(week), user_ids)).seconds

    async def fetched(week: date) -> FetchedWeek:
        days = [week + timedelta(days=day) for day in range(7)]
        if week not in by_week and not by_day.keys() >= set(days):
            await request_total(week)
        total = by_week[week] if week in by_week else sum(by_day[day] for day in days)
        entries = sorted(kept[week].values(), key=lambda entry: (entry.start_utc, entry.id))
        return FetchedWeek(week, entries, sum(by_printed_day[day] for day in days), total, duplicates[week])

    for start, stop in walks(weeks[0], last_day(weeks[-1])):
        totals = await client.totals(start, stop, user_ids)
        by_day |= totals.by_day or {}
        tell(0, totals.seconds)
        async for page in client.entries(start, stop, user_ids):
            read = 0
            for entry in page:
                week = week_of(local_day(entry.start_utc, zone))
                before = seen.get(entry.id)
                seen[entry.id] = (week, hash(entry))
                if before == seen[entry.id]:
                    continue
                if before is not None:
                    for touched in {before[0], week} & kept.keys():
                        duplicates[touched].append(entry.id)
                if entry.seconds is not None:
                    by_printed_day[entry.printed_day] += entry.seconds
                    read += entry.seconds
                if week in kept:
                    kept[week][entry.id] = entry
            tell(read, 0)
            if not page:
                continue
            reached = max(entry.start_utc for entry in page)
            passed = [await fetched(week) for week in waiting if reached >= week_bounds(week, zone)[1] + PASSED]
            whole = [each for each in passed if each.problem is None]
            for each in whole:
                waiting.remove(each.week)
                kept[each.week] = {}
            if whole:
                yield whole
    differing = [week for week in waiting if not duplicates[week] and (await fetched(week)).problem]
    days_apart = [week for week in differing if week not in by_week]
    for week in differing:
        if week in by_week:
            await request_total(week)
    if days_apart:
        for start, stop in walks(days_apart[0], last_day(days_apart[-1])):
            again = (await client.totals(start, stop, user_ids)).by_day or {}
            by_day |= {day: seconds for day, seconds in again.items() if week_of(day) in days_apart}
    yield [await fetched(week) for week in weeks if week in waiting or duplicates[week]]
