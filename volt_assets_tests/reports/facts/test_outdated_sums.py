"""Reports and exports never show sums of other entries than those stored: a run can be killed between the two."""

import pytest

from volt_assets.errors import VoltError
from volt_assets.toggl.storage import store_tracked_time
from volt_assets_tests.reports.conftest import MONDAY

BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"


@pytest.fixture
def week(stored):
    stored.entry(BUG)
    stored.entry("Meeting")
    stored.weeks()
    stored.entity("5")
    return stored


@pytest.mark.parametrize(
    "change",
    [
        "description = 'Fix login #6 [Scrum] [Bug] [Moneyball]'",
        "project_name = 'other'",
        "billable = true",
        "day = day + 1",
    ],
)
def test_entries_that_changed_since_they_were_summed_are_refused_also_where_no_second_differs(week, facts_of, change):
    facts_of()
    week.connection.execute(f"UPDATE toggl_time_entries SET {change} WHERE description LIKE 'Fix%'")
    with pytest.raises(VoltError, match=rf"week of {MONDAY} are newer .* volt run --start-date {MONDAY}") as refused:
        facts_of()
    assert refused.value.code == "tracked_time_outdated"
    store_tracked_time(week.connection, MONDAY)
    facts_of()


def test_entries_of_no_time_that_were_deleted_since_are_refused(stored, facts_of):
    stored.entry("Meeting", 0)
    stored.weeks()
    stored.connection.execute("DELETE FROM toggl_time_entries")
    with pytest.raises(VoltError, match="are newer than the time that was summed"):
        facts_of()


def test_what_no_sum_is_made_of_may_change(week, facts_of):
    week.connection.execute("UPDATE toggl_time_entries SET updated_at = now()::TIMESTAMP, tags = ['x']")
    facts_of()


@pytest.mark.parametrize("seconds", [-60, 60])
def test_of_weeks_summed_before_versions_were_kept_the_seconds_are_compared_in_both_directions(week, facts_of, seconds):
    week.connection.execute("DELETE FROM summed_weeks")
    week.connection.execute("UPDATE tracked_time SET description = 'other text' WHERE NOT linked")
    facts_of()
    week.connection.execute(f"UPDATE tracked_time SET seconds = seconds + {seconds} WHERE linked")
    with pytest.raises(VoltError, match="seconds are fetched and .* tracked") as refused:
        facts_of()
    assert refused.value.code == "tracked_time_outdated"
