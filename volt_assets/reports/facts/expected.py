"""Hours that are expected of people, by what people.yaml says and when they were there; and who has no entries.

Somebody is there in the weeks in which Toggl lists them as active or they have entries, from their first entry on; who
has none at all, where people.yaml names them. Of who was deactivated, nothing is expected after their last entry.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from volt_assets.formatting import rounded
from volt_assets.months import planned_until
from volt_assets.reports.facts.models import (
    AbsentPerson,
    AwayPerson,
    DayExpected,
    DaysAway,
    Expected,
    Period,
    TeamExpected,
    Trend,
    WeekExpected,
)
from volt_assets.reports.facts.prepared import PreparedPeriod, Row
from volt_assets.reports.facts.trend import first_days
from volt_assets.reports.people import everybody
from volt_assets.reports.people_config import PeopleConfig
from volt_assets.weeks import week_of

_DAY = timedelta(days=1)
_WEEK = 7 * _DAY
# Who had entries in so many weeks before the period, and has none in it, is named.
_WEEKS_GONE = 4


@dataclass(frozen=True)
class _Presence:
    """Rows of `presence.sql` about one person. `weeks`: whether active, and the last day with entries."""

    user_id: int
    name: str
    email: str | None
    first_week: date | None
    last_entry: date | None
    weeks: dict[date, tuple[bool, date | None]] = field(default_factory=dict)

    def is_there(self, day: date, config: PeopleConfig, week: date | None = None) -> bool:
        """Whether something may be expected on a day. `week`: the week to judge by, in place of the day's own."""
        week = week or week_of(day)
        active, last_day = self.weeks.get(week, (False, None))
        if self.first_week is None:
            return active and config.names(self.email)
        return self.first_week <= week and (active or (last_day is not None and day <= last_day))


