"""Weeks of the generated company against what its people did, told from the company itself and not through its APIs."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from volt_assets.sandbox.company import Entry
from volt_assets.sandbox.generated.items import SHARED_NUMBER
from volt_assets_tests.acceptance.conftest import GENERATED_ZONE, Fetched

ZONE = ZoneInfo(GENERATED_ZONE)


@pytest.fixture(scope="module")
def weeks(today: date) -> list[date]:
    this_week = today - timedelta(days=today.weekday())
    return [this_week - timedelta(weeks=2), this_week - timedelta(weeks=1), this_week]


def day_in(zone: ZoneInfo, entry: Entry) -> date:
    return datetime.fromtimestamp(entry.start, UTC).astimezone(zone).date()


def week_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


@pytest.fixture(scope="module")
def worked(generated_server, weeks) -> list[Entry]:
    """The entries that have ended and start in the weeks, by the clock of the configured zone."""
    entries = generated_server.company.toggl.entries.values()
    return [entry for entry in entries if entry.stop is not None and week_of(day_in(ZONE, entry)) in weeks]


def own_day(generated_server, entry: Entry) -> date:
    return day_in(ZoneInfo(generated_server.company.toggl.people[entry.person_id].timezone), entry)


def test_each_entry_is_in_the_week_of_the_instant_it_starts_at(generated_weeks: Fetched, worked: list[Entry]):
    stored = dict(generated_weeks.home.sql("SELECT id, week FROM toggl_time_entries WHERE stop IS NOT NULL"))
    assert stored == {entry.id: week_of(day_in(ZONE, entry)) for entry in worked}


def test_entries_that_toggl_files_under_a_day_outside_the_weeks_are_not_missed(
    generated_weeks: Fetched, generated_server, worked: list[Entry], weeks: list[date]
):
    # Without the day more at both ends, Toggl would not have sent these.
    first, last = weeks[0], weeks[-1] + timedelta(days=6)
    elsewhere = {entry.id for entry in worked if not first <= own_day(generated_server, entry) <= last}
    assert elsewhere
    assert elsewhere <= {id for (id,) in generated_weeks.home.sql("SELECT id FROM toggl_time_entries")}


def test_entries_that_toggl_files_under_a_day_of_the_weeks_but_start_outside_are_not_in_them(
    generated_weeks: Fetched, generated_server, weeks: list[date]
):
    # Without the filter by instant, these would be counted.
    first, last = weeks[0], weeks[-1] + timedelta(days=6)
    others = {
        entry.id
        for entry in generated_server.company.toggl.entries.values()
        if first <= own_day(generated_server, entry) <= last and week_of(day_in(ZONE, entry)) not in weeks
    }
    assert others
    stored = {id for (id,) in generated_weeks.home.sql("SELECT id FROM toggl_time_entries")}
    assert not others & stored


def test_the_same_number_in_three_types_is_three_work_items(generated_weeks: Fetched, worked: list[Entry]):
    # Without the type in the key, their time would be one item's.
    expected: Counter[str] = Counter()
    for entry in worked:
        for kind in ("Task", "Bug", "Release"):
            if entry.description and f"#{SHARED_NUMBER} [Scrum] [{kind}]" in entry.description:
                expected[kind] += entry.seconds
    assert len(expected) == 3
    home, outcome = generated_weeks.home, generated_weeks.outcome
    stored = home.sql(
        "SELECT label[2], sum(seconds)::BIGINT FROM tracked_time "
        "WHERE linked AND public_id = ? AND label[1] = 'Scrum' GROUP BY ALL",
        str(SHARED_NUMBER),
    )
    assert dict(stored) == expected
    types = {"Task": "Scrum/Task", "Bug": "Scrum/Bug", "Release": "Scrum/Build"}
    entities = {
        entity["entity_type"]: entity
        for entity in outcome.file("enriched_data.json")["entities"]
        if entity["public_id"] == str(SHARED_NUMBER)
    }
    assert entities.keys() == set(types.values())
    assert len({entity["fibery_id"] for entity in entities.values()}) == 3
    assert len({entity["name"] for entity in entities.values()}) == 3
    exported: Counter[str] = Counter()
    for user in outcome.file("toggl_aggregated.json")["users"].values():
        for part in user["matched_entities"]:
            if part["entity_id"] == str(SHARED_NUMBER):
                exported[part["entity_type"]] += part["duration_seconds"]
    assert exported == expected


def test_each_persons_seconds_are_those_they_worked(generated_weeks: Fetched, worked: list[Entry], today: date):
    expected: Counter[int] = Counter()
    for entry in worked:
        if day_in(ZONE, entry) <= today:
            expected[entry.person_id] += entry.seconds
    shown: Counter[int] = Counter()
    for entry in generated_weeks.outcome.file("raw_toggl_data.json")["time_entries"]:
        shown[entry["user_id"]] += entry["duration"]
    assert shown == expected


def test_two_people_of_one_name_have_a_report_each(generated_weeks: Fetched, generated_server, worked: list[Entry]):
    people = {entry.person_id for entry in worked}
    names = Counter(generated_server.company.toggl.people[id].name for id in people)
    assert max(names.values()) == 2
    reports = list((generated_weeks.outcome.folder / "reports" / "individual").glob("*.md"))
    assert len(reports) == len(people)


def test_every_outcome_of_a_lookup_is_recorded_and_the_week_goes_on(generated_weeks: Fetched):
    entities = generated_weeks.outcome.file("enriched_data.json")["entities"]
    statuses = Counter(entity["status"] for entity in entities)
    assert statuses["found"] > statuses["not_found"] > 0
    assert statuses["not_configured"] > 0
    for entity in entities:
        assert (entity["fibery_id"] is not None) == (entity["status"] == "found")
