"""What is stored of each week, and whether it may be used: the table `toggl_weeks`.

A stored week knows its time zone. What would mix two zones is refused, with the command that fetches the weeks again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from volt_assets.errors import BadInput
from volt_assets.warehouse import Connection, query
from volt_assets.weeks import last_day, local_day, weeks_between


@dataclass(frozen=True, slots=True)
class StoredWeek:
    """A row of `toggl_weeks`. `fetched_at` is UTC without a zone, of the part that was fetched first."""

    week: date
    timezone: str
    fetched_at: datetime
    everybody: bool
    after_its_end: bool

    @property
    def complete(self) -> bool:
        """Everybody's entries were fetched after the week's end."""
        return self.everybody and self.after_its_end


def stored_weeks(connection: Connection, weeks: Sequence[date]) -> dict[date, StoredWeek]:
    """The stored ones of `weeks`, by Monday."""
    rows = connection.execute(
        "SELECT week, timezone, fetched_at, everybody, after_its_end FROM toggl_weeks WHERE week IN (SELECT unnest(?))",
        [list(weeks)],
    ).fetchall()
    return {row[0]: StoredWeek(*row) for row in rows}


def weeks_wanted(
    weeks: Sequence[date],
    known: Mapping[date, StoredWeek],
    *,
    unless_since: datetime | None = None,
    only_incomplete: bool = False,
) -> list[date]:
    """Those of `weeks` to fetch: not the ones fetched at or after `unless_since` (UTC without a zone), nor, with
    `only_incomplete`, those that are complete."""

    def is_wanted(week: date) -> bool:
        if week not in known:
            return True
        if unless_since is not None and known[week].fetched_at >= unless_since:
            return False
        return not (only_incomplete and known[week].complete)

    return [week for week in weeks if is_wanted(week)]


def require_stored(connection: Connection, first: date, last: date, timezone: str) -> dict[date, StoredWeek]:
    """The weeks that first..last touch. Raises BadInput where one is not stored, or is stored for another time zone."""
    weeks = weeks_between(first, last)
    stored = stored_weeks(connection, weeks)
    missing = [week for week in weeks if week not in stored]
    if missing:
        raise BadInput(
            f"{_named(missing)} not stored. Fetch first: {fetch_command(missing, timezone)}",
            code="week_not_stored",
        )
    refuse_other_zones(stored.values(), timezone)
    return stored


def refuse_other_zones(stored: Iterable[StoredWeek], timezone: str) -> None:
    """Raises BadInput where a stored week's days were reckoned in another zone than `timezone`."""
    others = [week for week in stored if week.timezone != timezone]
    if others:
        weeks = sorted(week.week for week in others)
        zones = " and ".join(sorted({week.timezone for week in others}))
        raise BadInput(
            f"{_named(weeks)} stored for the time zone {zones}, but VOLT_TIMEZONE is {timezone}. "
            f"Fetch again in the new zone: {fetch_command(weeks, timezone)}",
            code="other_timezone",
        )


def merged(before: StoredWeek | None, fetched: StoredWeek) -> StoredWeek:
    """What is known of a week after `fetched` was stored over `before`.

    A fetch for everybody replaces the week. One for some people keeps everybody else's rows, and with them what was
    known.
    """
    if before is None or fetched.everybody:
        return fetched
    return StoredWeek(
        week=fetched.week,
        timezone=fetched.timezone,
        fetched_at=min(before.fetched_at, fetched.fetched_at),
        everybody=before.everybody,
        after_its_end=before.after_its_end and fetched.after_its_end,
    )


def entries_version(connection: Connection, first: date, last: date, user_ids: Sequence[int] | None) -> str:
    """A digest of the entries of first..last and of these people (None: everybody): equal where they are."""
    people = list(user_ids) if user_ids else None
    parameters = {"first_day": first, "last_day": last, "user_ids": people}
    ((version,),) = connection.execute(query("toggl/sql/entries_version.sql"), parameters).fetchall()
    return version or "none"


def summed_of_others(connection: Connection, first_week: date, last_week: date) -> list[date]:
    """The weeks (Mondays) whose time was summed of other entries than those stored now: a run was killed in between.

    Weeks of which it is not known (summed by an earlier version) are not among them.
    """
    rows = connection.execute(
        query("toggl/sql/summed_of_others.sql"), {"first_week": first_week, "last_week": last_week}
    ).fetchall()
    return [week for (week,) in rows]


def fetch_command(weeks: Sequence[date], timezone: str) -> str:
    """The command that fetches the weeks from the first to the last of `weeks`, up to today where the last is open."""
    today = local_day(datetime.now(UTC), ZoneInfo(timezone))
    return f"volt run --start-date {min(weeks)} --end-date {min(last_day(max(weeks)), today)}"


def _named(weeks: Sequence[date]) -> str:
    if len(weeks) == 1:
        return f"The week of {weeks[0]} is"
    if len(weeks) <= 6:
        return f"The weeks of {', '.join(map(str, weeks[:-1]))} and {weeks[-1]} are"
    return f"{len(weeks)} weeks, from {weeks[0]} to {weeks[-1]}, are"
