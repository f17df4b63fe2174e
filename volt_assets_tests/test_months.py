"""Calendar months and quarters among periods of days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.months import calendar_name, days_before, month_end, months_between, planned_until, quarter_end

DAYS = st.dates(date(2001, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        (date(2026, 10, 1), date(2026, 10, 31), "month"),
        (date(2026, 2, 1), date(2026, 2, 28), "month"),
        (date(2028, 2, 1), date(2028, 2, 28), None),
        (date(2026, 10, 1), date(2026, 12, 31), "quarter"),
        (date(2026, 11, 1), date(2027, 1, 31), None),
        (date(2026, 8, 1), date(2026, 10, 31), None),
        (date(2026, 1, 1), date(2026, 12, 31), None),
        (date(2026, 10, 5), date(2026, 10, 11), None),
        (date(2026, 10, 1), date(2026, 10, 30), None),
    ],
)
def test_only_a_whole_month_or_quarter_has_a_name(first, last, name):
    assert calendar_name(first, last) == name


@given(DAYS)
def test_before_a_month_is_the_month_before_and_before_a_quarter_the_quarter(day):
    first = day.replace(day=1)
    earlier, end = days_before(first, month_end(first))
    assert (end, calendar_name(earlier, end)) == (first - timedelta(days=1), "month")
    last = quarter_end(day)
    start = last.replace(month=last.month - 2, day=1)
    earlier, end = days_before(start, last)
    assert (end, calendar_name(earlier, end)) == (start - timedelta(days=1), "quarter")


@given(DAYS, st.integers(0, 500))
def test_before_other_days_are_as_many_and_after_them_a_week_is_planned(first, length):
    last = first + timedelta(days=length)
    earlier, end = days_before(first, last)
    assert end == first - timedelta(days=1)
    if calendar_name(first, last) is None:
        assert end - earlier == last - first
    if first.day != 1:
        assert planned_until(first, last) == last + timedelta(days=7)


def test_after_a_month_the_next_one_is_planned_and_after_a_quarter_the_next_quarter():
    assert planned_until(date(2026, 1, 1), date(2026, 1, 31)) == date(2026, 2, 28)
    assert planned_until(date(2026, 2, 1), date(2026, 2, 28)) == date(2026, 3, 31)
    assert planned_until(date(2026, 10, 1), date(2026, 12, 31)) == date(2027, 3, 31)
    assert planned_until(date(2026, 1, 1), date(2026, 12, 31)) == date(2027, 1, 31)
    assert planned_until(date(2025, 10, 6), date(2025, 10, 12)) == date(2025, 10, 19)


@given(DAYS, st.integers(0, 500))
def test_the_months_between_two_days_are_all_they_touch(first, length):
    last = first + timedelta(days=length)
    touched = {(first + timedelta(days=number)).replace(day=1) for number in range(length + 1)}
    assert months_between(first, last) == sorted(touched)
