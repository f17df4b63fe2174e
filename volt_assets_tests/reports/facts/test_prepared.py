"""A prepared period owns its tables, and takes the sums of the period before only from one that is it."""

from datetime import timedelta

import duckdb
import pytest

from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets_tests.reports.conftest import MONDAY, SUNDAY

WEEK = timedelta(days=7)


@pytest.fixture
def two_weeks(stored):
    stored.entry("Meeting", 100, day=MONDAY - WEEK)
    stored.entry("Meeting", 20, day=MONDAY, user=2)
    stored.weeks(MONDAY - WEEK, MONDAY)
    return stored.connection


def tracked(sums) -> int:
    return sums.figures[None]["tracked_seconds"]


def test_its_tables_are_on_no_connection_but_its_own_and_gone_at_its_end(two_weeks):
    with PreparedPeriod(two_weeks, MONDAY, SUNDAY) as prepared:
        cursor = prepared.cursor
        assert cursor.execute("SELECT count(*) FROM period_time").fetchall() == [(1,)]
        with pytest.raises(duckdb.CatalogException):
            two_weeks.execute("FROM period_time")
    with pytest.raises(duckdb.ConnectionException):
        cursor.execute("FROM period_time")
    with pytest.raises(RuntimeError, match="not prepared"):
        prepared.rows("figures")


def test_they_are_gone_after_an_exception_too(two_weeks):
    with pytest.raises(ZeroDivisionError), PreparedPeriod(two_weeks, MONDAY, SUNDAY) as prepared:
        raise ZeroDivisionError
    with pytest.raises(RuntimeError, match="not prepared"):
        prepared.rows("figures")


def test_two_periods_can_be_prepared_at_a_time(two_weeks):
    with PreparedPeriod(two_weeks, MONDAY, SUNDAY) as later, PreparedPeriod(two_weeks, *later.days_before) as earlier:
        assert (tracked(earlier.sums), tracked(later.sums)) == (100, 20)
        assert tracked(later.sums_before()) == 100


def test_the_sums_of_the_week_prepared_before_are_taken_as_they_are(two_weeks):
    with PreparedPeriod(two_weeks, MONDAY - WEEK, SUNDAY - WEEK) as earlier:
        sums = earlier.sums
    with PreparedPeriod(two_weeks, MONDAY, SUNDAY, previous=earlier) as later:
        assert later.sums_before() is sums


@pytest.mark.parametrize("other", ["days", "people", "connection"])
def test_the_sums_of_another_period_are_not_taken_for_those_of_the_week_before(two_weeks, other):
    connection = two_weeks.cursor() if other == "connection" else two_weeks
    first = MONDAY if other == "days" else MONDAY - WEEK
    with PreparedPeriod(connection, first, first + timedelta(days=6), [2] if other == "people" else None) as another:
        sums = another.sums
    with PreparedPeriod(two_weeks, MONDAY, SUNDAY, previous=another) as prepared:
        assert prepared.sums_before() is not sums
        assert tracked(prepared.sums_before()) == 100
