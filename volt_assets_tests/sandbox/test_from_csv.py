"""A company from CSV files: what becomes of rows, wall times and states, and messages about files that do not fit."""

import re
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from volt_assets.sandbox.from_csv import ENTITY_COLUMNS, ENTRY_COLUMNS, CsvError, company_from_csv, kind_of_state
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.sandbox.conftest import served
from volt_assets_tests.work_log import BUSIEST, company_of, of_busiest_week, read_entries

ENTRY_HEAD = ",".join((*ENTRY_COLUMNS, "Amount (USD)"))
ENTITY_HEAD = ",".join(ENTITY_COLUMNS)
ENTRIES = (
    'Ada,ada@x.example,Acme,Web,,"Fix, quickly #7 [Dev] [Bug] [Web]",Yes,'
    '2026-03-04,09:00:00,2026-03-04,10:30:00,01:30:00,"a, b",5',
    "Kim,kim@x.example,,,,,No,2026-03-05,09:00:00,2026-03-05,09:00:00,00:00:00,,",
)
ENTITIES = (
    "Dev,Bug,7,Fix quickly,Done,2,1.5,2026-03-01,2026-03-04,ada@x.example,Web",
    "Dev,Bug,8,Wait,Backlog,2,4,,,,",
    "Ops,Bug,7,Other,In progress,,,2026-03-01,,someone.new@x.example,Web",
)


def company(tmp_path: Path, entries: Any = ENTRIES, entities: Any = ENTITIES, **more: Any) -> Any:
    files = []
    for name, head, rows in (("entries.csv", ENTRY_HEAD, entries), ("entities.csv", ENTITY_HEAD, entities)):
        files.append(tmp_path / name)
        files[-1].write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return company_from_csv(*files, **more)


def test_rows_become_entries_people_projects_and_tags(tmp_path: Path) -> None:
    workspace = company(tmp_path).toggl
    first, second = workspace.entries.values()
    assert second.id == first.id + 1 > 2**32
    assert [person.name for person in workspace.people.values()] == ["Ada", "Kim"]
    assert first.description == "Fix, quickly #7 [Dev] [Bug] [Web]"
    assert second.description is None
    assert first.billable
    assert [workspace.tags[tag] for tag in first.tag_ids] == ["a", "b"]
    project = workspace.projects[first.project_id]
    assert (project.name, workspace.clients[project.client_id].name) == ("Web", "Acme")
    assert (first.seconds, second.seconds) == (5_400, 0)


def test_every_database_becomes_a_type(tmp_path: Path) -> None:
    with served(company(tmp_path), SandboxSettings(fibery_limits=False)) as api:
        select = {
            "id": ["fibery/public-id"],
            "state": ["workflow/state", "enum/name"],
            "final": ["workflow/state", "workflow/Final"],
            "type": ["workflow/state", "workflow/Type"],
            "priority": ["Dev/Priority", "enum/name"],
            "hours": ["Dev/Estimate Hours"],
            "started": ["Dev/Started On"],
            "completed": ["Dev/Completed On"],
            "people": {"q/from": "assignments/assignees", "q/select": {"e": ["user/email"]}, "q/limit": 9},
            "project": ["Dev/Project", "Project management/name"],
            "secret": ["Dev/Description", "Collaboration~Documents/secret"],
            "toggl": ["Dev/Toggl"],
        }
        done, waiting = sorted(api.found("Dev/Bug", select), key=lambda row: row["id"])
        assert done == {
            "id": "7",
            "state": "Done",
            "final": True,
            "type": "Finished",
            "priority": "2",
            "hours": 1.5,
            "started": "2026-03-01",
            "completed": "2026-03-04",
            "people": [{"e": "ada@x.example"}],
            "project": "Web",
            "secret": None,
            "toggl": "Fix quickly #7 [Dev] [Bug] [Web]",
        }
        assert (waiting["type"], waiting["final"], waiting["people"]) == ("Not started", False, [])
        (other,) = api.found("Ops/Bug", {"name": ["Ops/Name"], "type": ["workflow/state", "workflow/Type"]})
        assert other == {"name": "Other", "type": "Started"}


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("Completed", "Finished"),
        ("Finished", "Finished"),
        ("Released", "Finished"),
        ("Chronicle", "Finished"),
        ("CANCELLED", "Finished"),
        ("New", "Not started"),
        ("To Do", "Not started"),
        ("Awaiting parts", "Started"),
    ],
)
def test_a_states_name_says_how_far_the_work_is(state: str, kind: str) -> None:
    assert kind_of_state(state) == kind


def entry_row(start: str, stop: str, duration: str) -> str:
    return f"Ada,ada@x.example,,,,Night,No,{start.replace(' ', ',')},{stop.replace(' ', ',')},{duration},,"


