"""Late edits: which stored weeks are no longer what Toggl holds, in as few requests as Toggl's reports allow.

A `Search` looks at some stored weeks, step by step, so that it can rest after any request and go on later:

1. *updates*: entries in order of their last update, the latest first, down to what is surely known: added, edited, and
   moved here from another week.
2. *ids*: the ids of all entries, in one request; stored ones that are missing were deleted, or moved out of sight.
3. *totals*: only where an answer did not look as the first two steps need it (no ids in the summary, rows not in the
   order requested, which nobody has seen live): seconds by day. Finds the weeks whose days add up to something else.
   Where the totals have no seconds by day either, those of each week, a request a week.

Weeks and entries are compared by instant in the configured zone; Toggl's totals by Toggl's rule of days. What is found
is only ever a reason to fetch a week again; what changed in it is then written by `changes.py`. No Dagster here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict

from volt_assets.toggl.changes import ADDED, DELETED, EDITED, MOVED
from volt_assets.toggl.client import LONGEST_RANGE_DAYS, Entry, TogglClient
from volt_assets.warehouse import Connection, Warehouse, query
from volt_assets.weeks import last_day, local_day, midnight, naive_utc, week_of

# Two clocks, and reports that lag behind edits: this much before what is surely known is read again.
OVERLAP = timedelta(minutes=15)
DAY = timedelta(days=1)


# Which entries changed is not known: of a day, and of a whole week where Toggl gives no days.
OTHER_TIME, OTHER_TOTAL = "other time", "another total"


class Finding(NamedTuple):
    """A reason to fetch `week` again. `evidence` holds what is stored and what Toggl has: the same, once acted upon, is
    no reason to act again.

    `kind` is that of the ledger (`changes.py`), as far as it shows before the week is fetched, or OTHER_TIME
    or OTHER_TOTAL; `subject` the entry's id, the day, or the week.
    """

    week: date
    evidence: str
    kind: str
    subject: int | date


class StoredEntry(NamedTuple):
    week: date
    updated_at: datetime | None


class Search(BaseModel):
    """How far a search of `weeks` came, from the latest update down to `since`. Survives as JSON.

    `newest` and `oldest` are the updates read so far. `other_orders`: those that the rows read are in as well.
    `trusted`: all updates from `newest` to `since` were seen. `compared`: of how many weeks the total was compared, one
    by one; None while days can be. `found`: the weeks in which something was found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weeks: tuple[date, ...]
    since: AwareDatetime
    step: Literal["updates", "ids", "totals", "done"] = "updates"
    cursor: dict[str, int] = {}
    page_size: int | None = None
    newest: AwareDatetime | None = None
    oldest: AwareDatetime | None = None
    other_orders: frozenset[Literal["start", "id"]] = frozenset({"start", "id"})
    trusted: bool = False
    compared: int | None = None
    found: frozenset[date] = frozenset()

    @property
    def days(self) -> tuple[date, date]:
        """The days to request: a day more at both ends, as Toggl reckons days by each owner's clock."""
        return self.weeks[0] - DAY, last_day(self.weeks[-1]) + DAY

    @property
    def done(self) -> bool:
        return self.step == "done"

    @property
    def most_requests(self) -> int:
        """What the next step can cost: until Toggl has granted a page size, it may refuse the one requested."""
        return 2 if self.step == "updates" and self.page_size is None else 1


def searches(weeks: Mapping[date, datetime]) -> list[Search]:
    """Searches, one per 366 days, of weeks that come with the instant (aware) up to which their changes are known."""
    parts: list[list[date]] = []
    for week in sorted(weeks):
        if not parts or (last_day(week) + DAY - (parts[-1][0] - DAY)).days >= LONGEST_RANGE_DAYS:
            parts.append([])
        parts[-1].append(week)
    return [Search(weeks=tuple(part), since=min(weeks[week] for week in part) - OVERLAP) for part in parts]


# What an answer shows


