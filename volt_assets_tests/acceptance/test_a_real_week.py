"""A week of a work log, against sums made straight from its file."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from volt_assets.sandbox.company import TogglWorkspace
from volt_assets_tests.acceptance.conftest import Fetched
from volt_assets_tests.work_log import ABSENT, LoggedEntry, of_days, read_entries, real_log, seconds_by

MONDAY, SUNDAY = date(2007, 12, 3), date(2007, 12, 9)


@pytest.fixture(scope="module")
def logged(work_log: list[LoggedEntry]) -> list[LoggedEntry]:
    return of_days(work_log, MONDAY, SUNDAY)


def counts(logged: list[LoggedEntry]) -> tuple[int, int, int, int]:
    """Entries, people, work items and seconds."""
    people, items = {entry.email for entry in logged}, {entry.reference for entry in logged} - {None}
    return len(logged), len(people), len(items), sum(entry.seconds for entry in logged)


def test_the_week_holds_the_logs_entries_people_entities_and_seconds(busiest: Fetched, logged: list[LoggedEntry]):
    entries, people, entities, seconds = counts(logged)
    assert min(entries, people, entities) > 1
    raw = busiest.outcome.file("raw_toggl_data.json")
    assert raw["statistics"] == {"total_entries": entries, "total_duration_seconds": seconds}
    assert len({entry["user_id"] for entry in raw["time_entries"]}) == people
    aggregated = busiest.outcome.file("toggl_aggregated.json")
    assert aggregated["statistics"]["total_users"] == people
    assert aggregated["statistics"]["total_entities"] == entities
    assert aggregated["statistics"]["total_duration_seconds"] == seconds
    told = busiest.outcome.file("run_metadata.json")["statistics"]
    assert (told["entries"], told["people"], told["entities"]) == (entries, people, entities)
    assert told["tracked_seconds"] == seconds
    assert len(busiest.outcome.file("enriched_data.json")["entities"]) == entities
    assert len(list((busiest.outcome.folder / "reports" / "individual").glob("*.md"))) == people


def test_the_real_logs_busiest_week_is_the_one_it_is_known_by():
    if (folder := real_log()) is None:
        pytest.skip(ABSENT)
    assert counts(of_days(read_entries(folder), MONDAY, SUNDAY)) == (172, 8, 66, 1_266_804)


def test_each_persons_seconds_are_those_of_the_log(busiest: Fetched, logged: list[LoggedEntry]):
    expected = seconds_by(logged, lambda entry: entry.email)
    users = busiest.outcome.file("toggl_aggregated.json")["users"]
    assert {email: user["statistics"]["total_duration_seconds"] for email, user in users.items()} == expected
    raw = Counter()
    for entry in busiest.outcome.file("raw_toggl_data.json")["time_entries"]:
        raw[entry["user_email"]] += entry["duration"]
    assert raw == expected
    for table in ("toggl_time_entries", "tracked_time"):
        stored = busiest.home.sql(
            f"SELECT people.email, sum(seconds)::BIGINT FROM {table} JOIN people USING (week, user_id) GROUP BY ALL"
        )
        assert dict(stored) == expected


def test_each_entitys_seconds_are_those_of_the_log(busiest: Fetched, logged: list[LoggedEntry]):
    expected = seconds_by(logged, lambda entry: entry.reference)
    unlinked = expected.pop(None, 0)
    stored = busiest.home.sql(
        "SELECT public_id, label[1], label[2], sum(seconds)::BIGINT FROM tracked_time WHERE linked GROUP BY ALL"
    )
    assert {tuple(reference): seconds for *reference, seconds in stored} == expected
    exported, unmatched = Counter(), 0
    for user in busiest.outcome.file("toggl_aggregated.json")["users"].values():
        for part in user["matched_entities"]:
            exported[part["entity_id"], part["entity_database"], part["entity_type"]] += part["duration_seconds"]
        unmatched += sum(part["duration_seconds"] for part in user["unmatched_activities"])
    assert (exported, unmatched) == (expected, unlinked)


def test_every_linked_entity_was_found_in_fibery(busiest: Fetched, logged: list[LoggedEntry]):
    entities = busiest.outcome.file("enriched_data.json")["entities"]
    assert {entity["status"] for entity in entities} == {"found"}
    named = {(entity["public_id"], *entity["entity_type"].split("/")) for entity in entities}
    assert named == {entry.reference for entry in logged} - {None}


def test_a_week_takes_three_requests_of_toggl_and_two_of_fibery(busiest: Fetched):
    workspace = busiest.home.environment["TOGGL_WORKSPACE_ID"]
    reports = f"/reports/api/v3/workspace/{workspace}/search/time_entries"
    assert sorted(busiest.requests) == sorted(
        [
            ("toggl", f"/api/v9/workspaces/{workspace}/workspace_users"),
            ("toggl", f"{reports}/totals"),
            ("toggl", reports),
            ("fibery", "/api/schema"),
            ("fibery", "/api/commands"),
        ]
    )
    assert busiest.outcome.json["requests"] == {"toggl": 3, "fibery": 2, "openai": 0}
    assert busiest.outcome.file("run_metadata.json")["requests"] == busiest.outcome.json["requests"]


def test_the_log_speaks_of_entries_users_and_entities(busiest: Fetched, logged: list[LoggedEntry]):
    entries, people, entities, _ = counts(logged)
    assert f"Retrieved {entries} time entries" in busiest.outcome.stderr
    assert f"Aggregated {people} users, {entities} entities" in busiest.outcome.stderr


def test_tuesday_to_monday_holds_exactly_those_days(busiest: Fetched, work_log: list[LoggedEntry], tmp_path: Path):
    home = busiest.copy(tmp_path)
    first, last = date(2007, 12, 4), date(2007, 12, 10)
    outcome = home.run(str(first), str(last))
    assert outcome.json["weeks"] == ["2007-12-03", "2007-12-10"]
    expected = of_days(work_log, first, last)
    raw = outcome.file("raw_toggl_data.json")
    assert (raw["start_date"], raw["end_date"]) == (str(first), str(last))
    shown = Counter((e["user_email"], e["description"], e["start"], e["duration"]) for e in raw["time_entries"])
    assert shown == Counter((e.email, e.description, e.start.isoformat(), e.seconds) for e in expected)
    users = outcome.file("toggl_aggregated.json")["users"]
    assert {email: user["statistics"]["total_duration_seconds"] for email, user in users.items()} == seconds_by(
        expected, lambda entry: entry.email
    )
    # The weeks are stored whole all the same.
    stored = dict(home.sql("SELECT week, sum(seconds)::BIGINT FROM toggl_time_entries GROUP BY week"))
    assert stored == {
        monday: sum(entry.seconds for entry in of_days(work_log, monday, sunday))
        for monday, sunday in ((MONDAY, SUNDAY), (date(2007, 12, 10), date(2007, 12, 16)))
    }


ENTRIES = "SELECT * EXCLUDE (start, stop) FROM toggl_time_entries ORDER BY id"
AS_PRINTED = "SELECT start FROM toggl_time_entries ORDER BY id"
SUMS = "SELECT * FROM tracked_time ORDER BY ALL"


@pytest.mark.parametrize("cap", [50, 100])
def test_the_size_of_a_page_changes_nothing(busiest: Fetched, new_sip_home, sip_sandbox, work_log, cap: int):
    sip_sandbox.settings.page_cap = cap
    home = new_sip_home()
    outcome = home.run(str(MONDAY), str(SUNDAY))
    # The week with a day more at both ends.
    pages = -(-len(of_days(work_log, date(2007, 12, 2), date(2007, 12, 10))) // cap)
    assert pages > 1
    assert outcome.json["requests"]["toggl"] == pages + 1 + 1
    assert home.tables(times=False) == busiest.home.tables(times=False)


def test_the_token_owners_rounding_changes_nothing(busiest: Fetched, new_sip_home, sip_sandbox):
    sip_sandbox.settings.rounding = (1, 15)
    home = new_sip_home()
    home.run(str(MONDAY), str(SUNDAY))
    assert home.tables(times=False) == busiest.home.tables(times=False)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Apia"])
def test_the_owners_zones_change_only_how_toggl_prints_their_times(
    busiest: Fetched, new_sip_home, sip_sandbox, zone: str
):
    home = new_sip_home()
    try:
        set_zones(sip_sandbox.company.toggl, zone)
        home.run(str(MONDAY), str(SUNDAY))
    finally:
        set_zones(sip_sandbox.company.toggl, "Europe/London")
    for query in (ENTRIES, SUMS):
        assert home.sql(query) == busiest.home.sql(query)
    printed = zip(home.sql(AS_PRINTED), busiest.home.sql(AS_PRINTED), strict=True)
    assert all(start != elsewhere for (start,), (elsewhere,) in printed)


def set_zones(workspace: TogglWorkspace, zone: str) -> None:
    for person in workspace.people.values():
        person.timezone = zone
    workspace.version += 1
