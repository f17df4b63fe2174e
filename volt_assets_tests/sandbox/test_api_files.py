"""The JSON printed in the API files, replayed against the sandbox: what they show as an answer, it must give.

So the sandbox cannot drift from the facts together with a client; the clients' tests replay the same files.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from volt_assets.sandbox.company import Client, Company, Entry, Person, Project, TogglWorkspace
from volt_assets.sandbox.company.databases import Database
from volt_assets.sandbox.company.platform import add_user, new_workspace
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.sandbox.conftest import ApiClient, empty_tidewater, instant, served, small_company


def json_blocks(path: Path) -> list[Any]:
    """Everything in fences marked as JSON."""
    return [
        json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", path.read_text(), re.DOTALL | re.MULTILINE)
    ]


def printed(blocks: list[Any], test: Any) -> Any:
    """The one block that passes; a file that no longer has it must be looked at."""
    (block,) = [block for block in blocks if test(block)]
    return block


@pytest.fixture(scope="module")
def toggl_blocks(shared: Path) -> list[Any]:
    return json_blocks(shared / "toggl-api.md")


@pytest.fixture(scope="module")
def fibery_blocks(shared: Path) -> list[Any]:
    return json_blocks(shared / "fibery-api.md")


# Toggl


def toggl_of(person: Person, project: Project, entries: list[Entry], tags: dict[int, str]) -> Company:
    workspace = TogglWorkspace(name="Printed")
    workspace.people = {person.id: person}
    workspace.clients = {1: Client(1, "Client")}
    workspace.projects = {project.id: project}
    workspace.tags = tags
    workspace.entries = {entry.id: entry for entry in entries}
    workspace.version += 1
    return small_company(workspace)


def test_toggls_printed_row_comes_out_to_the_letter(toggl_blocks: list[Any]) -> None:
    rows = printed(toggl_blocks, lambda block: isinstance(block, list) and "row_number" in block[0])
    (row,) = rows
    (entry,) = row["time_entries"]
    person = Person(row["user_id"], 77, row["username"], "test@company.example", "Europe/Istanbul", admin=True)
    start, stop = instant("2024-07-30T08:13:46"), instant("2024-07-30T08:14:38")
    tag_ids = tuple(row["tag_ids"])
    seeded = Entry(
        entry["id"],
        person.id,
        start,
        stop,
        entry["seconds"],
        row["description"],
        row["project_id"],
        tag_ids,
        False,
        stop,
    )
    company = toggl_of(person, Project(row["project_id"], "Website"), [seeded], dict.fromkeys(tag_ids, "tag"))
    with served(company) as api:
        answer = api.report({"start_date": "2024-07-30", "end_date": "2024-07-30"})
    assert answer.json() == rows


def test_toggls_printed_headers_come_out_to_the_letter(shared: Path) -> None:
    (block,) = re.findall(
        r"^```\n(content-type: .*?)^```", (shared / "toggl-api.md").read_text(), re.DOTALL | re.MULTILINE
    )
    headers = dict(line.split(": ", 1) for line in block.strip().splitlines())
    person = Person(1, 77, "Ada", "ada@company.example", "UTC", admin=True)
    following = int(headers["x-next-timestamp"])
    starts = [following - 600 * number for number in range(50, -1, -1)]
    ids = [*range(1, 51), int(headers["x-next-id"])]
    entries = [Entry(i, 1, s, s + 60, 60, "Work", None, (), False, s) for i, s in zip(ids, starts, strict=True)]
    with served(toggl_of(person, Project(5, "Website"), entries, {})) as api:
        answer = api.report({"start_date": "2024-03-01", "end_date": "2024-03-31", "order_dir": "ASC"})
    assert {name: answer.headers[name] for name in headers} == headers


def test_toggls_printed_totals_have_the_same_keys(toggl_blocks: list[Any], tide: ApiClient) -> None:
    totals = printed(toggl_blocks, lambda block: isinstance(block, dict) and "tracked_days" in block)
    body = {
        "start_date": "2026-04-06",
        "end_date": "2026-04-12",
        "with_graph": True,
        "granularity": totals["resolution"],
    }
    answer = tide.report(body, "search/time_entries/totals").json()
    assert answer.keys() == totals.keys()
    assert {key: type(value) for key, value in answer.items()} == {key: type(value) for key, value in totals.items()}
    assert answer["graph"][0].keys() == totals["graph"][0].keys()


def test_toggls_printed_summary_comes_out_to_the_letter(toggl_blocks: list[Any]) -> None:
    summary = printed(toggl_blocks, lambda block: isinstance(block, dict) and "groups" in block)
    (group,) = summary["groups"]
    (sub,) = group["sub_groups"]
    person = Person(group["id"], 77, "Ada", "ada@company.example", "UTC", admin=True)
    start, each = instant("2026-03-04T08:00"), sub["seconds"] // len(sub["ids"])
    entries = [Entry(i, person.id, start, start + each, each, "Work", sub["id"], (), False, start) for i in sub["ids"]]
    with served(toggl_of(person, Project(sub["id"], sub["title"]), entries, {})) as api:
        body = {"grouping": "users", "sub_grouping": "projects", "include_time_entry_ids": True}
        answer = api.report(body | {"start_date": "2026-03-02", "end_date": "2026-03-08"}, "summary/time_entries")
    assert answer.json() == summary


# Fibery


def entity_exchange(fibery_blocks: list[Any]) -> tuple[Any, Any]:
    """The printed request with two commands, and its answer."""
    request = printed(fibery_blocks, lambda block: isinstance(block, list) and "command" in block[0])
    answer = printed(fibery_blocks, lambda block: isinstance(block, list) and isinstance(block[0].get("result"), list))
    return request, answer


def test_fiberys_printed_schema_is_within_ours(fibery_blocks: list[Any]) -> None:
    (envelope,) = printed(
        fibery_blocks, lambda block: isinstance(block, list) and "fibery/types" in (block[0].get("result") or {})
    )
    expected = envelope["result"]
    company, _ = empty_tidewater()
    with served(company) as api:
        (ours,) = api.commands([{"command": "fibery.schema/query"}]).json()
    assert ours.keys() == envelope.keys()
    assert ours["result"].keys() == expected.keys()
    assert ours["result"]["fibery/version"] >= expected["fibery/version"]
    assert ours["result"]["fibery/meta"] == expected["fibery/meta"]
    our_types = {entity_type["fibery/name"]: entity_type for entity_type in ours["result"]["fibery/types"]}
    for entity_type in expected["fibery/types"]:
        our_type = our_types[entity_type["fibery/name"]]
        assert our_type.keys() == entity_type.keys()
        assert our_type["fibery/meta"].items() >= without_mixins(entity_type["fibery/meta"]).items()
        assert our_type["fibery/meta"]["app/mixins"].items() >= entity_type["fibery/meta"]["app/mixins"].items()
        our_fields = {field["fibery/name"]: field for field in our_type["fibery/fields"]}
        for field in entity_type["fibery/fields"]:
            our_field = our_fields[field["fibery/name"]]
            assert our_field.keys() == field.keys()
            assert our_field["fibery/type"] == field["fibery/type"]
            assert same_but_for_ids(our_field["fibery/meta"]) == same_but_for_ids(field["fibery/meta"])


def without_mixins(meta: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in meta.items() if key != "app/mixins"}


def same_but_for_ids(meta: dict[str, Any]) -> dict[str, Any]:
    """Ids are the workspace's own; where a field stands in the editor concerns nobody."""
    ids = {"fibery/relation": "a relation", "fibery/default-value": "a default"}
    return {key: ids.get(key, value) for key, value in meta.items() if key != "ui/object-editor-order"}


