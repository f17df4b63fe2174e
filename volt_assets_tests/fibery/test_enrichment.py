"""What Fibery says of references: found or not, values, candidates, failures, and how many requests it takes."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from volt_assets.errors import ServiceError, ServiceRefused, ServiceUnreachable
from volt_assets.fibery.client import FiberyClient
from volt_assets.fibery.configuration import EnrichmentConfig, TypeConfig, load_enrichment_config
from volt_assets.fibery.enrichment import enrich
from volt_assets.fibery.entity_query import entity_query
from volt_assets.fibery.references import resolve
from volt_assets.fibery.schema import Schema
from volt_assets.http import MockTransport, Response
from volt_assets.sandbox.company import Company, TogglWorkspace
from volt_assets.sandbox.company.databases import FINISHED, NOT_STARTED, Database
from volt_assets.sandbox.company.platform import add_user, new_workspace
from volt_assets.sandbox.faults import BAD_GATEWAY, COMMANDS_TIME_OUT, FIBERY_TOO_MANY, Fault
from volt_assets.sandbox.fibery.schema import schema_json
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets.settings import FiberyAccess
from volt_assets.toggl.descriptions import parse
from volt_assets.warehouse import connect, insert_rows, read_rows
from volt_assets_tests.fibery.conftest import CONFIG_FILE, database, field, schema_of
from volt_assets_tests.work_log import company_of, of_busiest_week, read_entities, read_entries

CREATED = "2025-09-01T08:00:00.000Z"
PLAIN = load_enrichment_config(CONFIG_FILE)


async def _no_sleep(_: float) -> None:
    pass


@pytest.fixture(scope="module")
def company() -> Company:
    """A few databases with the traps of real ones; number 7 exists in three of them."""
    workspace = new_workspace("acme")
    ann, ben = add_user(workspace, "Ann", "ann@acme.example"), add_user(workspace, "Ben", "ben@acme.example")
    states = {"Open": NOT_STARTED, "Done": FINISHED}

    feature = Database(workspace, "Scrum/Feature", title="name")
    feature.workflow(states)
    feature.add(3, "Accounts", created=CREATED, state="Open")

    task = Database(workspace, "Scrum/Task")
    task.workflow(states)
    task.assignees()
    task.comments()
    task.views()
    task.rich_text("Description")
    task.rich_text("Acceptance Criteria")
    task.relation("Feature", feature, back="Tasks")
    task.lookup("Feature State", ["Scrum/Feature", "workflow/state"], "workflow/state_Scrum/Feature")
    task.select("Labels", ["red", "blue"], multiple=True)
    task.select("Severity", ["high", "low"])
    task.field("Estimate Hours", "fibery/decimal")
    task.field("Planned Dates", "fibery/date-range")
    task.field("Started At", "fibery/date-time")
    task.field("Completed On", "fibery/date")
    task.field("Story Points", "fibery/int")
    task.field("Sprint", "fibery/text")
    task.toggl(" [Scrum] [Task]", None)
    full = task.add(
        7,
        "Fix login",
        created=CREATED,
        state="Done",
        description=("Description", "Steps **here**"),
        assignees=[ann, ben],
        Feature=feature.workspace.entity("Scrum/Feature", 3),
        Labels=["red", "blue"],
        Severity="high",
        **{
            "Estimate Hours": 1.5,
            # The end of a range is not part of it.
            "Planned Dates": {"start": "2025-10-01", "end": "2025-10-04"},
            "Started At": "2025-10-02T22:30:00.000Z",
            "Completed On": "2025-10-05",
            "Story Points": 3,
        },
    )
    task.comment(full, ben, "2025-10-03T09:00:00.000Z", "Second")
    task.comment(full, ann, "2025-10-02T09:00:00.000Z", "First")
    task.add(8, "Bare", created=CREATED, state="Open")

    bug = Database(workspace, "Scrum/Bug", title="name")
    bug.workflow(states)
    bug.add(7, "Crash", created=CREATED, state="Open")
    bug.toggl(" [Scrum] [Bug]", None)

    chore = Database(workspace, "Scrum/Chore")
    chore.add(7, "Sweep", created=CREATED)

    for name, label in (("Scrum/Build", " [Scrum] [Release]"), ("Scrum/Release", None)):
        release = Database(workspace, name)
        release.add(9, f"{name} nine", created=CREATED)
        release.add(10 if label else 11, f"{name} alone", created=CREATED)
        if label:
            release.toggl(label, None)
    return Company(TogglWorkspace(name="acme"), workspace)


@pytest.fixture
def sandbox(company: Company) -> Iterator[Sandbox]:
    with start_sandbox(company, SandboxSettings(fibery_limits=False)) as running:
        yield running


def reference(public_id: str, *label: str, **more: Any) -> dict[str, Any]:
    """A reference as the asset hands it over, but for its candidates."""
    return {"public_id": public_id, "label": list(label), "space": label[0], "type": label[-1], "title": None} | more


def ask(
    sandbox: Sandbox | Callable[[Any], Any],
    references: Sequence[dict[str, Any]],
    config: EnrichmentConfig = PLAIN,
    *,
    schema: Schema | None = None,
    requests: Counter[str] | None = None,
    **options: Any,
) -> list[dict[str, Any]]:
    """Enrich references from a sandbox, or from a function that answers requests."""
    if isinstance(sandbox, Sandbox):
        access, transport = FiberyAccess(sandbox.ready["fibery_url"], SecretStr(sandbox.settings.fibery_token)), None
    else:
        access, transport = FiberyAccess("https://acme.fibery.io", SecretStr("t")), MockTransport(sandbox)

    async def main() -> list[dict[str, Any]]:
        async with FiberyClient(access, requests=requests, transport=transport, sleep=_no_sleep, pace=None) as client:
            known = schema or (await client.schema(None))[0]
            resolved = [
                each | {"candidates": list(resolve(each["label"], known, config).candidates)} for each in references
            ]
            return await enrich(resolved, known, config, client, **({"web_url": "https://acme.fibery.io"} | options))

    return asyncio.run(main())


def config_of(tmp_path: Path, text: str) -> EnrichmentConfig:
    file = tmp_path / "enrichment_config.yaml"
    file.write_text(text)
    return load_enrichment_config(file)


# What is found, and what of it is read


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"decimals": "string", "empty_collection": "null", "null_relation": "null", "documents_order": "as requested"},
        {"unknown_secret": "null"},
    ],
    ids=["likely", "other readings", "unknown secrets"],
)
def test_an_entity_is_read_alike_whichever_way_fibery_prints_it(company: Company, switches: dict[str, Any]):
    with start_sandbox(company, SandboxSettings(fibery_limits=False, **switches)) as running:
        full, bare = ask(running, [reference("7", "Scrum", "Task"), reference("8", "Scrum", "Task")])
    assert full.pop("fibery_id")
    assert full.pop("probe")
    assert full == {
        "public_id": "7",
        "label": ["Scrum", "Task"],
        "status": "found",
        "entity_type": "Scrum/Task",
        "configured": True,
        "name": "Fix login",
        "url": "https://acme.fibery.io/Scrum/Task/7",
        "state": "Done",
        "state_final": True,
        "state_kind": "final",
        "planned_start": date(2025, 10, 1),
        "planned_end": date(2025, 10, 3),
        "actual_start": date(2025, 10, 2),
        "actual_end": date(2025, 10, 5),
        "estimate_seconds": 5400,
        "assignees": [
            {"name": "Ann", "email": "ann@acme.example"},
            {"name": "Ben", "email": "ben@acme.example"},
        ],
        "parents": [
            {
                "type": "Scrum/Feature",
                "public_id": "3",
                "fibery_id": company.fibery.by_public_id("Scrum/Feature")["3"].values["fibery/id"],
                "name": "Accounts",
                "url": "https://acme.fibery.io/Scrum/Feature/3",
                "state": "Open",
                "state_final": False,
                "items": 1,
                "items_done": 1,
            }
        ],
        "description": "Steps **here**",
        "comments": [
            {"author": "Ann", "created_at": "2025-10-02T09:00:00.000Z", "text": "First"},
            {"author": "Ben", "created_at": "2025-10-03T09:00:00.000Z", "text": "Second"},
        ],
        "fields": {"Story Points": 3, "Sprint": None, "Acceptance Criteria": ""},
        "missing": [],
        "problems": ['Scrum/Task has no field "Epic".'],
    }
    assert {key: bare[key] for key in ("status", "state", "estimate_seconds", "parents", "assignees", "comments")} == {
        "status": "found",
        "state": "Open",
        "estimate_seconds": None,
        "parents": [],
        "assignees": [],
        "comments": [],
    }
    assert bare["description"] == ""
    assert bare["missing"] == ["assignees", "estimate", "description"]


def test_the_same_number_in_three_types_is_three_entities(sandbox: Sandbox):
    rows = ask(
        sandbox, [reference("7", "Scrum", "Chore"), reference("7", "Scrum", "Bug"), reference("7", "Scrum", "Task")]
    )
    assert [(row["entity_type"], row["name"]) for row in rows] == [
        ("Scrum/Chore", "Sweep"),
        ("Scrum/Bug", "Crash"),
        ("Scrum/Task", "Fix login"),
    ]


def test_what_a_type_does_not_have_is_unknown_and_no_problem(sandbox: Sandbox):
    (chore,) = ask(sandbox, [reference("7", "Scrum", "Chore")])
    assert chore["status"] == "found"
    assert not chore["configured"]
    for column in ("state", "state_final", "assignees", "comments", "description", "planned_end", "estimate_seconds"):
        assert chore[column] is None
    assert chore["missing"] == chore["problems"] == []


def test_a_missing_entity_a_missing_type_and_one_not_to_be_fetched_are_distinguished(sandbox: Sandbox, tmp_path: Path):
    references = [
        reference("999", "Scrum", "Task"),
        reference("1", "Sales", "Lead"),
        reference("1", "Sales", type=None),
        reference("7", "Scrum", "Bug"),
        reference("7", "Scrum", "Task"),
    ]
    config = config_of(tmp_path, "enrichment_activities: {default: null, Scrum/Task: {}}")
    rows = ask(sandbox, references, config)
    assert [(row["status"], row["entity_type"], row["configured"]) for row in rows] == [
        ("not_found", "Scrum/Task", True),
        ("not_configured", "Sales/Lead", False),
        ("not_configured", "Sales", False),
        ("not_configured", "Scrum/Bug", False),
        ("found", "Scrum/Task", True),
    ]
    assert "fits no database" in rows[1]["problems"][0]
    assert "no key for it and no default" in rows[3]["problems"][0]
    assert all(row["name"] is None and row["comments"] is None for row in rows[:4])


def test_an_alias_to_a_database_that_is_not_there_says_so(sandbox: Sandbox, tmp_path: Path):
    config = config_of(tmp_path, 'aliases: {"[To Do]": Scrum/Chores}')
    (row,) = ask(sandbox, [reference("7", "To Do")], config)
    assert row["status"] == "not_configured"
    (problem,) = row["problems"]
    assert problem.startswith("The configuration says that [To Do] is Scrum/Chores, and Fibery has no such database.")
    assert problem.endswith("The nearest is Scrum/Chore.")


def test_a_new_type_needs_configuration_and_no_code(sandbox: Sandbox, tmp_path: Path):
    config = config_of(
        tmp_path,
        """