@dataclass(frozen=True)
class ExpectedHours:
    """Of the people of a period. `trends`: the weeks before, with their time, of each person and (None) of all.

    `strangers`: addresses that the configuration names and nobody stored ever had.
    """

    config: PeopleConfig
    period: Period
    people: Mapping[int, _Presence]
    trends: Mapping[int | None, Trend]
    strangers: Sequence[str] = ()

    @cached_property
    def names(self) -> dict[str, str]:
        """Names by address, in lower case."""
        return {person.email.casefold(): person.name for person in self.people.values() if person.email}

    def of(self, user_id: int) -> Expected:
        """A person's."""
        person = self.people.get(user_id)
        if person is None or self.config.path is None:
            return Expected()
        days = [DayExpected(day=day, seconds=self._on(person, day)) for day in _days(self.period)]
        seconds = total(day.seconds for day in days)
        weeks = self._weeks(person, [week.week for week in self.trends[None].weeks])
        own = self._own(days)
        following = [self._on(person, day, self._last_week) for day in _days_planned(self.period)]
        next_seconds = total(following)
        return Expected(
            seconds=seconds,
            hundredths=_rounded(seconds),
            days=days if self.period.days <= 31 else [],
            weeks=weeks,
            own=own,
            weeks_off=_off(self.trends.get(user_id), own) if self.period.parts == "week" and self._over else 0,
            days_off=sum(self._is_away(person, day.day) for day in days),
            weeks_in_row=_in_row(self.trends.get(user_id), weeks) if self.period.one_week and self._over else 0,
            next_seconds=next_seconds,
            next_hundredths=_rounded(next_seconds),
            away_next=self._away(person),
        )

    def of_team(self, people: Mapping[int, Expected]) -> TeamExpected:
        """The team's: `people` are those with entries in the period."""
        absent = [self._absent(each) for each in self.people.values() if self._is_absent(each, people)]
        absent.sort(key=lambda each: (each.name.casefold(), each.user_id))
        if self.config.path is None:
            return TeamExpected(absent=absent)
        all_of_them = [*people.values(), *(each.expected for each in absent)]
        everybody = [*people.values(), *(self.of(user_id) for user_id in self.people.keys() - people.keys())]
        return TeamExpected(
            configured=True,
            seconds=total(each.seconds for each in all_of_them),
            hundredths=total(each.hundredths for each in all_of_them),
            weeks=self._weeks_of_all(everybody),
            own=self._own_of_all(all_of_them),
            next_seconds=total(each.next_seconds for each in everybody),
            next_hundredths=total(each.next_hundredths for each in everybody),
            absent=absent,
            away_next=self._away_of_all(),
            strangers=list(self.strangers),
        )

    @property
    def _over(self) -> bool:
        """Whether all of the period's entries are known: before its end nobody is judged."""
        return bool(self.period.weeks) and all(week.after_its_end for week in self.period.weeks)

    @cached_property
    def _stored(self) -> set[date]:
        return {week for person in self.people.values() for week in person.weeks}

    @property
    def _last_week(self) -> date:
        return week_of(self.period.last_day)

    def _on(self, person: _Presence, day: date, week: date | None = None) -> int | None:
        return self.config.expected_seconds(person.email, day) if person.is_there(day, self.config, week) else 0

    def _weeks(self, person: _Presence, weeks: Sequence[date]) -> list[WeekExpected]:
        found = []
        for week in weeks:
            days = (self._on(person, week + number * _DAY) for number in range(7))
            seconds = total(days) if week in self._stored else None
            found.append(WeekExpected(week=week, seconds=seconds, hundredths=_rounded(seconds)))
        return found

    def _own(self, days: Sequence[DayExpected]) -> list[WeekExpected]:
        """What is expected in the period's own weeks or months."""
        if self.period.parts is None:
            return []
        by_part: dict[date, list[int | None]] = {first: [] for first in first_days(self.period)}
        for each in days:
            first = week_of(each.day) if self.period.parts == "week" else each.day.replace(day=1)
            by_part[first].append(each.seconds)
        return [
            WeekExpected(week=first, seconds=seconds, hundredths=_rounded(seconds))
            for first, seconds in ((first, total(parts)) for first, parts in by_part.items())
        ]

    def _own_of_all(self, people: Sequence[Expected]) -> list[WeekExpected]:
        return [
            WeekExpected(
                week=parts[0].week,
                seconds=total(part.seconds for part in parts),
                hundredths=total(part.hundredths for part in parts),
            )
            for parts in zip(*(each.own for each in people), strict=True)
        ]

    def _is_away(self, person: _Presence, day: date) -> bool:
        """Whether it is a working day of somebody's absence."""
        return (
            day.weekday() < 5
            and person.is_there(day, self.config)
            and self.config.absence(person.email, day) is not None
        )

    def _weeks_of_all(self, people: Sequence[Expected]) -> list[WeekExpected]:
        """What was expected of all in the weeks whose time is known."""
        found = []
        for place, week in enumerate(self.trends[None].weeks):
            parts = [each.weeks[place] for each in people] if week.seconds is not None else None
            found.append(
                WeekExpected(
                    week=week.week,
                    seconds=None if parts is None else total(part.seconds for part in parts),
                    hundredths=None if parts is None else total(part.hundredths for part in parts),
                )
            )
        return found

    def _away(self, person: _Presence) -> list[DaysAway]:
        """The absences within the seven days after the period, as far as work would be expected on their days."""
        following = [day for day in _days_after(self.period) if person.is_there(day, self.config, self._last_week)]
        found: dict[tuple[date, date], DaysAway] = {}
        for day in following:
            days = self.config.absence(person.email, day)
            if days is None or day.weekday() > 4:
                continue
            first, last = max(days.first, following[0]), min(days.last, following[-1])
            found.setdefault((first, last), DaysAway(first_day=first, last_day=last, reason=days.reason))
        return list(found.values())

    def _away_of_all(self) -> list[AwayPerson]:
        found = [
            AwayPerson(user_id=person.user_id, name=person.name, email=person.email, days=days)
            for person in self.people.values()
            if (days := self._away(person))
        ]
        return sorted(found, key=lambda each: (each.days[0].first_day, each.name.casefold(), each.user_id))

    def _is_absent(self, person: _Presence, people: Mapping[int, Expected]) -> bool:
        """Whether somebody has no entries in the period, of whom some are expected or were made not long before."""
        if person.user_id in people:
            return False
        judged = self._over and self.config.path is not None
        if judged and total(self._on(person, day) for day in _days(self.period)):
            return True
        gone_since = self.period.first_day - _WEEKS_GONE * _WEEK
        recently = person.last_entry is not None and person.last_entry >= gone_since
        # Of who is away all the time, nothing is expected.
        return recently and (self.config.path is None or not person.weeks.get(self._last_week, (False, None))[0])

    def _absent(self, person: _Presence) -> AbsentPerson:
        return AbsentPerson(
            user_id=person.user_id,
            name=person.name,
            email=person.email,
            last_entry=person.last_entry,
            active=person.weeks.get(self._last_week, (False, None))[0],
            expected=self.of(person.user_id),
        )


