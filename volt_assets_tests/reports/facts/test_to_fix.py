"""What a person can correct in Toggl: which entries are listed, in which order, and the way to each."""

from datetime import UTC, datetime, timedelta

from volt_assets.reports.report import Report
from volt_assets_tests.reports.conftest import MONDAY, markdown
from volt_assets_tests.reports.facts.test_hints import BUG, NOW, at

PAGE = "https://track.toggl.com/reports/detailed/7"


def kinds_of(facts, user_id=1):
    return [(each.kind, each.entry) for each in next(p for p in facts.individuals if p.user_id == user_id).to_fix]


def test_what_is_plainly_wrong_stands_before_what_says_too_little(stored, facts_of):
    stored.entry("Reading", 1800, day=MONDAY + timedelta(days=1))
    no_project = stored.entries[-1]["id"]
    stored.entry("Reading", 1799, day=MONDAY + timedelta(days=2))  # under half an hour
    stored.entry("Reading", 3600, day=MONDAY + timedelta(days=3), project="Moneyball")
    stored.entry(BUG, 3600, day=MONDAY + timedelta(days=4))
    stored.entry(None, 600, day=MONDAY + timedelta(days=4))
    no_description = stored.entries[-1]["id"]
    stored.entry("Reading", 0)
    zero = at(stored, 8)
    stored.entry(BUG, 3600)
    at(stored, 9)
    stored.entry(BUG, 3600)
    overlap = at(stored, 9, 30)
    stored.entry(BUG, 36_001, day=MONDAY + timedelta(days=5))
    long = stored.entries[-1]["id"]
    stored.entry(BUG, 3600, user=2)
    stored.entry(BUG, None, user=2)  # still running
    stored.weeks()
    facts = facts_of()
    assert kinds_of(facts) == [
        ("overlap", overlap),
        ("zero_seconds", zero),
        ("long_entry", long),
        ("no_description", no_description),
        ("no_project", no_project),
    ]
    assert kinds_of(facts, 2) == []


def test_the_same_entry_twice_is_a_duplicate_and_no_overlap(stored, facts_of):
    for _ in range(2):
        stored.entry(BUG, 3600)
        last = at(stored, 9)
    stored.weeks()
    assert kinds_of(facts_of()) == [("duplicate", last)]


def test_the_first_three_are_shown_with_the_time_on_the_clock_and_the_day_in_toggl(stored, facts_of):
    for minute in (0, 5, 10, 15, 20):
        stored.entry("Reading", 0)
        at(stored, 14, minute)
    stored.weeks()
    without = facts_of().individuals[0]
    assert "**An entry of zero seconds**, Mon 6 Oct, 14:00." in markdown(Report(without, NOW))
    text = markdown(Report(facts_of(toggl_page=PAGE).individuals[0], NOW))
    assert f"[Mon 6 Oct, 14:10]({PAGE}/from/2025-10-06/to/2025-10-06)" in text
    assert "14:15" not in text
    assert "And 2 more: zero seconds (2)." in text
    assert "## To fix · 5" in text


def test_where_nothing_is_wrong_it_says_so(stored, facts_of):
    stored.entry(BUG, 3600)
    stored.weeks()
    assert "Nothing to fix." in markdown(Report(facts_of().individuals[0], datetime.now(UTC)))
