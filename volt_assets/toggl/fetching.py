"""Fetching weeks: one walk over Toggl's pages per 366 days, split into weeks, each verified before it is handed on.

Toggl filters by the day that each owner's clock showed, so a range is requested with a day more at both ends and
entries are kept by instant. Toggl's totals follow the same rule of days, so that is how they are compared
(docs/toggl-api.md). Nothing here stores anything.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from volt_assets.errors import ServiceError, UnexpectedAnswer
from volt_assets.toggl.client import Entry, TogglClient
from volt_assets.toggl.walks import StoredWalk, Walks
from volt_assets.weeks import last_day, local_day, unbroken, week_bounds, week_of

LONGEST_WALK_DAYS = 366
# A page is in order of instants or of printed times, which differ by up to 14 hours either way: beyond this after a
# week's end, none of its entries can follow.
PASSED = timedelta(days=2)


@dataclass
class FetchedWeek:
    """A week's entries by the instant they start at, and whether they add up to `total_seconds`, Toggl's own figure."""

    week: date
    entries: list[Entry]
    counted_seconds: int
    total_seconds: int
    duplicates: list[int] = field(default_factory=list)
    # When the first of its pages was requested, where an earlier run did that.
    read_at: datetime | None = None

    @property
    def problem(self) -> str | None:
        """Why this week must not be stored, in words; None where it may be."""
        if self.duplicates:
            return f"Toggl sent entry {self.duplicates[0]} twice with different content"
        if self.counted_seconds != self.total_seconds:
            return f"its entries add up to {self.counted_seconds} seconds, but Toggl's total is {self.total_seconds}"
        return None


def walks(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The padded range [first - 1 day, last + 1 day] in pieces of at most 366 days: Toggl's longest.

    A day is enough while no owner's clock is more than 24 hours from the configured zone's. Pieces are counted from the
    end: those of a range that a run began are also those of the part that the next one has to go on with.
    """
    start, end = first - timedelta(days=1), last + timedelta(days=1)
    days = (end - start).days + 1
    stop = end - timedelta(days=(days - 1) // LONGEST_WALK_DAYS * LONGEST_WALK_DAYS)
    while start <= end:
        yield start, stop
        start, stop = stop + timedelta(days=1), stop + timedelta(days=LONGEST_WALK_DAYS)


async def fetch_weeks(
    client: TogglClient,
    weeks: Sequence[date],
    zone: ZoneInfo,
    user_ids: Sequence[int] | None = None,
    on_page: Callable[[int, int], None] | None = None,
    stored_walks: Walks | None = None,
) -> AsyncIterator[list[FetchedWeek]]:
    """Fetch `weeks` (Mondays, in order): a walk for each unbroken stretch.

    `on_page` gets the seconds read so far and those that Toggl's totals announce, of the walks so far; both are equal
    at the end. `stored_walks` keep the pages of a walk until its weeks are yielded, and have those that an earlier run
    has paid for.

    Weeks are yielded as soon as they are whole, those that one page completed together, each with its problem if any;
    what has been yielded need not be fetched again, whatever happens later. Those of which an entry was edited while it
    was being read, moved from one to the other perhaps, are read once more at the end, one by one: what is yielded then
    replaces what may have been yielded of them before. So are those that do not add up because an earlier run read a
    part of them.
    """
    read = announced = 0

    def advance(more_read: int, more_announced: int = 0) -> None:
        nonlocal read, announced
        read += more_read
        announced += more_announced
        if on_page is not None:
            on_page(min(read, announced), announced)

    edited: set[date] = set()
    for part in unbroken(weeks):
        stretch = _Stretch(client, part, zone, user_ids, advance, stored_walks)
        async for whole in stretch.read():
            again = {fetched.week for fetched in whole if fetched.duplicates or stretch.is_outdated(fetched)}
            edited |= again
            yield [fetched for fetched in whole if fetched.week not in again]
    for week in sorted(edited):
        async for whole in _Stretch(client, [week], zone, user_ids, advance, stored_walks).read():
            yield whole
    advance(max(0, announced - read))


class _Stretch:
    """Consecutive weeks while they are read: their entries as they come, and Toggl's seconds to compare them with.

    Where Toggl's totals have no seconds by day, each week's total costs a request of its own.
    """

    def __init__(
        self,
        client: TogglClient,
        weeks: Sequence[date],
        zone: ZoneInfo,
        user_ids: Sequence[int] | None,
        advance: Callable[[int, int], None],
        stored_walks: Walks | None,
    ):
        self.client, self.zone, self.user_ids = client, zone, user_ids
        self.weeks = weeks
        self.advance = advance
        self.stored_walks = stored_walks
        # The first instant at which an earlier run read something of each week.
        self.read_at: dict[date, datetime] = {}
        self.by_day: dict[date, int] = {}
        self.by_week: dict[date, int] = {}
        self.by_printed_day: dict[date, int] = defaultdict(int)
        self.kept: dict[date, dict[int, Entry]] = {week: {} for week in weeks}
        # The week in which each entry was last seen, and a hash of what it was like.
        self.seen: dict[int, tuple[date, int]] = {}
        self.duplicates: dict[date, list[int]] = defaultdict(list)
        self.waiting = list(weeks)

    async def read(self) -> AsyncIterator[list[FetchedWeek]]:
        """The weeks, yielded as soon as they are whole: once the walk has passed them by two days.

        One that does not add up by then waits for the end of the walk (pages may be out of order), and is then compared
        with totals requested again: someone may have been typing. One that was yielded, and of which an entry came
        again later, is yielded again at the end, with that entry as its duplicate.
        """
        begun: list[StoredWalk] = []
        for start, stop in walks(self.weeks[0], last_day(self.weeks[-1])):
            async for page in self._pages(start, stop, begun):
                self.advance(sum(self._keep(entry) for entry in page), 0)
                if page and (whole := await self._whole(max(entry.start_utc for entry in page))):
                    yield whole
        await self._renew_totals()
        yield [await self._fetched(week) for week in self.weeks if week in self.waiting or self.duplicates[week]]
        for walk in begun:
            walk.drop()

    async def _pages(self, start: date, stop: date, begun: list[StoredWalk]) -> AsyncIterator[list[Entry]]:
        """The pages of a walk, first those that an earlier run has read; `begun` gets it, if it is stored."""
        walk = self.stored_walks.begin(start, stop, self.user_ids) if self.stored_walks else None
        if walk is not None:
            begun.append(walk)
            start = walk.first
        totals = await self.client.totals(start, stop, self.user_ids)
        self.by_day |= totals.by_day or {}
        self.advance(0, totals.seconds)
        for page, read_at in walk.pages() if walk else ():
            for week in {week_of(local_day(entry.start_utc, self.zone)) for entry in page}:
                self.read_at[week] = min(read_at, self.read_at.get(week, read_at))
            yield page
        try:
            async for page in self.client.entries(start, stop, self.user_ids, walk):
                yield page
        except ServiceError as error:
            if walk is not None and _is_about_the_walk(error):
                walk.drop()
            raise

    def is_outdated(self, fetched: FetchedWeek) -> bool:
        """Whether a week does not add up, and an earlier run read a part of the pages around it."""
        return fetched.problem is not None and bool(self.read_at)

    def _keep(self, entry: Entry) -> int:
        """Keep an entry unless it was seen as it is; its seconds, if they are new."""
        week = week_of(local_day(entry.start_utc, self.zone))
        before = self.seen.get(entry.id)
        self.seen[entry.id] = (week, hash(entry))
        if before == self.seen[entry.id]:
            return 0
        if before is not None:
            for touched in {before[0], week} & self.kept.keys():
                self.duplicates[touched].append(entry.id)
        if week in self.kept:
            self.kept[week][entry.id] = entry
        if entry.seconds is None:
            return 0
        self.by_printed_day[entry.printed_day] += entry.seconds
        return entry.seconds

    async def _whole(self, reached: datetime) -> list[FetchedWeek]:
        """The waiting weeks that the walk has passed at the instant `reached` and that add up: they wait no longer."""
        ends = {week: week_bounds(week, self.zone)[1] for week in self.waiting}
        passed = [await self._fetched(week) for week, end in ends.items() if reached >= end + PASSED]
        whole = [fetched for fetched in passed if fetched.problem is None]
        for fetched in whole:
            self.waiting.remove(fetched.week)
            self.kept[fetched.week] = {}
        return whole

    async def _fetched(self, week: date) -> FetchedWeek:
        days = [week + timedelta(days=day) for day in range(7)]
        if week not in self.by_week and not self.by_day.keys() >= set(days):
            await self._request_total(week)
        total = self.by_week[week] if week in self.by_week else sum(self.by_day[day] for day in days)
        entries = sorted(self.kept[week].values(), key=lambda entry: (entry.start_utc, entry.id))
        counted = sum(self.by_printed_day[day] for day in days)
        return FetchedWeek(week, entries, counted, total, self.duplicates[week], self.read_at.get(week))

    async def _request_total(self, week: date) -> None:
        self.by_week[week] = (await self.client.totals(week, last_day(week), self.user_ids)).seconds

    async def _renew_totals(self) -> None:
        """Request the totals of the waiting weeks that do not add up again."""
        differing = [week for week in self.waiting if not self.duplicates[week] and (await self._fetched(week)).problem]
        known_by_day = [week for week in differing if week not in self.by_week]
        for week in differing:
            if week in self.by_week:
                await self._request_total(week)
        if known_by_day:
            for start, stop in walks(known_by_day[0], last_day(known_by_day[-1])):
                again = (await self.client.totals(start, stop, self.user_ids)).by_day or {}
                self.by_day |= {day: seconds for day, seconds in again.items() if week_of(day) in known_by_day}


def _is_about_the_walk(error: ServiceError) -> bool:
    """Whether pages come otherwise than announced, or the cursor is refused: going on there would fail again."""
    return error.status == 400 or (isinstance(error, UnexpectedAnswer) and error.status is None)