def expected_hours(
    prepared: PreparedPeriod, period: Period, config: PeopleConfig, trends: Mapping[int | None, Trend]
) -> ExpectedHours:
    """What is expected of the requested people of the prepared period."""
    people: dict[int, _Presence] = {}
    for row in prepared.rows("presence"):
        person = people.setdefault(row["user_id"], _presence(row))
        person.weeks[row["week"]] = row["active"], row["last_day"]
    return ExpectedHours(config, period, people, trends, _strangers(prepared, config))


def _strangers(prepared: PreparedPeriod, config: PeopleConfig) -> list[str]:
    """Looked for where everybody is reported on."""
    if prepared.user_ids is not None or not config.people:
        return []
    known = {email.casefold() for person in everybody(prepared.connection) for email in person.emails}
    return sorted(config.people.keys() - known)


def _presence(row: Row) -> _Presence:
    return _Presence(row["user_id"], row["name"], row["email"], row["first_week"], row["last_entry"])


def _days(period: Period) -> list[date]:
    return [period.first_day + number * _DAY for number in range(period.days)]


def _days_after(period: Period) -> list[date]:
    return [period.last_day + number * _DAY for number in range(1, 8)]


def _days_planned(period: Period) -> list[date]:
    """Those after the period that one plans."""
    until = planned_until(period.first_day, period.last_day)
    return [period.last_day + number * _DAY for number in range(1, (until - period.last_day).days + 1)]


def _off(trend: Trend | None, own: Sequence[WeekExpected]) -> int:
    """How many of a period's weeks were a tenth or more off what was expected."""
    if trend is None:
        return 0
    return sum(is_off(week.seconds or 0, of.seconds) for week, of in zip(trend.own, own, strict=True))


def total(parts: Iterable[int | None]) -> int | None:
    """The sum; None where a part is not known."""
    known: list[int] = []
    for part in parts:
        if part is None:
            return None
        known.append(part)
    return sum(known)


def _rounded(seconds: int | None) -> int | None:
    return None if seconds is None else rounded(seconds)


def is_off(tracked: int, expected: int | None) -> bool:
    """Whether time is a tenth or more away from what is expected: of nothing, none is."""
    return bool(expected) and 10 * abs(tracked - (expected or 0)) >= (expected or 0)


def _in_row(trend: Trend | None, expected: Sequence[WeekExpected]) -> int:
    """How many weeks in a row, up to the last, were a tenth or more over what was expected; below zero: under it."""
    if trend is None:
        return 0
    count = 0
    for week, of in zip(reversed(trend.weeks), reversed(expected), strict=True):
        if week.seconds is None or of.seconds is None or not is_off(week.seconds, of.seconds):
            break
        side = 1 if week.seconds > of.seconds else -1
        if count * side < 0:
            break
        count += side
    return count
