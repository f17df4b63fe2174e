"""What a run would cost: pages and requests of known and unknown weeks, and the waiting for the quota."""

from datetime import UTC, date, datetime, timedelta

import pytest

from volt_assets.runs.estimate import Amount, estimated, fibery_requests, of_seconds, pages_of, typical, waited
from volt_assets.runs.estimate import Totals as WeeklyTotals
from volt_assets.toggl.quota import Pool

WEEK = date(2025, 1, 6)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def weeks(count: int) -> list[date]:
    return [WEEK + timedelta(days=7 * n) for n in range(count)]


def test_a_year_of_fifty_thousand_entries_is_one_walk_of_fifty_one_pages():
    year = weeks(52)
    amounts = {week: Amount(entries=50_500 / 52, seconds=1) for week in year}
    assert pages_of(year, amounts, {}) == 51
    assert pages_of(year, amounts, {(WEEK - timedelta(days=1), year[-1] + timedelta(days=7)): 26}) == 25


def test_each_unbroken_range_of_weeks_has_pages_of_its_own():
    some = [weeks(5)[0], weeks(5)[4]]
    assert pages_of(some, {week: Amount(entries=10, seconds=1) for week in some}, {}) == 2
    assert pages_of([], {}, {}) == 0


def test_weeks_that_are_not_stored_have_as_many_entries_as_their_time_would_have_in_those_that_are():
    stored = {WEEK: Amount(entries=100, seconds=360_000, people=4)}
    found = estimated(WeeklyTotals({WEEK: 9.0, weeks(2)[1]: 720_000.0}, None), stored)
    assert found == {weeks(2)[1]: Amount(entries=200, seconds=720_000, people=4)}
    assert of_seconds(30_000, []).entries == 10
    assert typical([]) == Amount(0, 0)


def test_fiberys_requests_follow_from_work_items_and_texts():
    small = Amount(entries=100, seconds=1, entities=30, types=8, texts=90)
    assert fibery_requests([small]) == 1 + 1 + 1 + 1
    large = Amount(entries=100, seconds=1, entities=6000, types=8, texts=12_000)
    assert fibery_requests([large]) == 1 + 2 + 2 + 120


@pytest.mark.parametrize(
    ("requests", "left", "minutes"),
    [(20, 30, 0), (26, 30, 0), (27, 30, 40), (50, 30, 40), (53, 30, 100), (1, 4, 40), (1, 0, 40)],
)
def test_requests_beyond_the_hours_wait_for_resets(requests, left, minutes):
    pool = Pool(30, left, NOW + timedelta(minutes=40))
    assert waited(requests, pool, 4, NOW) == minutes * 60
    assert waited(requests, None, 4, NOW) == 0