def printed_company(answer: Any) -> Company:
    """The entities of the printed answer, under their printed ids."""
    (row,) = answer[0]["result"]
    company, databases = empty_tidewater()
    workspace = company.fibery
    user = add_user(workspace, row["comments"][0]["author"], "author@company.example")
    project = databases["Project management/Project"].add(1, "Moneyball", created="2025-09-01T09:00:00.000Z")
    parent, created = row["parent_task"], "2025-09-02T09:00:00.000Z"
    task = databases["Scrum/Task"].add(parent["public_id"], parent["name"], created=created, Project=project)
    task.values["fibery/id"] = parent["id"]
    sub_bug = databases["Scrum/Sub-bug"].add(
        row["public_id"],
        row["name"],
        created=created,
        modified=row["modified"],
        state=row["state"],
        description=("Description", "Steps…"),
        Task=task,
    )
    sub_bug.values["fibery/id"] = row["id"]
    rename_secret(workspace, sub_bug.values["Scrum/Description"].values, row["description_secret"])
    for comment in row["comments"]:
        made = databases["Scrum/Sub-bug"].comment(sub_bug, user, comment["created"], "Fixed in **#12**")
        made.values["fibery/id"] = comment["id"]
        rename_secret(workspace, made.values, comment["secret"], key="comment/document-secret")
    # The error that is printed is about a field that the printed workspace lacks.
    workspace.delete_field("Scrum/Task", "Scrum/Story Points")
    workspace.version = 6208
    return company


def rename_secret(
    workspace: Any, values: dict[str, Any], secret: str, *, key: str = "Collaboration~Documents/secret"
) -> None:
    workspace.documents[secret] = workspace.documents.pop(values[key])
    values[key] = secret


def test_fiberys_printed_query_gets_its_printed_answer(fibery_blocks: list[Any]) -> None:
    request, answer = entity_exchange(fibery_blocks)
    with served(printed_company(answer)) as api:
        response = api.commands(request)
    assert response.status_code == 200
    assert response.json() == answer


def test_fiberys_printed_documents_come_out_to_the_letter(shared: Path, fibery_blocks: list[Any]) -> None:
    text = (shared / "fibery-api.md").read_text()
    batch = re.search(
        r'^POST (/api/documents/commands\S*)\n(\{"command":"get-documents".*)\n200 (.*)$', text, re.MULTILINE
    )
    one = re.search(r"^GET (/api/documents/\S+)\n200 (.*)$", text, re.MULTILINE)
    assert batch
    assert one
    _, answer = entity_exchange(fibery_blocks)
    settings = SandboxSettings(documents_order="as requested")
    with served(printed_company(answer), settings) as api:
        headers = api.fibery_headers
        documents = api.client.post(batch[1], json=json.loads(batch[2]), headers=headers)
        document = api.client.get(one[1], headers=headers)
    assert documents.json() == json.loads(batch[3])
    assert document.json() == json.loads(one[2])


def test_fiberys_printed_unknown_type_has_the_printed_data(shared: Path) -> None:
    text = (shared / "fibery-api.md").read_text()
    found = re.search(r"^Documented type-not-found `data` .*?`(\{.*\})`", text, re.MULTILINE)
    assert found
    keys = set(re.findall(r'"([^"]+)":', found[1]))
    workspace = new_workspace("printed")
    Database(workspace, "Cricket/Player")
    with served(Company(small_company().toggl, workspace)) as api:
        failure = api.failure("Cricket/Nope", ["fibery/id"])
    assert failure["data"].keys() == keys
    assert failure["data"]["type"] == "Cricket/Nope"
