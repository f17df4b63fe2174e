"""A Fibery that cannot answer a part of what is requested: the rest is found, and what was left out is reported."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from volt_assets.errors import ServiceUnreachable, TimedOut
from volt_assets.fibery.schema import Schema
from volt_assets.http import Response
from volt_assets.sandbox.faults import CONNECTION_DROPPED, INTERNAL_ERROR, INVALID_JSON, TOO_LARGE, Fault
from volt_assets.sandbox.fibery.schema import schema_json
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets.toggl.descriptions import parse
from volt_assets_tests.fibery.test_enrichment import Scripted, ask, reference

ALWAYS = 10**6
BAD_REQUEST = Fault(400, "Bad Request")
FORMS = ["whole", "message only", "error key", "text"]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    company = generated_company(seed=1, until=date(2026, 3, 1))
    with start_sandbox(company, SandboxSettings(fibery_limits=False)) as sandbox:
        yield sandbox


@pytest.fixture
def references(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Everything that the company's entries refer to."""
    parsed = {
        (each.public_id, each.label): each
        for each in (parse(entry.description) for entry in sandbox.company.toggl.entries.values())
        if each.linked
    }
    return [reference(public_id, *label, title=each.title) for (public_id, label), each in parsed.items()]


@pytest.fixture
def tasks(references: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in references if each["label"] == ["Scrum", "Task"]]


def about(type_name: str) -> str:
    """What a request for entities of a type has in its body."""
    return f'"q/from":"{type_name}"'


def commands(sandbox: Sandbox) -> int:
    return sum(each["path"] == "/api/commands" for each in sandbox.requests)


# Refused


def test_where_aggregates_are_refused_everything_is_found_in_as_many_requests(sandbox, references):
    usual = ask(sandbox, references)
    before = len(sandbox.requests)
    sandbox.settings.aggregates = False
    assert ask(sandbox, references) == usual
    assert len(sandbox.requests) == 2 * before
    assert any(above["items"] for row in usual for above in row["parents"] or [])


@pytest.mark.parametrize("form", FORMS)
def test_a_field_that_is_named_in_the_message_alone_is_left_out(sandbox, tasks, form):
    sandbox.settings.error_form = form
    schema = Schema.from_api(schema_json(sandbox.company.fibery, with_deleted=False))
    usual = ask(sandbox, tasks, schema=schema)
    before = commands(sandbox)
    sandbox.company.fibery.delete_field("Scrum/Task", "Scrum/Sprint")
    rows = ask(sandbox, tasks, schema=schema)
    assert commands(sandbox) == 2 * before + 1
    for row, as_usual in zip(rows, usual, strict=True):
        assert row["status"] == as_usual["status"]
        if row["status"] == "found":
            assert row["fields"] == {name: value for name, value in as_usual["fields"].items() if name != "Sprint"}
            assert any(problem.startswith("the field Sprint was left out") for problem in row["problems"])


@pytest.mark.parametrize("form", FORMS)
def test_fields_that_are_not_named_are_found_and_left_out(sandbox, tasks, form):
    usual = ask(sandbox, tasks)
    sandbox.forget()
    sandbox.settings.error_form = form
    sandbox.settings.unreadable_fields = frozenset({"Scrum/Sprint", "Scrum/Completion Date"})
    rows = ask(sandbox, tasks)
    assert commands(sandbox) < 25
    assert [row["status"] for row in rows] == [row["status"] for row in usual]
    for row, as_usual in zip(rows, usual, strict=True):
        if row["status"] != "found":
            continue
        left_out = [problem for problem in row["problems"] if "was left out" in problem]
        assert sorted(left_out) == [
            "the date Completion Date was left out: The query cannot be answered.",
            "the field Sprint was left out: The query cannot be answered.",
        ]
        assert row["actual_end"] is None
        assert "Sprint" not in row["fields"]
        for column in ("name", "state", "assignees", "parents", "description", "comments", "planned_end"):
            assert row[column] == as_usual[column], column


def test_what_a_type_was_refused_is_left_out_of_all_that_is_requested_of_it_later():
    """More ids than a command takes: the second command is not taken apart again."""

    class Refusing(Scripted):
        async def __call__(self, request: Any) -> Response:
            answer = await super().__call__(request)
            if "documents" in request.url.path:
                return answer
            selected = [command["args"]["query"]["q/select"] for command in json.loads(request.content)]
            envelopes = zip(selected, answer.json(), strict=True)
            return Response(200, json=[{"error": "no"} if "comments" in select else ok for select, ok in envelopes])

    fibery = Refusing()
    rows = ask(fibery, [reference(str(number), "A", "B") for number in range(1000)], schema=Scripted.schema)
    assert {row["status"] for row in rows} == {"found"}
    assert {tuple(row["problems"]) for row in rows} == {("the comments was left out: no",)}
    of_the_second = [ids for requested in fibery.commands for _, ids in requested if ids[0] == "500"]
    assert len(of_the_second) == 2


# Not answered


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (INTERNAL_ERROR, "HTTP 500"),
        (BAD_REQUEST, "HTTP 400"),
        (TOO_LARGE, "HTTP 413"),
        (CONNECTION_DROPPED, "broke"),
        (INVALID_JSON, "not JSON"),
    ],
)
def test_a_database_that_is_never_answered_about_loses_nothing_of_the_others(sandbox, references, fault, reason):
    usual = ask(sandbox, references)
    sandbox.forget()
    sandbox.fail_next("/api/commands", fault, times=ALWAYS, containing=about("Scrum/Bug"))
    rows = ask(sandbox, references)
    assert commands(sandbox) < 40
    failed = [row for row in rows if row["status"] == "failed"]
    assert {row["entity_type"] for row in failed} == {"Scrum/Bug"}
    assert len(failed) == sum(row["entity_type"] == "Scrum/Bug" for row in usual)
    for row in failed:
        assert row["problems"][0].startswith("Fibery could not be asked about Scrum/Bug: ")
        assert reason in row["problems"][0]
    for row, as_usual in zip(rows, usual, strict=True):
        if row["status"] == "found":
            assert {**row, "parents": None} == {**as_usual, "parents": None}