def read_updates(search: Search, page: Sequence[Entry], cursor: Mapping[str, int], page_size: int) -> Search:
    """The search after a page of latest updates.

    The rows show by themselves whether they are in order of update. Rows that are in another order as well prove
    nothing, unless there are no others.
    """
    updates = [entry.updated_at for entry in page if entry.updated_at is not None]
    in_order = len(updates) == len(page) and updates == sorted(updates, reverse=True)
    if in_order and updates and search.oldest is not None:
        in_order = updates[0] <= search.oldest
    as_well = {
        "start": _falling([(entry.start_utc, entry.id) for entry in page]),
        "id": _falling([entry.id for entry in page]),
    }
    other_orders = frozenset(order for order in search.other_orders if as_well[order])
    ended = not cursor or not in_order or (bool(updates) and updates[-1] < search.since)
    return search.model_copy(
        update={
            "step": "ids" if ended else "updates",
            "cursor": {} if ended else dict(cursor),
            "page_size": page_size,
            "newest": max([*updates, *([search.newest] if search.newest else [])], default=None),
            "oldest": updates[-1] if in_order and updates else search.oldest,
            "other_orders": other_orders,
            "trusted": ended and (not cursor or (in_order and not other_orders)),
        }
    )


def _falling(values: list[Any]) -> bool:
    return values == sorted(values, reverse=True)


def changes_on_page(
    page: Iterable[Entry],
    stored: Mapping[int, Sequence[StoredEntry]],
    looked_at: Mapping[date, AbstractSet[int] | None],
    stored_weeks: AbstractSet[date],
    zone: ZoneInfo,
) -> list[Finding]:
    """What entries of Toggl show of the weeks looked at (week -> the people it is stored for; None: everybody).

    `stored` are the rows with the same ids in any of `stored_weeks`. A moved entry changes the week it left, and the
    one it reached where that is stored.
    """
    findings = []
    for entry in page:
        week = week_of(local_day(entry.start_utc, zone))
        copies = stored.get(entry.id, ())
        here = [copy for copy in copies if copy.week == week]
        left = [copy for copy in copies if copy.week != week]
        evidence = f"{entry.id} {week} {entry.updated_at}"
        findings += [
            Finding(copy.week, f"{evidence} was {copy.week} {copy.updated_at}", MOVED, entry.id) for copy in left
        ]
        if here:
            if week in looked_at and here[0].updated_at != entry.updated_at:
                findings.append(Finding(week, f"{evidence} was {here[0].updated_at}", EDITED, entry.id))
        elif left:
            if week in stored_weeks:
                findings.append(Finding(week, evidence, MOVED, entry.id))
        elif week in looked_at:
            people = looked_at[week]
            if people is None or entry.user_id in people:
                findings.append(Finding(week, evidence, ADDED, entry.id))
    return findings


def missing_ids(ids: AbstractSet[int], stored: Iterable[tuple[int, StoredEntry]]) -> list[Finding]:
    """The stored entries of the weeks looked at (with their ids) that are not among `ids`, those of all entries."""
    return [Finding(row.week, f"{id} gone was {row.updated_at}", DELETED, id) for id, row in stored if id not in ids]


def different_days(
    totals: Mapping[date, int],
    stored: Mapping[date, int],
    looked_at: AbstractSet[date],
    whole_weeks: AbstractSet[date],
    other_clocks: AbstractSet[date],
) -> list[Finding]:
    """What Toggl's seconds by day show of the weeks looked at, given the stored seconds by the same rule of days.

    `whole_weeks` are stored for everybody. In weeks of `other_clocks` somebody's clock was not that of the configured
    zone: entries of their outer days can belong to the week before or after, so those must be stored, and are suspect
    too.
    """
    findings = []
    for week in sorted(looked_at & whole_weeks):
        for day in (week + n * DAY for n in range(7)):
            suspects = {week}
            if week in other_clocks:
                suspects |= {week_of(day - DAY), week_of(day + DAY)}
            if suspects <= whole_weeks and day in totals and totals[day] != stored.get(day, 0):
                evidence = f"{day} {totals[day]} s was {stored.get(day, 0)} s"
                findings += [Finding(suspect, evidence, OTHER_TIME, day) for suspect in sorted(suspects)]
    return findings


