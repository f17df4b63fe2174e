"""The JSON printed in the facts about Fibery's API, replayed literally: what we send, and what we understand."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from volt_assets.fibery.client import FiberyClient
from volt_assets.fibery.configuration import load_enrichment_config
from volt_assets.fibery.enrichment import enrich
from volt_assets.fibery.references import resolve
from volt_assets.fibery.schema import Schema
from volt_assets.http import MockTransport, Response
from volt_assets.settings import FiberyAccess
from volt_assets_tests.fibery.conftest import database, field

_BLOCK = re.compile(r"^```(?:json)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Printed:
    """The fenced blocks of "Exact JSON"."""

    def __init__(self, text: str):
        schema, request, response, documents = _BLOCK.findall(text[text.index("### Exact JSON") :])
        self.schema = json.loads(schema)
        self.request = json.loads(request)
        self.response = json.loads(response)
        lines = documents.splitlines()
        self.documents_call = lines[0]
        self.documents_request = json.loads(lines[1])
        self.documents_response = json.loads(lines[2].removeprefix("200 "))


@pytest.fixture(scope="module")
def printed(shared: Path) -> Printed:
    return Printed((shared / "fibery-api.md").read_text(encoding="utf-8"))


def with_client(handler: Callable[[Any], Response], work: Callable[[FiberyClient], Any]) -> Any:
    async def main() -> Any:
        access = FiberyAccess("https://ws.fibery.io", SecretStr("t"))
        async with FiberyClient(access, transport=MockTransport(handler), pace=None) as client:
            return await work(client)

    return asyncio.run(main())


def test_the_printed_schema_is_read(printed: Printed):
    bare = printed.schema[0]["result"]
    schema, etag = with_client(
        lambda request: Response(200, json=bare, headers={"ETag": 'W/"6208"'}), lambda client: client.schema()
    )
    assert etag == 'W/"6208"'
    sub_bug = schema.databases["Scrum/Sub-bug"]
    assert sub_bug.title == "Scrum/Name"
    assert {name: schema.find_field("Scrum/Sub-bug", name).name for name in ("State", "Comments", "Description")} == {
        "State": "workflow/state",
        "Comments": "comments/comments",
        "Description": "Scrum/Description",
    }


def test_the_printed_commands_are_sent_and_each_fails_alone(printed: Printed):
    sent = []

    def handler(request: Any) -> Response:
        sent.append((request.method, request.url.path, json.loads(request.content)))
        return Response(200, json=printed.response)

    envelopes = with_client(handler, lambda client: client.query(printed.request))
    assert sent == [("POST", "/api/commands", printed.request)]
    assert [envelope["success"] for envelope in envelopes] == [True, False]


def test_the_printed_documents_are_requested_and_read(printed: Printed):
    sent = []

    def handler(request: Any) -> Response:
        sent.append((f"{request.method} {request.url.raw_path.decode()}", json.loads(request.content)))
        return Response(200, json=printed.documents_response)

    secrets = [each["secret"] for each in printed.documents_request["args"]]
    texts = with_client(handler, lambda client: client.documents(secrets))
    assert sent == [(printed.documents_call, printed.documents_request)]
    assert texts == {each["secret"]: each["content"] for each in printed.documents_response}


def test_an_enrichment_that_gets_the_printed_answers(printed: Printed, tmp_path: Path):
    """Both commands of the printed request: a Sub-bug that is found, and a Task whose field has just been deleted."""
    schema = Schema.from_api(
        {
            "fibery/types": [
                *printed.schema[0]["result"]["fibery/types"],
                database("Scrum/Task", field("Scrum/Story Points", "fibery/int")),
            ]
        }
    )
    file = tmp_path / "enrichment_config.yaml"
    file.write_text("enrichment_activities: {Scrum/Task: {fields: [Story Points]}}")
    config = load_enrichment_config(file)
    sent: list[list[dict[str, Any]]] = []

    def handler(request: Any) -> Response:
        if "documents" in request.url.path:
            return Response(200, json=printed.documents_response)
        sent.append(json.loads(request.content))
        if len(sent) == 1:
            return Response(200, json=printed.response)
        return Response(200, json=[{"success": True, "result": [{"id": "t", "public_id": "7658", "name": "T"}]}])

    references = [
        {"public_id": public_id, "label": ["Scrum", kind], "space": "Scrum", "type": kind, "title": None}
        | {"candidates": resolve(["Scrum", kind], schema, config).candidates}
        for public_id, kind in (("1112", "Sub-bug"), ("999999", "Sub-bug"), ("7658", "Task"))
    ]
    found, missing, task = with_client(
        handler, lambda client: enrich(references, schema, config, client, web_url="https://ws.fibery.io")
    )
    assert (found["status"], found["name"], found["url"]) == (
        "found",
        "Нет полей Stage",
        "https://ws.fibery.io/Scrum/Sub_bug/1112",
    )
    assert (found["state"], found["state_final"], found["description"]) == ("In progress", False, "Steps…")
    assert found["comments"] == [
        {"author": "Arthur Dent", "created_at": "2025-09-22T13:00:00.000Z", "text": "Fixed in **#12**"}
    ]
    assert missing["status"] == "not_found"
    assert (task["status"], task["name"], task["fields"]) == ("found", "T", {})
    assert task["problems"] == [
        'the field Story Points was left out: "Scrum/Story Points" field was not found in "Scrum/Task" database.'
    ]
    # What was sent for the Sub-bug says the same as the printed command does, by the same names.
    (ours, _), (again,) = sent
    theirs = printed.request[0]["args"]
    for name in ("id", "public_id", "name", "state", "state_final", "description_secret"):
        assert ours["args"]["query"]["q/select"][name] == theirs["query"]["q/select"][name]
    comments, printed_comments = (each["query"]["q/select"]["comments"] for each in (ours["args"], theirs))
    assert comments["q/select"] == printed_comments["q/select"]
    assert ours["args"]["query"]["q/where"] == theirs["query"]["q/where"]
    assert ours["args"]["params"] == theirs["params"]
    assert "Scrum/Story Points" not in json.dumps(again)
