"""A run's folder: all files or none, the keys that others read, and exactly the days and people asked for."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from volt_assets.errors import VoltError
from volt_assets.reports.facts.period import period_facts
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files import run_folder
from volt_assets.reports.files.run_folder import statistics, write_failed_run, write_run_folder
from volt_assets.reports.rules import ReportRules
from volt_assets.reports.sentences.models import Prose, Sentence
from volt_assets_tests.reports.conftest import MONDAY, SUNDAY, ZONE
from volt_assets_tests.reports.versions.test_store import Reports

NOW = datetime(2025, 10, 13, 9, 30, tzinfo=UTC)
BUG = "Fix login #5 [Scrum] [Bug] [Moneyball]"
RULES = ReportRules(ZONE)
METADATA = {"run_id": "run_2025-10-13-09-30-00", "status": "completed"}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "runs" / "run_2025-10-13-09-30-00"


@pytest.fixture
def write(stored, folder):
    def write(first=MONDAY, last=SUNDAY, users=None, emails=None, rules=RULES, **more):
        with PreparedPeriod(stored.connection, first, last, users) as prepared:
            write_run_folder(
                prepared,
                rules,
                folder,
                run_id=folder.name,
                user_emails=emails,
                generated_at=NOW,
                metadata=METADATA,
                **more,
            )
        return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("*.json")}

    return write


def test_a_weeks_folder_has_no_stored_sentence_of_a_model_where_none_is_wanted(stored, folder, write):
    stored.entry("Meeting")
    stored.weeks()
    reports = Reports(stored)
    said = Prose(summary=[Sentence(parts=["Written by a model."], by="model")], model="m")
    reports.make(write=lambda drafts: [said for _ in drafts])
    for mode, is_there in (("checked", True), ("off", False)):
        write(rules=ReportRules(ZONE, prose=mode))
        assert ("Written by a model" in (folder / "reports/team_summary.md").read_text()) is is_there


def files(folder):
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def test_a_folder_holds_all_files_and_nothing_stays_beside_it(stored, folder, write):
    stored.entry(BUG, user=1)
    stored.entry("Meeting", user=2)
    stored.entry("Meeting", user=3)
    stored.weeks()
    stored.entity("5")
    for _ in range(2):  # writing again replaces it
        content = write()
        assert files(folder) == [
            "enriched_data.json",
            "raw_toggl_data.json",
            "reports/data_quality.html",
            "reports/data_quality.md",
            "reports/individual/ann_lee.html",
            "reports/individual/ann_lee.md",
            "reports/individual/ann_lee_2.html",
            "reports/individual/ann_lee_2.md",
            "reports/individual/ben_ode.html",
            "reports/individual/ben_ode.md",
            "reports/team_summary.html",
            "reports/team_summary.md",
            "reports/time.csv",
            "reports/toggl_summary.md",
            "run_metadata.json",
            "toggl_aggregated.json",
        ]
        assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert content["run_metadata"] == METADATA


def test_a_workbook_is_there_only_where_it_is_asked_for(stored, folder, write):
    stored.entry("Meeting")
    stored.weeks()
    write(with_workbook=True)
    assert (folder / "reports" / "time.xlsx").read_bytes().startswith(b"PK")
    write()
    assert not (folder / "reports" / "time.xlsx").exists()


def test_a_folder_that_could_not_be_written_leaves_nothing(stored, folder, write):
    stored.entry("Meeting")
    stored.weeks()
    stored.connection.execute("DELETE FROM tracked_time")
    with pytest.raises(VoltError):
        write()
    stored.clear()
    stored.entry("Meeting")
    stored.weeks()
    METADATA["status"] = object()
    try:
        with pytest.raises(TypeError):
            write()
    finally:
        METADATA["status"] = "completed"
    assert not folder.exists()
    assert list(folder.parent.iterdir()) == []


def test_a_failed_run_leaves_its_metadata_alone(folder):
    write_failed_run(folder, METADATA)
    assert files(folder) == ["run_metadata.json"]
    assert json.loads((folder / "run_metadata.json").read_text()) == METADATA


def test_raw_entries_are_as_toggl_printed_them(stored, write):
    stored.entry("Früh — 😀", 90, project="Volt")
    stored.entry("Running", None)
    stored.weeks()
    stored.connection.execute("UPDATE toggl_time_entries SET email = NULL, project_id = 9000000001, tags = ['a', 'b']")
    assert write(users=[1], emails=["ann@example.com"])["raw_toggl_data"] == {
        "run_id": "run_2025-10-13-09-30-00",
        "start_date": "2025-10-06",
        "end_date": "2025-10-12",
        "user_emails_filter": ["ann@example.com"],
        "fetched_at": "2025-10-13T08:00:00Z",
        "time_entries": [
            {
                "id": 5_000_000_000,
                "user_id": 1,
                "username": "Ann Lee",
                "user_email": None,
                "description": "Früh — 😀",
                "start": "2025-10-06T09:00:00+02:00",
                "stop": "2025-10-06T09:01:30+02:00",
                "duration": 90,
                "project_id": 9000000001,
                "project_name": "Volt",
                "tags": ["a", "b"],
                "billable": False,
            }
        ],
        "statistics": {"total_entries": 1, "total_duration_seconds": 90},
    }


def test_aggregated_time_names_entities_as_the_tags_do(stored, write):
    stored.entry(BUG, 60, project="Other")
    stored.entry(BUG, 30, day=SUNDAY)
    stored.entry("Fix login #5 [Scrum] [Sub-bug] [Moneyball]", 20)
    stored.entry("Buy milk #8 [To Do] [Home]", 10)
    stored.entry("What #9 [Scrum] [Mars]", 9)
    stored.entry("about #5", 5)
    stored.entry(None, 4)
    stored.weeks()
    stored.entity("5")
    stored.entity("5", "Scrum/Sub-bug", fits="Scrum/Bug")
    stored.entity("8", "To Do/Home", fits="To-dos/To-do", tag_type="To-do", tag_project="Home")
    stored.entity("9", "Scrum/Mars", fits=None, tag_type=None, tag_project="Mars")
    aggregated = write()["toggl_aggregated"]

    def entity(number, space, kind, project, seconds, entries):
        return {
            "entity_id": number,
            "entity_database": space,
            "entity_type": kind,
            "project": project,
            "duration_seconds": seconds,
            "entries_count": entries,
        }

    statistics = {
        "total_duration_seconds": 138,
        "matched_duration_seconds": 129,
        "unmatched_duration_seconds": 9,
        "total_entries": 7,
        "matched_entries": 5,
        "unmatched_entries": 2,
    }
    assert aggregated == {
        "run_id": "run_2025-10-13-09-30-00",
        "users": {
            "ann@example.com": {
                "user_email": "ann@example.com",
                "username": "Ann Lee",
                "matched_entities": [
                    entity("5", "Scrum", "Bug", "Moneyball", 90, 2),
                    entity("5", "Scrum", "Sub-bug", "Moneyball", 20, 1),
                    entity("8", "To Do", "To-do", "Home", 10, 1),
                    entity("9", "Scrum", None, "Mars", 9, 1),
                ],
                "unmatched_activities": [
                    {"description": "about #5", "duration_seconds": 5, "entries_count": 1},
                    {"description": None, "duration_seconds": 4, "entries_count": 1},
                ],
                "statistics": statistics,
            }
        },
        "statistics": {"total_users": 1, "total_entities": 4, **statistics},
    }


def test_a_person_without_an_address_is_keyed_by_id(stored, write):
    stored.people[2] = ("Ben Ode", None)
    stored.people[3] = ("Ann Lee", "ann@example.com")  # an address that two people have
    for user in (1, 2, 3):
        stored.entry("Meeting", user=user)
    stored.people[4] = ("Cy", "cy@example.com")
    stored.entry("Still running", None, user=4)  # has a report, and no time to aggregate
    stored.weeks()
    users = write()["toggl_aggregated"]["users"]
    assert {key: user["user_email"] for key, user in users.items()} == {
        "ann@example.com": "ann@example.com",
        "2": None,
        "3": "ann@example.com",
    }


def test_enriched_data_holds_each_entity_once_with_its_answer(stored, write):
    for number in (5, 6, 7, 8):
        stored.entry(f"A #{number} [Scrum] [Bug] [P]")
    stored.entry("A #5 [Scrum] [Sub-bug] [P]")
    stored.weeks()
    stored.entity("5", state="Open", state_final=False, actual_start=MONDAY, fibery_id="u-u-i-d", configured=False)
    stored.entity("5", "Scrum/Sub-bug", fits="Scrum/Bug", status="failed", problems=["Fibery timed out"])
    stored.entity("6", status="not_found")
    stored.entity("7", status="failed", problems=["Fibery timed out"])
    stored.entity("8", fits=None, configured=False)
    entities = write()["enriched_data"]["entities"]
    keys = "entity_id entity_type database public_id fibery_id name status configured url enriched_data enriched_at"
    assert all(list(entity) == keys.split() for entity in entities)
    assert [(entity["entity_id"], entity["status"], entity["configured"]) for entity in entities] == [
        ("5", "found", False),
        ("6", "not_found", True),
        ("7", "failed", True),
        ("8", "not_configured", False),
    ]
    found, missing, failed, _ = entities
    assert found["enriched_at"] == "2025-10-13T08:00:00Z"
    assert found["enriched_data"]["state"] == "Open"
    assert found["enriched_data"]["actual_start"] == "2025-10-06"
    assert (found["entity_type"], found["database"], found["fibery_id"]) == ("Scrum/Bug", "Scrum", "u-u-i-d")
    assert missing["enriched_data"] is None
    assert failed["enriched_data"] == {"problems": ["Fibery timed out"]}


def test_a_folder_holds_exactly_the_days_and_people_asked_for(stored, folder, write):
    tuesday, next_monday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=7)
    for day in (MONDAY, tuesday, next_monday, next_monday + timedelta(days=1)):
        for user in (1, 2):
            stored.entry(f"A #{day.day} [Scrum] [Bug] [P]", 60, user=user, day=day)
    stored.weeks(MONDAY, next_monday)
    for day in (MONDAY, tuesday):
        stored.entity(str(day.day))
    for day in (next_monday, next_monday + timedelta(days=1)):
        stored.entity(str(day.day), week=next_monday)
    content = write(tuesday, next_monday, [2], ["ben@example.com"])
    assert [entry["start"][:10] for entry in content["raw_toggl_data"]["time_entries"]] == ["2025-10-07", "2025-10-13"]
    assert list(content["toggl_aggregated"]["users"]) == ["ben@example.com"]
    assert [entity["entity_id"] for entity in content["enriched_data"]["entities"]] == ["7", "13"]
    assert "reports/individual/ann_lee.md" not in files(folder)
    # One report for the whole period.
    assert (folder / "reports/individual/ben_ode.md").read_text().startswith("# Ben Ode: 7–13 October 2025")
    assert "7–13 October 2025" in (folder / "reports/toggl_summary.md").read_text()


def test_writing_twice_gives_the_same_bytes(stored, folder, write):
    for user in (1, 2, 3):
        for number in (5, 10, 9):
            stored.entry(f"A #{number} [Scrum] [Bug] [P]", 60, user=user)
    stored.weeks()

    def content():
        write()
        return {name: (folder / name).read_bytes() for name in files(folder)}

    assert content() == content()


def statistics_of(stored, users):
    with PreparedPeriod(stored.connection, MONDAY, SUNDAY, users) as prepared:
        return statistics(prepared)


def test_statistics_count_what_had_ended(stored):
    stored.entry(BUG, 60)
    stored.entry(BUG, 40, user=2)
    stored.entry("Gone #9 [Scrum] [Bug] [P]", 20)
    stored.entry("Meeting", 5)
    stored.entry("Meeting", None)
    stored.weeks()
    stored.entity("5")
    stored.entity("9", status="not_found")
    assert statistics_of(stored, None) == {
        "entries": 4,
        "running_entries": 1,
        "people": 2,
        "entities": 2,
        "entities_found": 1,
        "tracked_seconds": 125,
        "linked_seconds": 120,
        "other_seconds": 5,
    }
    assert statistics_of(stored, [2])["tracked_seconds"] == 40


@pytest.fixture
def computed(monkeypatch) -> list[int]:
    """A mark for each time that facts are computed for a folder."""
    times = []

    def counted(*arguments, **options):
        times.append(1)
        return period_facts(*arguments, **options)

    monkeypatch.setattr(run_folder, "period_facts", counted)
    return times


def contents(folder) -> dict[str, str]:
    return {name: (folder / name).read_text() for name in files(folder)}


def test_a_whole_week_just_reported_on_is_taken_from_its_weekly_reports_and_is_the_same(
    stored, folder, write, computed
):
    stored.entry(BUG, user=1)
    stored.entry("Meeting", user=3)
    stored.entry(None, 611, user=2)
    stored.entry("Still at it", None, user=2)
    stored.weeks()
    stored.entity("5", estimate_seconds=1800)
    reports = Reports(stored)
    written = [Sentence(parts=["A model wrote this."], by="model")]
    reports.make(write=lambda drafts: [Prose(summary=written, tokens=5) for _ in drafts])
    write()
    as_computed = contents(folder)
    assert "A model wrote this." in as_computed["reports/team_summary.md"]
    assert computed == [1]
    write(just_reported=True)
    assert contents(folder) == as_computed
    assert computed == [1]


@pytest.mark.parametrize("asked_for", [{"first": MONDAY + timedelta(days=1)}, {"users": [1]}])
def test_other_days_and_some_people_are_computed(stored, write, computed, asked_for):
    stored.entry("Meeting", day=SUNDAY)
    stored.weeks()
    Reports(stored).make()
    write(**asked_for, just_reported=True)
    assert computed == [1]


def test_a_week_whose_reports_have_facts_of_an_earlier_form_is_computed(stored, write, computed):
    stored.entry("Meeting")
    stored.weeks()
    Reports(stored).make()
    stored.connection.execute("UPDATE team_report SET facts = json_merge_patch(facts, '{\"schema_version\": 1}')")
    write(just_reported=True)
    assert computed == [1]


def test_facts_that_were_computed_before_the_folder_are_used_as_long_as_they_hold(
    stored, folder, write, facts_of, computed
):
    stored.entry(BUG, 60)
    stored.weeks()
    stored.entity("5")
    known = facts_of()
    write()
    as_computed = contents(folder)
    write(facts=known)
    assert contents(folder) == as_computed
    assert computed == [1]
    fetched_again = "2025-10-13 09:00:00"
    for table in ("toggl_weeks", "enriched_entities"):
        stored.connection.execute(f"UPDATE {table} SET fetched_at = ?", [fetched_again])
        write(facts=known)
        known = facts_of()
    assert computed == [1, 1, 1]