enrichment_activities:
  Scrum/Task:
    activity: ours
    fields: [Severity, Labels, Feature, Feature State, Creation Date, Acceptance Criteria, Planned Dates, Documents]
presets:
  ours:
    state: Severity
    estimate: {fields: Story Points, unit: points, hours_per_unit: 2}
    dates: {actual_end: [Nothing Of The Kind, Started At]}
""",
    )
    (row,) = ask(sandbox, [reference("7", "Scrum", "Task")], config, zone=ZoneInfo("Europe/Berlin"))
    assert (row["state"], row["state_final"], row["estimate_seconds"]) == ("high", None, 6 * 3600)
    # 22:30 in UTC is the next day in Berlin.
    assert row["actual_end"] == date(2025, 10, 3)
    assert sorted(row["fields"].pop("Labels")) == ["blue", "red"]
    assert row["fields"] == {
        "Severity": "high",
        "Feature": "Accounts",
        "Feature State": "Open",
        "Creation Date": CREATED,
        "Acceptance Criteria": "",
        "Planned Dates": {"start": "2025-10-01", "end": "2025-10-04"},
    }
    assert row["assignees"] is row["comments"] is row["description"] is row["parents"] is None
    # Views are in the schema, and no query can read them.
    assert len(row["problems"]) == 1
    assert row["problems"][0].startswith("the field Documents was left out: ")


def test_an_estimate_in_days_is_hours_by_the_day(sandbox: Sandbox, tmp_path: Path):
    for unit, hours in (("hours", 1.5), ("days", 12), ("days, hours_per_unit: 6", 9)):
        config = config_of(
            tmp_path,
            f"enrichment_activities: {{default: {{activity: p}}}}\n"
            f"presets: {{p: {{estimate: {{fields: [Gone, Estimate Hours], unit: {unit}}}}}}}",
        )
        (row,) = ask(sandbox, [reference("7", "Scrum", "Task")], config)
        assert row["estimate_seconds"] == hours * 3600


def test_a_number_that_fibery_shows_in_another_unit_is_no_estimate_in_hours():
    of_hours = {"fibery/types": [database("A/B", field("A/Estimate", "fibery/int", unit="h"))]}
    of_points = {"fibery/types": [database("A/B", field("A/Estimate", "fibery/int", unit="Point"))]}
    assert (
        "estimate"
        in entity_query(Schema.from_api(of_hours), "A/B", PLAIN.default).command([])["args"]["query"]["q/select"]
    )
    assert (
        "estimate"
        not in entity_query(Schema.from_api(of_points), "A/B", PLAIN.default).command([])["args"]["query"]["q/select"]
    )


def test_a_name_of_several_fields_is_a_problem_and_the_rest_is_read():
    schema = schema_of(database("A/B", field("A/WEEKDAY"), field("A/Weekday"), field("A/Size", "fibery/int")))
    config = EnrichmentConfig({"A/B": TypeConfig(PLAIN.default.preset, 1, ("weekday", "size"))}, None, {})

    def fibery(request: Any) -> Response:
        return Response(200, json=[{"success": True, "result": [{"id": "x", "public_id": 1, "field2": "1.79"}]}])

    (row,) = ask(fibery, [reference("1", "A", "B")], config, schema=schema)
    assert row["fields"] == {"size": 1.79}
    assert "several fields" in row["problems"][0]


def test_a_value_that_cannot_be_read_is_a_problem_of_its_own():
    schema = schema_of(database("A/B", field("A/Due Date", "fibery/date"), field("A/Estimate Hours", "fibery/decimal")))
    answer = {"id": "x", "public_id": "1", "name": "N", "planned_end": "soon", "estimate": "NaN"}
    (row,) = ask(
        lambda request: Response(200, json=[{"success": True, "result": [answer, None]}]),
        [reference("1", "A", "B")],
        schema=schema,
    )
    assert (row["status"], row["name"], row["planned_end"], row["estimate_seconds"]) == ("found", "N", None, None)
    assert len(row["problems"]) == 2


def test_a_collection_as_long_as_was_requested_may_be_longer_and_odd_values_lose_nothing_else():
    types = [database("A/B", field("comments/comments", "comments/comment", collection=True))]
    types[0]["fibery/fields"].append(field("assignments/assignees", "fibery/user", collection=True))
    full = {"id": "x", "public_id": "1", "comments": [{"created": "c"}] * 100, "assignees": []}
    odd = {"id": "y", "public_id": "2", "name": "Odd", "comments": "none", "assignees": ["Ann"]}
    rows = ask(
        lambda request: Response(200, json=[{"success": True, "result": {"data": [full, odd]}}]),
        [reference("1", "A", "B"), reference("2", "A", "B")],
        schema=schema_of(*types),
    )
    assert rows[0]["problems"] == ["the comments may be more than the 100 that were read."]
    assert rows[1]["problems"] == ["the assignees cannot be read: it came in an unknown form."]
    assert (rows[1]["name"], rows[1]["comments"]) == ("Odd", [])


def test_rows_of_every_status_fit_the_warehouse(sandbox: Sandbox, tmp_path: Path):
    rows = ask(
        sandbox, [reference("7", "Scrum", "Task"), reference("9", "Scrum", "Task"), reference("1", "No", "Where")]
    )
    connection = connect(tmp_path / "warehouse.duckdb")
    stored_at = {"week": date(2025, 10, 6), "fetched_at": datetime(2025, 10, 13)}
    insert_rows(connection, "enriched_entities", [row | stored_at for row in rows])
    stored = read_rows(connection, "SELECT * FROM enriched_entities")
    connection.close()
    # Whether its history was given is known later.
    assert stored == [row | stored_at | {"history_since": None} for row in rows]


def test_a_misspelt_type_in_the_configuration_is_reported(
    sandbox: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    config = config_of(tmp_path, "enrichment_activities: {Scrum/Taks: {}, Product/Feature: {}}")
    ask(sandbox, [reference("7", "Scrum", "Task")], config)
    assert [record.message for record in caplog.records if "key" in record.message] == [
        'Fibery: the configuration has a key "Scrum/Taks", and there is no such database. Is it "Scrum/Task"?'
    ]


# Several candidates


@pytest.mark.parametrize(
    ("public_id", "hints", "entity_type", "uncertain"),
    [
        ("9", {"description": "Scrum/Build nine #9 [Scrum] [Release]"}, "Scrum/Build", False),
        ("9", {"title": "Scrum/Build nine"}, "Scrum/Build", False),
        ("9", {"title": "Scrum/Release  nine"}, "Scrum/Release", False),
        ("9", {"title": "Renamed since"}, "Scrum/Build", True),
        ("10", {"title": "Renamed since"}, "Scrum/Build", False),
        ("11", {"title": "Renamed since"}, "Scrum/Release", False),
    ],
)
def test_of_several_databases_the_one_whose_entity_was_meant_is_taken(
    sandbox: Sandbox, public_id: str, hints: dict[str, str], entity_type: str, uncertain: bool
):
    (row,) = ask(sandbox, [reference(public_id, "Scrum", "Release", **hints)])
    assert (row["status"], row["entity_type"]) == ("found", entity_type)
    assert ["can be several" in problem for problem in row["problems"]] == [True] * uncertain


def test_an_entity_in_none_of_its_candidates_is_not_found(sandbox: Sandbox):
    (row,) = ask(sandbox, [reference("404", "Scrum", "Release")])
    assert (row["status"], row["entity_type"]) == ("not_found", "Scrum/Build")


# Requests


def test_a_weeks_entities_of_many_types_take_one_request_for_the_schema_and_one_for_the_entities(log_folder: Path):
    week = of_busiest_week(read_entries(log_folder))
    expected = {entry.reference for entry in week} - {None}
    types = {(space, database) for _, space, database in expected}
    assert len(types) > 5
    entities = read_entities(log_folder)
    read = (parse(entry.description) for entry in week)
    parsed = {(each.public_id, each.label): each for each in read if each.linked}
    references = [reference(public_id, *label, title=each.title) for (public_id, label), each in parsed.items()]
    progress, requests = [], Counter()
    with start_sandbox(company_of(log_folder)) as running:
        rows = ask(running, references, requests=requests, on_progress=lambda *counts: progress.append(counts))
        log = [(each["method"], each["path"], each["status"]) for each in running.requests]
    assert log == [("GET", "/api/schema", 200), ("POST", "/api/commands", 200)]
    assert requests == {"fibery": 2}
    assert {(row["public_id"], *row["entity_type"].split("/")) for row in rows} == expected
    assert len(rows) == len(expected)
    assert progress[0] == (0, len(expected))
    assert progress[-1] == (len(expected), len(expected))
    for row in rows:
        entity = entities[row["public_id"], *row["entity_type"].split("/")]
        assert row["status"] == "found"
        assert (row["name"], row["state"]) == (entity["Name"], entity["State"])
        assert row["estimate_seconds"] == (float(entity["Estimate Hours"]) * 3600 if entity["Estimate Hours"] else None)
        assert [str(row["actual_start"]), str(row["actual_end"])] == [
            entity["Started On"] or "None",
            entity["Completed On"] or "None",
        ]
        assert [person["email"] for person in row["assignees"]] == list(filter(None, [entity["Assignee Email"]]))


def test_the_generated_company_takes_a_request_per_100_documents_and_nothing_of_it_is_lost():
    generated = generated_company(seed=1, until=date(2026, 3, 1))
    parsed = {
        (each.public_id, each.label): each
        for each in (parse(entry.description) for entry in generated.toggl.entries.values())
        if each.linked
    }
    references = [reference(public_id, *label, title=each.title) for (public_id, label), each in parsed.items()]
    progress: list[tuple[int, int]] = []
    with start_sandbox(generated, SandboxSettings(fibery_limits=False)) as running:
        rows = ask(running, references, on_progress=lambda *counts: progress.append(counts))
        log = Counter(each["path"] for each in running.requests)
    assert [row["public_id"] for row in rows] == [each["public_id"] for each in references]
    done, total = progress[-1]
    assert done == total
    documents = total - progress[0][1]
    assert documents > 100
    assert log == {"/api/schema": 1, "/api/commands": 2, "/api/documents/commands": -(-documents // 100)}
    found = [row for row in rows if row["status"] == "found"]
    assert Counter(row["status"] for row in rows) == {
        "found": len(found),
        "not_found": sum(row["status"] == "not_found" for row in rows),
        "not_configured": sum(row["status"] == "not_configured" for row in rows),
    }
    by_type = {row["entity_type"]: row for row in found}
    assert {"Scrum/Build", "Product Management/Request", "Design/Design Feature", "To-dos/To-do"} <= by_type.keys()
    assert {"Design/Work Version", "Design/Old Work Version"} <= by_type.keys()
    tasks = [row for row in found if row["entity_type"] == "Scrum/Task"]
    for column in ("planned_start", "planned_end", "actual_start", "actual_end", "estimate_seconds", "parents"):
        assert any(row[column] is not None for row in tasks), column
    chains = {row["entity_type"]: [above["type"] for above in row["parents"]] for row in found if row["parents"]}
    assert chains["Scrum/Task"] == ["Scrum/Feature", "Scrum/Epic"]
    assert chains["Scrum/Feature"] == ["Scrum/Epic"]
    assert chains["Scrum/Sub-bug"][0] in ("Scrum/Task", "Scrum/Bug")
    above = [each for row in found for each in row["parents"] or []]
    assert all(0 <= each["items_done"] <= each["items"] for each in above)
    assert any(0 < each["items_done"] < each["items"] for each in above)
    assert all(row["description"] is not None for row in tasks)
    assert any(comment["text"] for row in tasks for comment in row["comments"])


def test_the_invented_company_has_all_that_the_configuration_requests():
    workspace = generated_company(seed=1, until=date(2026, 3, 1)).fibery
    schema = Schema.from_api(schema_json(workspace, with_deleted=False))
    requested = {name: PLAIN.of(name) for name in schema.databases}
    assert {"Scrum/Task", "Scrum/Bug"} <= requested.keys()
    problems = {name: entity_query(schema, name, of_type).problems for name, of_type in requested.items() if of_type}
    assert {name: found for name, found in problems.items() if found} == {}


def test_texts_are_requested_only_where_the_configuration_has_them(sandbox: Sandbox, tmp_path: Path):
    config = config_of(tmp_path, "enrichment_activities: {Scrum/Task: {activity: p}}\npresets: {p: {state: State}}")
    ask(sandbox, [reference("7", "Scrum", "Task")], config)
    assert [each["path"] for each in sandbox.requests] == ["/api/schema", "/api/commands"]
    sandbox.forget()
    ask(sandbox, [reference("7", "Scrum", "Task")])
    # The other commands are about the feature that the task is part of.
    paths = [each["path"] for each in sandbox.requests]
    assert paths[:2] == ["/api/schema", "/api/commands"]
    assert sorted(paths[2:]) == ["/api/commands", "/api/documents/commands"]


def test_without_references_nothing_is_requested(sandbox: Sandbox):
    assert ask(sandbox, [], schema=schema_of()) == []
    assert ask(sandbox, [reference("1", "No", "Where")], schema=schema_of())[0]["status"] == "not_configured"
    assert sandbox.requests == []


def test_an_entity_with_two_labels_is_requested_once_and_reported_twice(sandbox: Sandbox, tmp_path: Path):
    config = config_of(tmp_path, 'aliases: {"[Work]": Scrum/Task}')
    rows = ask(sandbox, [reference("7", "Work"), reference("7", "Scrum", "Task")], config)
    assert [row["label"] for row in rows] == [["Work"], ["Scrum", "Task"]]
    assert rows[0]["fibery_id"] == rows[1]["fibery_id"]
    assert rows[0]["description"] == rows[1]["description"] == "Steps **here**"


class Scripted:
    """A Fibery of one database that holds whatever number is requested; each entity has one comment."""

    schema = schema_of(
        database("A/B", field("comments/comments", "comments/comment", collection=True)), database("C/D")
    )

    def __init__(self, fails: Callable[[str, list[str]], dict[str, Any] | None] = lambda type_name, ids: None):
        self.fails = fails
        self.in_flight = self.most_in_flight = 0
        self.commands: list[list[tuple[str, list[str]]]] = []

    async def __call__(self, request: Any) -> Response:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        for _ in range(5):
            await asyncio.sleep(0)
        self.in_flight -= 1
        body = json.loads(request.content)
        if "documents" in request.url.path:
            return Response(200, json=[{"secret": arg["secret"], "content": "text"} for arg in body["args"]])
        requested = [(each["args"]["query"]["q/from"], each["args"]["params"]["$ids"]) for each in body]
        self.commands.append(requested)
        return Response(
            200,
            json=[self.fails(*command) or {"success": True, "result": self.rows(command[1])} for command in requested],
        )

    @staticmethod
    def rows(ids: Iterable[str]) -> list[dict[str, Any]]:
        return [{"id": each, "public_id": each, "name": each, "comments": [{"secret": f"s{each}"}]} for each in ids]


@pytest.mark.parametrize(("limit", "expected"), [(1, 1), (2, 2), (9, 4)])
def test_at_most_max_concurrent_requests_are_in_flight_for_a_type(tmp_path: Path, limit: int, expected: int):
    config = config_of(tmp_path, f"enrichment_activities: {{default: {{max_concurrent: {limit}}}}}")
    fibery = Scripted()
    rows = ask(fibery, [reference(str(number), "A", "B") for number in range(400)], config, schema=Scripted.schema)
    assert all(row["comments"][0]["text"] == "text" for row in rows)
    assert fibery.most_in_flight == expected


def test_ids_go_in_chunks_of_500_and_commands_in_arrays_of_50():
    fibery = Scripted()
    schema = schema_of(database("A/B"))
    rows = ask(fibery, [reference(str(number), "A", "B") for number in range(26_000)], schema=schema)
    assert [len(commands) for commands in sorted(fibery.commands, key=len)] == [2, 50]
    assert {len(ids) for commands in fibery.commands for _, ids in commands} == {500}
    assert Counter(row["status"] for row in rows) == {"found": 26_000}


# Failures


def test_too_many_requests_and_a_bad_gateway_are_absorbed(sandbox: Sandbox):
    schema = Schema.from_api(_schema_of(sandbox))
    sandbox.fail_next("/api/commands", FIBERY_TOO_MANY, times=2)
    sandbox.fail_next("/api/documents", BAD_GATEWAY)
    requests = Counter()
    (row,) = ask(sandbox, [reference("7", "Scrum", "Task")], schema=schema, requests=requests)
    assert row["description"] == "Steps **here**"
    assert requests == {"fibery": 6}


def test_a_timeout_is_tried_again_in_halves(sandbox: Sandbox):
    sandbox.fail_next("/api/commands", COMMANDS_TIME_OUT)
    rows = ask(sandbox, [reference(number, "Scrum", "Task") for number in ("7", "8", "999")])
    assert [row["status"] for row in rows] == ["found", "found", "not_found"]


def test_what_times_out_for_ever_has_failed_and_the_rest_is_found():
    timeout = {"success": False, "result": {"name": "entity.error/x", "message": "Query timeout.", "data": {}}}
    fibery = Scripted(lambda type_name, ids: timeout if type_name == "C/D" else None)
    rows = ask(
        fibery, [reference("1", "C", "D"), reference("2", "C", "D"), reference("1", "A", "B")], schema=Scripted.schema
    )
    assert [row["status"] for row in rows] == ["failed", "failed", "found"]
    assert rows[0]["problems"] == ["Fibery could not be asked about C/D: Query timeout."]
    assert rows[0]["entity_type"] == "C/D"
    assert len(fibery.commands) == 4


@given(st.sets(st.integers(1, 500), min_size=1, max_size=40), st.integers(1, 20))
def test_however_little_fibery_manages_at_once_every_reference_gets_its_row(ids: set[int], manages: int):
    timeout = {"success": False, "result": {"message": "timed out"}}
    fibery = Scripted(lambda type_name, requested: timeout if len(requested) > manages else None)
    rows = ask(fibery, [reference(str(each), "A", "B") for each in ids], schema=Scripted.schema)
    assert [(row["public_id"], row["status"], row["name"]) for row in rows] == [(str(n), "found", str(n)) for n in ids]


def test_a_command_that_fibery_refuses_loses_its_own_type_alone():
    refusal = {
        "success": False,
        "result": {
            "name": "entity.error/schema-type-not-found",
            "message": '"C/D" database was not found.',
            "data": {"type": "C/D"},
        },
    }
    fibery = Scripted(lambda type_name, ids: refusal if type_name == "C/D" else None)
    rows = ask(fibery, [reference("1", "C", "D"), reference("1", "A", "B")], schema=Scripted.schema)
    assert [row["status"] for row in rows] == ["failed", "found"]
    assert "was not found" in rows[0]["problems"][0]
    assert len(fibery.commands) == 1


@pytest.mark.parametrize("shape", ["data.field", "data.top.field"])
def test_fields_deleted_since_the_schema_was_read_are_left_out_and_reported(shape: str):
    company = generated_company(seed=1, until=date(2026, 3, 1))
    number = next(iter(company.fibery.by_public_id("Scrum/Task")))
    with start_sandbox(company, SandboxSettings(fibery_limits=False, error_field_path=shape)) as running:
        schema = Schema.from_api(_schema_of(running))
        company.fibery.delete_field("Scrum/Task", "Scrum/Sprint")
        company.fibery.delete_field("Scrum/Feature", "workflow/state")
        (row,) = ask(running, [reference(number, "Scrum", "Task")], schema=schema)
        assert [each["path"] for each in running.requests].count("/api/commands") == 3
    assert row["status"] == "found"
    assert row["name"]
    assert row["state"]
    assert "Sprint" not in row["fields"]
    assert row["parents"] is None
    left_out = [problem for problem in row["problems"] if "was left out" in problem]
    assert sorted(problem.split(" was left out")[0] for problem in left_out) == ["the field Sprint", "the parent"]


def test_a_field_that_cannot_be_left_out_fails_its_type():
    refusal = {"success": False, "result": {"message": "no", "data": {"field": "fibery/public-id"}}}
    (row,) = ask(Scripted(lambda *_: refusal), [reference("1", "C", "D")], schema=Scripted.schema)
    assert row["status"] == "failed"


def test_a_text_that_fibery_does_not_send_is_a_problem(sandbox: Sandbox):
    sandbox.fail_next("/api/documents", Fault(200, "[]", {"content-type": "application/json"}))
    (row,) = ask(sandbox, [reference("7", "Scrum", "Task")])
    assert row["status"] == "found"
    assert row["description"] is None
    assert "the description cannot be read: Fibery did not send its document." in row["problems"]
    assert [comment["text"] for comment in row["comments"]] == [None, None]


@pytest.mark.parametrize("switch", ["max_commands", "max_documents"])
def test_a_request_that_is_too_large_is_sent_in_halves(company: Company, switch: str):
    with start_sandbox(company, SandboxSettings(fibery_limits=False, **{switch: 1})) as running:
        rows = ask(
            running, [reference("7", "Scrum", "Task"), reference("7", "Scrum", "Bug"), reference("7", "Scrum", "Chore")]
        )
    assert [row["status"] for row in rows] == ["found"] * 3
    assert [comment["text"] for comment in rows[0]["comments"]] == ["First", "Second"]


@pytest.mark.parametrize(("status", "error"), [(401, ServiceRefused), (503, ServiceUnreachable), (413, ServiceError)])
def test_a_request_that_fails_whole_is_raised(status: int, error: type[Exception]):
    def fibery(request: Any) -> Response:
        return Response(status)

    with pytest.raises(error):
        ask(fibery, [reference(str(number), "A", "B") for number in range(600)], schema=Scripted.schema)


def _schema_of(sandbox: Sandbox) -> dict[str, Any]:
    return schema_json(sandbox.company.fibery, with_deleted=False)