def different_week(
    week: date,
    total: int,
    stored: Mapping[date, int],
    whole_weeks: AbstractSet[date],
    other_clocks: AbstractSet[date],
) -> list[Finding]:
    """The same from Toggl's seconds of a whole week looked at."""
    suspects = {week}
    if week in other_clocks:
        suspects |= {week - 7 * DAY, week + 7 * DAY}
    seconds = sum(stored.get(week + n * DAY, 0) for n in range(7))
    if not suspects <= whole_weeks or total == seconds:
        return []
    evidence = f"week of {week} {total} s was {seconds} s"
    return [Finding(suspect, evidence, OTHER_TOTAL, week) for suspect in sorted(suspects)]


def summed_up(findings: Iterable[Finding]) -> dict[date, str]:
    """What was found, by week, for people: "entries: 2 added, 1 edited"."""
    subjects: dict[date, dict[str, set[int | date]]] = defaultdict(lambda: defaultdict(set))
    for finding in findings:
        subjects[finding.week][finding.kind].add(finding.subject)
    summaries = {}
    for week, by_kind in subjects.items():
        # An entry that moved away is also missing from the week's ids.
        by_kind[DELETED] -= by_kind[MOVED]
        counts = [f"{len(by_kind[kind])} {kind}" for kind in (ADDED, EDITED, DELETED, MOVED) if by_kind[kind]]
        parts = [f"entries: {', '.join(counts)}"] if counts else []
        if by_kind[OTHER_TIME]:
            parts.append(f"other time on {len(by_kind[OTHER_TIME])} of its days")
        if by_kind[OTHER_TOTAL]:
            parts.append("another total of the week")
        summaries[week] = "; ".join(parts)
    return summaries


# Requests


async def next_step(
    search: Search, client: TogglClient, warehouse: Warehouse, zone: ZoneInfo
) -> tuple[Search, list[Finding]]:
    """Send the next request of the search, and compare. Raises as the client and the warehouse do."""
    first, last = search.days
    findings: list[Finding] = []
    if search.step == "updates":
        page, cursor = await client.latest_updates(first, last, search.cursor)
        after = read_updates(search, page, cursor, client.page_size)
        with warehouse.get_connection() as connection:
            stored = stored_copies(connection, [entry.id for entry in page])
            people = people_of(connection, search.weeks)
            findings = changes_on_page(page, stored, people, all_weeks(connection), zone)
    elif search.step == "ids":
        ids = await client.entry_ids(first, last)
        after = search.model_copy(update={"step": "done" if ids is not None and search.trusted else "totals"})
        if ids is not None:
            with warehouse.get_connection() as connection:
                findings = missing_ids(ids, stored_ids(connection, search.weeks))
    elif search.compared is None:
        totals = (await client.totals(first, last)).by_day
        after = search.model_copy(update={"compared": 0} if totals is None else {"step": "done"})
        if totals is not None:
            with warehouse.get_connection() as connection:
                findings = different_days(
                    totals,
                    seconds_by_printed_day(connection, first, last),
                    set(search.weeks),
                    all_weeks(connection, for_everybody_in=zone.key),
                    weeks_of_other_clocks(connection, search.weeks, zone),
                )
    else:
        week = search.weeks[search.compared]
        total = (await client.totals(week, last_day(week))).seconds
        compared = search.compared + 1
        after = search.model_copy(
            update={"compared": compared, "step": "done" if compared == len(search.weeks) else "totals"}
        )
        with warehouse.get_connection() as connection:
            findings = different_week(
                week,
                total,
                seconds_by_printed_day(connection, week - DAY, last_day(week) + DAY),
                all_weeks(connection, for_everybody_in=zone.key),
                weeks_of_other_clocks(connection, [week], zone),
            )
    return after.model_copy(update={"found": after.found | {finding.week for finding in findings}}), findings


# What is stored


def known_until(connection: Connection, weeks: Sequence[date]) -> dict[date, datetime]:
    """The stored ones of `weeks`, each with the instant up to which its changes at Toggl are known.

    After a fetch that is the latest update which anything fetched by then had: an instant of Toggl's clock, not ours.
    """
    rows = connection.execute(query("toggl/sql/known_until.sql"), {"weeks": list(weeks)}).fetchall()
    return {week: instant.replace(tzinfo=UTC) for week, instant in rows}


