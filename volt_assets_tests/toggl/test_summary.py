"""The Toggl summary: where the time went, from what people typed alone."""

from volt_assets.toggl.summary import summary_markdown
from volt_assets_tests.reports.conftest import MONDAY, SUNDAY, ZONE, stored  # noqa: F401 (a fixture)


def test_a_summary_shows_people_work_items_by_their_tags_and_other_activities(stored):  # noqa: F811
    stored.entry("Fix | login #5 [Scrum] [Sub-bug] [Moneyball]", 5400)
    stored.entry("#5 [Scrum] [Sub-bug] [Moneyball]", 18, day=SUNDAY)
    stored.entry("Buy milk #8 [To Do] [Home]", 18)
    stored.entry("about #5", 18)
    stored.entry(None, 18)
    stored.entry("Meeting", 60, user=2)
    stored.entry("Running", None, user=2)
    stored.weeks()
    assert summary_markdown(stored.connection, MONDAY, SUNDAY, None, ZONE) == SUMMARY


def test_a_summary_of_some_people_and_days_holds_nothing_else(stored):  # noqa: F811
    stored.entry("Meeting", 60, day=MONDAY)
    stored.entry("Call", 60, day=SUNDAY)
    stored.entry("Walk", 60, day=SUNDAY, user=2)
    stored.weeks()
    summary = summary_markdown(stored.connection, SUNDAY, SUNDAY, [1], ZONE)
    assert "Call" in summary
    assert "Meeting" not in summary
    assert "Walk" not in summary


def test_a_summary_of_nothing_says_so(stored):  # noqa: F811
    stored.weeks()
    assert "No time is tracked on these days." in summary_markdown(stored.connection, MONDAY, SUNDAY, None, ZONE)


SUMMARY = """\
# Toggl summary: 6–12 October 2025

week 2025-W41 · 2 people · 6 entries · 2 work items

Where the time went, from Toggl alone: work items as the entries' tags name them, before they are looked up in Fibery. \
Days are those of the time zone Europe/Berlin. Running entries are not in it.

| Person | Hours | Linked | % | Other | % | Entries |
|---|---:|---:|---:|---:|---:|---:|
| Ann Lee | 1.52 | 1.51 | 99% | 0.01 | 1% | 5 |
| Ben Ode | 0.02 | 0.00 | 0% | 0.02 | 100% | 1 |
| **All** | **1.54** | **1.51** | **98%** | **0.03** | **2%** | **6** |

## Ann Lee

| Work item | Tags | Hours | Entries |
|---|---|---:|---:|
| #5 Fix \\| login | Scrum · Sub-bug · Moneyball | 1.51 | 2 |
| #8 Buy milk | To Do · Home | 0.00 | 1 |

| Other activity | Hours | Entries |
|---|---:|---:|
| about #5 | 0.01 | 1 |
| *no description* | 0.00 | 1 |

## Ben Ode

| Other activity | Hours | Entries |
|---|---:|---:|
| Meeting | 0.02 | 1 |
"""
