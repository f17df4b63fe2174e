"""Work that is not finished, against its plan: what is left, what fits until its planned end, when it would be done.

A division, no forecast by anybody: the pace is everybody's hours on the item in its last three weeks, over their
working days. Working days are Mondays to Fridays that are no public holidays.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence, Set
from datetime import date, timedelta

from volt_assets.formatting import rounded, unit_seconds
from volt_assets.reports.facts.models import Assignee, EndingLater, EntityRef, Forecast, OpenItem, Period, Plan
from volt_assets.reports.facts.prepared import PreparedPeriod, Row
from volt_assets.weeks import last_day, week_of

PACE_WEEKS = 3
_DAY = timedelta(days=1)
# An item that would take longer has no day that says anything.
_FARTHEST = timedelta(days=3660)


def open_items(prepared: PreparedPeriod, period: Period, holidays: Set[date], *, everybody: bool) -> list[OpenItem]:
    """All of them, earliest planned end first. `everybody`: whether everybody's entries of the period were fetched;
    otherwise what was spent is unknown.
    """
    weeks = _recent_weeks(prepared, period.timezone)
    rows = prepared.rows("open_items", {"recent_weeks": weeks})
    later = _ending_later(rows)
    return [
        OpenItem(
            type=row["type"],
            public_id=row["public_id"],
            name=row["name"],
            url=row["url"],
            state=row["state"],
            state_kind=row["state_kind"],
            closed_on=row["closed_on"],
            planned_end=row["planned_end"],
            assignees=[Assignee(**each) for each in row["assignees"]],
            assigned_ids=row["assigned_ids"],
            user_ids=row["user_ids"],
            last_time=row["last_time"],
            plan=_plan(row, period) if everybody else Plan(estimate_seconds=row["estimate_seconds"]),
            forecast=_forecast(row, period, weeks, holidays) if everybody else None,
            ending_later=later[row["type"], row["public_id"]],
            part_of=_part_of(row),
        )
        for row in rows
    ]


def _part_of(row: Row) -> EntityRef | None:
    """What it is part of, if Fibery says which item that is."""
    above = next(iter(row["parents"] or []), None)
    if above is None or not above["public_id"] or not above["type"]:
        return None
    return EntityRef(type=above["type"], public_id=above["public_id"], name=above.get("name"), url=above.get("url"))


def _recent_weeks(prepared: PreparedPeriod, timezone: str) -> list[date]:
    """The period's last weeks, as far as everybody's entries of them are stored."""
    newest = week_of(prepared.last_day)
    first = newest - (PACE_WEEKS - 1) * 7 * _DAY
    return [
        row["week"] for row in prepared.rows("fetched_weeks", {"first": first, "last": newest, "timezone": timezone})
    ]


def _plan(row: Row, period: Period) -> Plan:
    before, now, estimate = row["spent_before_seconds"], row["spent_seconds"], row["estimate_seconds"]
    return Plan(
        estimate_seconds=estimate,
        spent_before_seconds=before,
        spent_seconds=now,
        spent_in_all_seconds=before + now,
        spent_before_hundredths=row["spent_before_hundredths"],
        spent_hundredths=row["spent_hundredths"],
        remaining_seconds=None if estimate is None else max(estimate - before - now, 0),
        over_seconds=None if estimate is None else max(before + now - estimate, 0),
        at_least=bool(period.weeks_missing),
    )


def _forecast(row: Row, period: Period, weeks: Sequence[date], holidays: Set[date]) -> Forecast | None:
    """What is left, as printed; None without an estimate. What fits needs a planned end and known weeks, too."""
    if row["estimate_seconds"] is None:
        return None
    spent = row["spent_before_hundredths"] + row["spent_hundredths"]
    left = max(rounded(row["estimate_seconds"]) - spent, 0)
    seconds, days = row["recent_seconds"], _pace_days(row["first_time"], period.last_day, weeks, holidays)
    fits = None
    if row["planned_end"] is not None and weeks:
        until = len(list(working_days(period.last_day + _DAY, row["planned_end"], holidays)))
        fits = min(left, rounded(seconds * until // days)) if days else 0
    # In hundredths of an hour times working days, so that nothing is rounded twice.
    needed = -(-left * unit_seconds() * days // seconds) if seconds else None
    return Forecast(
        pace_seconds=seconds,
        pace_days=days,
        left_hundredths=left,
        fits_hundredths=fits,
        done_on=None if needed is None else _working_day(period.last_day, needed, holidays),
    )


def _pace_days(first_time: date | None, until: date, weeks: Sequence[date], holidays: Set[date]) -> int:
    """The working days of these weeks up to a day, from the week on in which time was first spent."""
    if first_time is None:
        return 0
    return sum(
        len(list(working_days(week, min(last_day(week), until), holidays)))
        for week in weeks
        if week >= week_of(first_time)
    )


def working_days(first: date, last: date, holidays: Collection[date]) -> Iterator[date]:
    """Mondays to Fridays from one day to another, both included, without public holidays."""
    for number in range((last - first).days + 1):
        day = first + number * _DAY
        if day.weekday() < 5 and day not in holidays:
            yield day


def _working_day(after: date, number: int, holidays: Set[date]) -> date | None:
    """The working day that is the `number`th after a day; that day itself for none, None for one years away."""
    if number == 0:
        return after
    days = working_days(after + _DAY, after + _FARTHEST, holidays)
    return next((day for place, day in enumerate(days, start=1) if place == number), None)


def _ending_later(rows: Sequence[Row]) -> dict[tuple[str, str], list[EndingLater]]:
    """Of each item, what is below it, open, and planned to end after it; the last to end first."""
    ends = {(row["type"], row["public_id"]): row["planned_end"] for row in rows}
    below: dict[tuple[str, str], list[EndingLater]] = defaultdict(list)
    for row in rows:
        if row["planned_end"] is None:
            continue
        for parent in row["parents"] or []:
            end = ends.get((parent["type"], parent["public_id"]))
            if end is not None and row["planned_end"] > end:
                item = EndingLater(**{name: row[name] for name in EndingLater.model_fields})
                below[parent["type"], parent["public_id"]].append(item)
    for items in below.values():
        items.sort(key=lambda item: item.planned_end, reverse=True)
    return below