def test_one_entity_that_fibery_cannot_answer_about_is_the_only_one_lost(sandbox, tasks):
    usual = ask(sandbox, tasks)
    number = next(row["public_id"] for row in usual[5:] if row["status"] == "found")
    sandbox.forget()
    sandbox.fail_next("/api/commands", INTERNAL_ERROR, times=ALWAYS, containing=f'"{number}"')
    rows = ask(sandbox, tasks)
    assert [row["public_id"] for row in rows if row["status"] == "failed"] == [number]
    assert [row for row in rows if row["public_id"] != number] == [row for row in usual if row["public_id"] != number]
    assert commands(sandbox) < 40


def test_a_part_of_the_query_that_fibery_cannot_answer_is_left_out(sandbox, tasks):
    usual = ask(sandbox, tasks)
    sandbox.forget()
    sandbox.fail_next("/api/commands", INTERNAL_ERROR, times=ALWAYS, containing='"Scrum/Sprint"')
    rows = ask(sandbox, tasks)
    assert [row["status"] for row in rows] == [row["status"] for row in usual]
    for row in rows:
        if row["status"] == "found":
            assert "the field Sprint was left out: HTTP 500" in row["problems"]
            assert row["name"]
            assert row["comments"] is not None
    assert commands(sandbox) < 40


def test_a_fibery_that_is_down_is_so_after_few_requests_and_the_message_says_what_was_requested(sandbox, references):
    sandbox.fail_next("/api/commands", INTERNAL_ERROR, times=ALWAYS)
    with pytest.raises(ServiceUnreachable, match=r"HTTP 500.*Scrum/Task.* and \d+ more types") as error:
        ask(sandbox, references)
    assert error.value.exit_code == 1
    assert commands(sandbox) == 5 + 3 * 2


def test_a_fibery_that_never_answers_is_waited_for_a_few_times_only():
    sent = Counter()

    def never(request: Any) -> Response:
        sent[request.url.path] += 1
        raise httpx.ReadTimeout("slow")

    requested = [reference(str(number), *label) for number in range(20) for label in (("A", "B"), ("C", "D"))]
    with pytest.raises(TimedOut, match=r"did not answer in time.*A/B and C/D"):
        ask(never, requested, schema=Scripted.schema)
    assert sent == {"/api/commands": 2 + 2}


def test_a_database_that_never_answers_costs_a_few_waits_and_no_other_database():
    waits = 0

    class Slow(Scripted):
        async def __call__(self, request: Any) -> Response:
            nonlocal waits
            if b'"C/D"' in request.content:
                waits += 1
                raise httpx.ReadTimeout("slow")
            return await super().__call__(request)

    requested = [reference(str(number), *label) for number in range(20) for label in (("A", "B"), ("C", "D"))]
    rows = ask(Slow(), requested, schema=Scripted.schema)
    assert Counter((row["entity_type"], row["status"]) for row in rows) == {("A/B", "found"): 20, ("C/D", "failed"): 20}
    assert "did not answer in time" in rows[1]["problems"][0]
    # All twice, C/D alone, three ids of it, and it without any part.
    assert waits == 2 + 1 + 3 + 1


def test_documents_that_are_never_answered_are_unknown_and_the_entities_are_found(sandbox, tasks, caplog):
    usual = ask(sandbox, tasks)
    sandbox.forget()
    sandbox.fail_next("/api/documents", INTERNAL_ERROR, times=ALWAYS)
    rows = ask(sandbox, tasks)
    assert [(row["status"], row["name"], row["state"]) for row in rows] == [
        (row["status"], row["name"], row["state"]) for row in usual
    ]
    described = [row for row, before in zip(rows, usual, strict=True) if before["description"]]
    assert described
    for row in described:
        assert row["description"] is None
        assert "Not all texts were sent by Fibery; those known before are kept: HTTP 500" in row["problems"]
        # Else it would not be requested again until it changes.
        assert row["probe"] is None
    assert "of Scrum/Task could not be read: HTTP 500" in caplog.text
    assert len(sandbox.requests) < 60


def test_one_document_that_fibery_cannot_send_is_the_only_one_lost(sandbox, tasks):
    usual = ask(sandbox, tasks)
    place = next(place for place, row in enumerate(usual) if place > 4 and row["description"])
    number = usual[place]["public_id"]
    entity = sandbox.company.fibery.by_public_id("Scrum/Task")[number]
    secret = entity.values["Scrum/Description"].values["Collaboration~Documents/secret"]
    sandbox.fail_next("/api/documents", INTERNAL_ERROR, times=ALWAYS, containing=secret)
    rows = ask(sandbox, tasks)
    assert rows[place]["description"] is None
    assert [row for row in rows if row["public_id"] != number] == [row for row in usual if row["public_id"] != number]


def test_probes_that_are_not_answered_are_changes(sandbox, tasks):
    usual = ask(sandbox, tasks)
    # The probe is not answered; what follows is.
    sandbox.fail_next("/api/commands", INTERNAL_ERROR, times=5)
    assert ask(sandbox, tasks, known=usual) == usual