@pytest.mark.parametrize(
    ("row", "start", "stop"),
    [
        (entry_row("2026-07-01 09:00:00", "2026-07-01 10:00:00", "01:00:00"), "08:00", "09:00"),
        (entry_row("2026-03-29 00:30:00", "2026-03-29 02:30:00", "01:00:00"), "00:30", "01:30"),
        (entry_row("2026-10-25 00:30:00", "2026-10-25 01:30:00", "02:00:00"), "23:30", "01:30"),
        (entry_row("2026-10-25 01:30:00", "2026-10-25 02:30:00", "01:00:00"), "01:30", "02:30"),
        (entry_row("2026-10-25 01:30:00", "2026-10-25 02:30:00", "02:00:00"), "00:30", "02:30"),
    ],
)
def test_the_duration_tells_which_of_two_wall_times_was_meant(tmp_path: Path, row: str, start: str, stop: str) -> None:
    (entry,) = company(tmp_path, [row], timezone="Europe/London").toggl.entries.values()
    assert [datetime.fromtimestamp(at, ZoneInfo("UTC")).strftime("%H:%M") for at in (entry.start, entry.stop)] == [
        start,
        stop,
    ]


def test_a_duration_that_fits_no_reading_is_kept_as_tracked(tmp_path: Path) -> None:
    row = entry_row("2026-07-01 09:00:00", "2026-07-01 10:00:00", "00:45:00")
    (entry,) = company(tmp_path, [row]).toggl.entries.values()
    assert (entry.stop - entry.start, entry.seconds) == (3_600, 2_700)


def test_a_persons_zone_moves_days_and_offsets_but_no_instant(tmp_path: Path) -> None:
    at_home = company(tmp_path, timezone="Europe/London")
    away = company(tmp_path, timezone="Europe/London", person_timezones={"kim@x.example": "Pacific/Pitcairn"})
    assert list(away.toggl.entries.values()) == list(at_home.toggl.entries.values())
    with served(away) as api:
        rows = api.rows(start_date="2026-03-05", end_date="2026-03-05")
        assert [row["time_entries"][0]["start"] for row in rows] == ["2026-03-05T01:00:00-08:00"]


@pytest.mark.parametrize(
    ("entries", "entities", "message"),
    [
        ((entry_row("2026-07-01 9:00", "2026-07-01 10:00:00", "01:00:00"),), ENTITIES, "entries.csv, line 2"),
        ((*ENTRIES, "Ada,ada@x.example"), ENTITIES, "entries.csv, line 4: too few columns"),
        ((), ENTITIES, "entries.csv: there are no entries"),
        (ENTRIES, ("Dev,Bug,seven,Name,Done,,,,,,",), "entities.csv, line 2"),
        (ENTRIES, ("Dev,Bug,7,Name,Done,,many,,,,",), "entities.csv, line 2: Estimate Hours"),
        (ENTRIES, ("Project management,Project,7,Name,Done,,,,,,",), "Project management/Project"),
    ],
)
def test_a_file_that_does_not_fit_is_named_with_its_line(
    tmp_path: Path, entries: Any, entities: Any, message: str
) -> None:
    with pytest.raises(CsvError, match=message):
        company(tmp_path, entries, entities)


def test_a_missing_column_and_an_unknown_address_are_named(tmp_path: Path) -> None:
    (tmp_path / "short.csv").write_text("User,Email\n")
    with pytest.raises(CsvError, match="the columns Client, Project"):
        company_from_csv(tmp_path / "short.csv", tmp_path / "short.csv")
    with pytest.raises(CsvError, match=r"nobody there has the address ada@y\.example"):
        company(tmp_path, person_timezones={"ada@y.example": "UTC"})


def test_a_work_logs_week_is_in_both_apis_as_it_is_in_its_files(log_folder: Path) -> None:
    log, entries = company_of(log_folder), read_entries(log_folder)
    logged = of_busiest_week(entries)
    references = {entry.reference for entry in logged} - {None}
    assert len(log.toggl.entries) == len(entries)
    with served(log) as api:
        week = dict(zip(("start_date", "end_date"), BUSIEST, strict=True))
        by_size = {size: api.walk(page_size=size, **week) for size in (50, 1000)}
        assert by_size[50] == by_size[1000]
        rows = by_size[1000]
        assert len(rows) == len(logged)
        assert sum(row["time_entries"][0]["seconds"] for row in rows) == sum(entry.seconds for entry in logged)
        assert len({row["user_id"] for row in rows}) == len({entry.email for entry in logged})
        ids = defaultdict(set)
        for row in rows:
            if linked := re.search(r" #(\d+) \[(.+?)\] \[(.+?)\]", row["description"]):
                number, space, database = linked.groups()
                ids[f"{space}/{database}"].add(number)
        assert {(number, *name.split("/")) for name, numbers in ids.items() for number in numbers} == references
        commands = [
            {
                "command": "fibery.entity/query",
                "args": {
                    "query": {
                        "q/from": name,
                        "q/select": ["fibery/public-id"],
                        "q/limit": 1000,
                        "q/where": ["q/in", ["fibery/public-id"], "$ids"],
                    },
                    "params": {"$ids": sorted(numbers)},
                },
            }
            for name, numbers in ids.items()
        ]
        found = api.commands(commands).json()
        assert sum(len(envelope["result"]) for envelope in found) == len(references)