def note_unchanged(connection: Connection, search: Search) -> None:
    """After a search that is done: the weeks in which it found nothing are known up to where it began.

    The others will be when they are fetched again. Where the order of updates could not be trusted, nothing is.
    """
    if not (search.done and search.trusted and search.newest):
        return
    newest = naive_utc(search.newest)
    connection.execute(
        "UPDATE toggl_weeks SET checked_at = greatest(checked_at, $1) WHERE week IN (SELECT unnest($2))",
        [newest, sorted(set(search.weeks) - search.found)],
    )


def stored_copies(connection: Connection, ids: Sequence[int]) -> dict[int, list[StoredEntry]]:
    """Where these ids are stored: in two weeks while only one of the two that a move changed was fetched again."""
    rows = connection.execute(
        "SELECT id, week, updated_at FROM toggl_time_entries WHERE id IN (SELECT unnest(?))", [list(ids)]
    ).fetchall()
    copies: dict[int, list[StoredEntry]] = defaultdict(list)
    for id, week, updated_at in rows:
        copies[id].append(_stored(week, updated_at))
    return copies


def stored_ids(connection: Connection, weeks: Sequence[date]) -> list[tuple[int, StoredEntry]]:
    """The entries of `weeks` without the running ones, which reports leave out as far as is known."""
    rows = connection.execute(
        "SELECT id, week, updated_at FROM toggl_time_entries WHERE seconds IS NOT NULL AND week IN (SELECT unnest(?))",
        [list(weeks)],
    ).fetchall()
    return [(id, _stored(week, updated_at)) for id, week, updated_at in rows]


def _stored(week: date, updated_at: datetime | None) -> StoredEntry:
    return StoredEntry(week, updated_at and updated_at.replace(tzinfo=UTC))


def people_of(connection: Connection, weeks: Sequence[date]) -> dict[date, frozenset[int] | None]:
    """The people that each of `weeks` is stored for; None: everybody."""
    rows = connection.execute(
        "SELECT week, everybody, list(user_id) FROM toggl_weeks LEFT JOIN people USING (week) "
        "WHERE week IN (SELECT unnest(?)) GROUP BY week, everybody",
        [list(weeks)],
    ).fetchall()
    return {week: None if everybody else frozenset(user_ids) for week, everybody, user_ids in rows}


def all_weeks(connection: Connection, for_everybody_in: str | None = None) -> set[date]:
    """All stored weeks, or those stored for everybody in a time zone."""
    rows = connection.execute(
        "SELECT week FROM toggl_weeks WHERE $zone IS NULL OR (everybody AND timezone = $zone)",
        {"zone": for_everybody_in},
    ).fetchall()
    return {week for (week,) in rows}


def seconds_by_printed_day(connection: Connection, first: date, last: date) -> dict[date, int]:
    """Stored seconds by Toggl's rule of days: that of the start, as its owner's clock showed it."""
    rows = connection.execute(
        "SELECT substr(start, 1, 10)::DATE AS printed, sum(seconds) FROM toggl_time_entries "
        "WHERE week BETWEEN ? AND ? AND seconds IS NOT NULL GROUP BY printed",
        [week_of(first), last],
    ).fetchall()
    return dict(rows)


def weeks_of_other_clocks(connection: Connection, weeks: Sequence[date], zone: ZoneInfo) -> set[date]:
    """Those of `weeks` in which an entry was printed with another offset from UTC than the zone has that day."""
    rows = connection.execute(
        "SELECT DISTINCT week, day, substr(start, 20) FROM toggl_time_entries WHERE week IN (SELECT unnest(?))",
        [list(weeks)],
    ).fetchall()
    others = set()
    for week, day, printed in rows:
        begin, end = midnight(day, zone), midnight(day + DAY, zone) - timedelta(seconds=1)
        offsets = {instant.astimezone(zone).utcoffset() for instant in (begin, end)}
        if datetime.fromisoformat(f"{day}T00:00:00{printed}").utcoffset() not in offsets:
            others.add(week)
    return others
