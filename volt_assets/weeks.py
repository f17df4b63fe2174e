"""Weeks: which week an instant or a day belongs to, which weeks there are, and which of them are closed.

A week is [Monday 00:00, next Monday 00:00) in the configured zone, and is named by its Monday. An entry belongs to
the week it starts in, whole. Weeks with a clock change hold 167 or 169 hours, so bounds always come from
`week_bounds`, never computed by adding hours. Dagster's partitions are the same weeks: `orchestration/partitions.py`.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from volt_assets.errors import BadInput

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ISO_WEEK = re.compile(r"(\d{4})-W(\d{2})")


def week_of(day: date) -> date:
    """The Monday of the week that holds `day`."""
    return day - timedelta(days=day.weekday())


def weeks_between(first: date, last: date) -> list[date]:
    """The Mondays of all weeks that the days first..last (both included) touch, in order."""
    weeks, week = [], week_of(first)
    while week <= last:
        weeks.append(week)
        week += timedelta(days=7)
    return weeks


def unbroken(weeks: Iterable[date]) -> list[list[date]]:
    """Weeks (Mondays, in order) as stretches in which each follows the one before."""
    stretches: list[list[date]] = []
    for week in weeks:
        if stretches and week - stretches[-1][-1] == timedelta(days=7):
            stretches[-1].append(week)
        else:
            stretches.append([week])
    return stretches


def last_day(week: date) -> date:
    """The Sunday of the week that starts on the Monday `week`."""
    return week + timedelta(days=6)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which `day` begins in `zone`."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def naive_utc(instant: datetime) -> datetime:
    """An aware instant as it is stored: in UTC, without a zone."""
    return instant.astimezone(UTC).replace(tzinfo=None)


def week_bounds(week: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """[start, end) of a week as instants (UTC)."""
    return midnight(week, zone), midnight(week + timedelta(days=7), zone)


def today_in(zone: ZoneInfo) -> date:
    """Today in `zone`."""
    return local_day(datetime.now(UTC), zone)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The day in `zone` on which an aware instant falls."""
    return instant.astimezone(zone).date()


def is_closed(week: date, now: datetime, zone: ZoneInfo) -> bool:
    """Whether the week had ended at the aware instant `now`."""
    return week_bounds(week, zone)[1] <= now


def closed_weeks(now: datetime, first_week: date, zone: ZoneInfo) -> list[date]:
    """All weeks from `first_week` on that had ended at `now`, oldest first: the only source of "closed"."""
    today = local_day(now, zone)
    return [week for week in weeks_between(first_week, today) if is_closed(week, now, zone)]


def parse_day(text: str) -> date:
    """A day written as YYYY-MM-DD. Raises BadInput."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadInput(f"{text!r} is not a date. Write it as YYYY-MM-DD, for example 2025-10-06.", code="bad_date")


def parse_week(text: str) -> date:
    """The Monday of a week written as any of its days (2025-10-08) or as an ISO week (2025-W41). Raises BadInput."""
    iso = _ISO_WEEK.fullmatch(text)
    if iso:
        try:
            return date.fromisocalendar(int(iso[1]), int(iso[2]), 1)
        except ValueError:
            raise BadInput(f"There is no week {text}.", code="bad_date") from None
    try:
        return week_of(parse_day(text))
    except BadInput:
        raise BadInput(
            f"{text!r} is not a week. Write any of its days (2025-10-06) or its ISO number (2025-W41).", code="bad_date"
        ) from None


def iso_week(week: date) -> str:
    """2025-W41 for the Monday 2025-10-06."""
    year, number, _ = week.isocalendar()
    return f"{year}-W{number:02d}"


class Due(NamedTuple):
    """When a closed week is fetched: a day (0: Monday) and time of the week after it, in the configured zone."""

    weekday: int
    at: time

    def of(self, week: date, zone: ZoneInfo) -> datetime:
        """The instant (UTC) from which `week` is due."""
        day = week + timedelta(days=7 + self.weekday)
        return datetime.combine(day, self.at, tzinfo=zone).astimezone(UTC)

    @property
    def cron(self) -> str:
        return f"{self.at.minute} {self.at.hour} * * {(self.weekday + 1) % 7}"

    @property
    def daily_cron(self) -> str:
        return f"{self.at.minute} {self.at.hour} * * *"


def parse_due(text: str) -> Due:
    """A day and time written as Monday 06:00. ValueError with a message for people."""
    found = re.fullmatch(r"([A-Za-z]+) (\d{1,2}):(\d{2})", text)
    if found and len(found[1]) >= 3 and int(found[2]) <= 23 and int(found[3]) <= 59:
        for number, day in enumerate(_WEEKDAYS):
            if day.startswith(found[1].lower()):
                return Due(number, time(int(found[2]), int(found[3])))
    raise ValueError(f"{text!r} is not a day and time. Write it like Monday 06:00.")
