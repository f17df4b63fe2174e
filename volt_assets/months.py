"""Calendar months and quarters: which of them days are, what came before, and until when one plans after them."""

import calendar
from datetime import date, timedelta
from typing import Literal

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)


def calendar_name(first: date, last: date) -> Literal["month", "quarter"] | None:
    """What the days first..last (both included) are, if they are one whole month or quarter."""
    if first.day != 1 or first.year != last.year:
        return None
    if last == month_end(first):
        return "month"
    return "quarter" if first.month % 3 == 1 and last == quarter_end(first) else None


def month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def quarter_end(day: date) -> date:
    return month_end(day.replace(month=(day.month + 2) // 3 * 3, day=1))


def days_before(first: date, last: date) -> tuple[date, date]:
    """The month or the quarter before such days; before others, as many days."""
    before = first - _DAY
    name = calendar_name(first, last)
    if name == "month":
        return before.replace(day=1), before
    if name == "quarter":
        return before.replace(month=before.month - 2, day=1), before
    return first - (last - first + _DAY), before


def planned_until(first: date, last: date) -> date:
    """The last day of the time that one plans after the days first..last: the next month or quarter, else a week.

    Whole months that are no quarter are planned by month.
    """
    name = calendar_name(first, last)
    if name == "quarter":
        return quarter_end(last + _DAY)
    whole_months = first.day == 1 and last == month_end(last)
    return month_end(last + _DAY) if whole_months else last + _WEEK


def months_between(first: date, last: date) -> list[date]:
    """The first days of the months that the days first..last touch, in order."""
    months, month = [], first.replace(day=1)
    while month <= last:
        months.append(month)
        month = month_end(month) + _DAY
    return months
