"""The sandbox's Fibery: commands, queries in both dialects, schema, documents, limits, and errors."""

from collections.abc import Iterator
from typing import Any

import pytest

from volt_assets.sandbox.company.platform import add_user
from volt_assets.sandbox.limits import HourlyQuota, LeakyBucket, SlidingWindow
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.sandbox.conftest import ApiClient, empty_tidewater, served, small_company

TASK, BUG, SUB_BUG = "Scrum/Task", "Scrum/Bug", "Scrum/Sub-bug"
SECRET = "Collaboration~Documents/secret"


def switch(monkeypatch: pytest.MonkeyPatch, api: ApiClient, **switches: Any) -> None:
    for name, value in switches.items():
        monkeypatch.setattr(api.sandbox.settings, name, value)


# Access and limits


@pytest.mark.parametrize("scheme", ["Token", "Bearer"])
def test_a_token_is_accepted_under_both_names(tide: ApiClient, scheme: str) -> None:
    token = tide.sandbox.ready["fibery_token"]
    assert tide.client.get("/api/schema", headers={"Authorization": f"{scheme} {token}"}).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Token wrong"}, {"Authorization": "Basic abc"}])
def test_a_missing_or_wrong_token_is_unauthorized_in_plain_text(tide: ApiClient, headers: dict[str, str]) -> None:
    answer = tide.client.get("/api/schema", headers=headers)
    assert (answer.status_code, answer.text) == (401, "Unauthorized")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("retry_after", [False, True])
def test_the_fourth_request_of_a_second_is_too_many(retry_after: bool) -> None:
    with served(small_company(), SandboxSettings(retry_after=retry_after)) as api:
        answers = [api.commands([]) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].text == "Too Many Requests"
    assert ("Retry-After" in answers[3].headers) == retry_after


def test_tokens_share_the_workspaces_seven_requests_a_second() -> None:
    settings = SandboxSettings(other_fibery_tokens=("second", "third"))
    with served(small_company(), settings) as api:
        statuses = [
            api.client.post("/api/commands", json=[], headers={"Authorization": f"Token {token}"}).status_code
            for token in (settings.fibery_token, "second", "third")
            for _ in range(3)
        ]
    assert statuses == [200] * 7 + [429] * 2


def test_a_window_of_a_second_slides() -> None:
    now = [100.0]
    window = SlidingWindow(lambda: now[0])
    for moment in (100.0, 100.4, 100.9):
        now[0] = moment
        window.take()
    assert not window.room(3)
    now[0] = 101.0
    assert window.room(3)


def test_an_hourly_quota_starts_with_its_first_request() -> None:
    now = [0.0]
    quota = HourlyQuota(lambda: now[0])
    now[0] = 500.0
    assert [quota.take(2) for _ in range(3)] == [True, True, False]
    assert quota.resets_in() == 3_600
    now[0] = 4_099.0
    assert (quota.take(2), quota.resets_in()) == (False, 1)
    now[0] = 4_100.0
    assert quota.take(2)


def test_a_bucket_leaks_one_request_a_second() -> None:
    now = [0.0]
    bucket = LeakyBucket(lambda: now[0])
    assert [bucket.take(2) for _ in range(3)] == [True, True, False]
    now[0] = 1.0
    assert [bucket.take(2) for _ in range(2)] == [True, False]


# Commands


def test_an_array_is_answered_by_an_array_and_a_command_by_an_envelope(tide: ApiClient) -> None:
    command = {"command": "fibery.entity/query", "args": {"query": _query(TASK, limit=1)}}
    one = tide.commands(command).json()
    assert tide.commands([command, command]).json() == [one, one]
    assert one["success"] is True
    assert len(one["result"]) == 1


def test_a_failing_command_leaves_the_others_alone(tide: ApiClient) -> None:
    good = {"command": "fibery.entity/query", "args": {"query": _query(TASK, limit=1)}}
    bad = {"command": "fibery.entity/query", "args": {"query": _query("Cricket/Nope")}}
    answer = tide.commands([good, bad, good])
    assert answer.status_code == 200
    assert [envelope["success"] for envelope in answer.json()] == [True, False, True]


def test_a_batch_nests_its_answers(tide: ApiClient) -> None:
    command = {"command": "fibery.entity/query", "args": {"query": _query(TASK, limit=1)}}
    (batch,) = tide.commands([{"command": "fibery.command/batch", "args": {"commands": [command]}}]).json()
    assert [envelope["success"] for envelope in batch["result"]] == [True]


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b'[{"command":"fibery.entity/destroy","args":{}}]',
        b'{"command":"fibery.entity/query","args":{},"params":{}}',
        b'"text"',
    ],
)
def test_what_is_no_known_command_is_a_server_error_without_an_envelope(tide: ApiClient, content: bytes) -> None:
    answer = tide.client.post("/api/commands", content=content, headers=tide.fibery_headers)
    assert answer.status_code == 500
    assert answer.json().keys() == {"name", "message", "data"}


def test_too_many_commands_or_documents_can_be_too_large(tide: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    switch(monkeypatch, tide, max_commands=1, max_documents=1)
    command = {"command": "fibery.entity/query", "args": {"query": _query(TASK, limit=1)}}
    assert [tide.commands([command] * count).status_code for count in (1, 2)] == [200, 413]
    assert _documents(tide, ["a", "b"]).status_code == 413


# Wrong queries


def _query(type_name: str, *, select: Any = None, limit: Any = 100, **more: Any) -> dict[str, Any]:
    query = {"q/from": type_name, "q/select": select or ["fibery/public-id"], "q/limit": limit}
    return query | {f"q/{key}": value for key, value in more.items()}


@pytest.mark.parametrize(
    ("type_name", "select", "name", "message"),
    [
        ("Cricket/Nope", ["fibery/id"], "entity.error/schema-type-not-found", '"Cricket/Nope" database was not found.'),
        ("scrum/task", ["fibery/id"], "entity.error/schema-type-not-found", None),
        ("fibery/text", ["fibery/id"], "entity.error/schema-type-not-found", None),
        (
            TASK,
            {"sp": ["Scrum/Story Size"]},
            "entity.error/schema-field-not-found",
            '"Scrum/Story Size" field was not found in "Scrum/Task" database.',
        ),
        (TASK, ["scrum/name"], "entity.error/schema-field-not-found", None),
        (BUG, ["Scrum/Name"], "entity.error/schema-field-not-found", None),
        (SUB_BUG, {"a": ["assignments/assignees", "user/name"]}, "entity.error/schema-field-not-found", None),
        ("fibery/user", ["user/role"], "entity.error/schema-field-not-found", None),
        (TASK, ["workflow/state"], "entity.error/query-primitive-field-expr-invalid", None),
        (TASK, {"d": "Scrum/Description"}, "entity.error/query-primitive-field-expr-invalid", None),
        (
            TASK,
            [{"comments/comments": ["fibery/id"]}],
            "entity.error/query-select-collection-field-vector-shape-invalid",
            None,
        ),
        (
            TASK,
            {"v": ["documents/documents", "fibery/name"]},
            "entity.error/schema-type-field-relation-not-found",
            'There is no relation for "Scrum/Task" database "documents/documents" field.',
        ),
        (
            TASK,
            {"c": {"q/from": "comments/comments", "q/select": ["fibery/id"]}},
            "entity.error/query-limit-expr-not-found",
            None,
        ),
        (TASK, [], "entity.error/query-select-expr-invalid", None),
    ],
)
def test_a_wrong_query_names_its_error(
    tide: ApiClient, type_name: str, select: Any, name: str, message: str | None
) -> None:
    failure = tide.failure(type_name, select)
    assert failure["name"] == name
    assert message in (None, failure["message"])
    assert failure["data"]["error/schema-version"] == tide.sandbox.company.fibery.version
    assert {"query", "params", "param-types", "param-collections"} <= failure["data"].keys()


def test_aggregates_can_be_refused_as_where_permissions_guard_a_database(
    tide: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = {"n": ["q/count", ["comments/comments", "fibery/id"]]}
    assert tide.found(TASK, counting)
    switch(monkeypatch, tide, aggregates=False)
    failure = tide.failure(TASK, counting)
    assert failure["name"] == "entity.error/query-with-permissions-expr-not-supported"
    assert failure["message"] == "Sub query aggregate expressions are not supported."
    assert tide.found(TASK, {"id": ["fibery/id"]})


@pytest.mark.parametrize(
    ("form", "envelope"),
    [
        ("message only", {"success": False, "result": {"message": "The query cannot be answered."}}),
        (
            "error key",
            {
                "success": False,
                "error": {"name": "sandbox/unreadable", "message": "The query cannot be answered."},
            },
        ),
        ("text", {"success": False, "result": "The query cannot be answered."}),
    ],
)
@pytest.mark.parametrize("refused", [{"refused_types": {TASK}}, {"unreadable_fields": {"fibery/public-id"}}])
def test_an_error_that_names_nothing_comes_in_the_forms_that_clients_have_met(
    tide: ApiClient, monkeypatch: pytest.MonkeyPatch, form: str, envelope: dict[str, Any], refused: dict[str, set[str]]
) -> None:
    switch(monkeypatch, tide, error_form=form, **{name: frozenset(which) for name, which in refused.items()})
    command = {"command": "fibery.entity/query", "args": {"query": _query(TASK)}}
    assert tide.commands([command]).json() == [envelope]


@pytest.mark.parametrize("key", ["limit", "select", "from"])
def test_what_a_query_needs_must_be_there(tide: ApiClient, key: str) -> None:
    query = _query(TASK)
    del query[f"q/{key}"]
    (envelope,) = tide.commands([{"command": "fibery.entity/query", "args": {"query": query}}]).json()
    assert envelope["result"]["name"] == f"entity.error/query-{key}-expr-not-found"


@pytest.mark.parametrize(("switched", "path"), [("data.field", ["field"]), ("data.top.field", ["top", "field"])])
def test_a_bare_field_that_is_not_primitive_is_named(
    tide: ApiClient, monkeypatch: pytest.MonkeyPatch, switched: str, path: list[str]
) -> None:
    switch(monkeypatch, tide, error_field_path=switched)
    data = tide.failure(TASK, ["workflow/state"])["data"]
    for key in path:
        data = data[key]
    assert data == ["workflow/state"]


@pytest.mark.parametrize(
    ("where", "params"),
    [
        (["q/in", ["fibery/public-id"], ["401"]], {}),
        (["=", ["fibery/public-id"], "401"], {}),
        (["=", ["fibery/public-id"], "$id"], {}),
        (["=", ["fibery/public-id"], "$id"], {"$id": 401}),
        (["q/in", ["fibery/public-id"], "$ids"], {"$ids": [401]}),
        (["q/in", ["fibery/public-id"], "$ids"], {"$ids": "401"}),
        (["q/like", ["fibery/public-id"], "$id"], {"$id": "401"}),
        (["=", "fibery/public-id", "$id"], {"$id": "401"}),
        (["=", ["fibery/public-id"], "$id"], {"id": "401"}),
        ([], {}),
    ],
)
def test_literals_are_texts_given_as_params(tide: ApiClient, where: Any, params: Any) -> None:
    assert tide.failure(TASK, ["fibery/id"], params, where=where)["name"]


def test_params_belong_beside_the_query(tide: ApiClient) -> None:
    query = _query(TASK, where=["=", ["fibery/public-id"], "$id"])
    inside = {"command": "fibery.entity/query", "args": {"query": query | {"params": {"$id": "401"}}}}
    assert not tide.commands(inside).json()["success"]
    beside = {"command": "fibery.entity/query", "args": {"query": query, "params": {"$id": "401"}}}
    assert tide.commands(beside).json()["success"]


def test_a_deleted_field_is_not_found_although_the_schema_has_it(tide: ApiClient) -> None:
    fields = tide.sandbox.company.fibery.types[TASK].fields
    (deleted,) = [field for field in fields.values() if field.deleted]
    assert deleted.name.endswith("_deleted")
    assert tide.failure(TASK, [deleted.name])["name"] == "entity.error/schema-field-not-found"


# What queries find


def test_both_dialects_say_the_same(tide: ApiClient) -> None:
    order = {"limit": 5, "order_by": [[["fibery/public-id"], "q/asc"]]}
    vector = tide.found(
        TASK,
        [
            "fibery/public-id",
            {"workflow/state": ["enum/name"]},
            {"Scrum/Feature": ["Scrum/name", {"Scrum/Epic": ["Scrum/Name"]}]},
            {"assignments/assignees": {"q/select": ["user/email"], "q/limit": 10}},
            {"# subs": ["q/count", ["Scrum/Sub-bugs", "fibery/id"]]},
        ],
        **order,
    )
    flat = tide.found(
        TASK,
        {
            "id": "fibery/public-id",
            "state": ["workflow/state", "enum/name"],
            "feature": {"name": ["Scrum/Feature", "Scrum/name"]},
            "epic": ["Scrum/Feature", "Scrum/Epic", "Scrum/Name"],
            "people": {"q/from": ["assignments/assignees"], "q/select": {"email": ["user/email"]}, "q/limit": 10},
            "subs": ["q/count", ["Scrum/Sub-bugs", "fibery/id"]],
        },
        **order,
    )
    assert len(vector) == len(flat) == 5
    for nested, row in zip(vector, flat, strict=True):
        assert nested["fibery/public-id"] == row["id"]
        assert nested["workflow/state"]["enum/name"] == row["state"]
        assert nested["Scrum/Feature"]["Scrum/name"] == row["feature"]["name"]
        assert nested["Scrum/Feature"]["Scrum/Epic"]["Scrum/Name"] == row["epic"]
        assert [user["user/email"] for user in nested["assignments/assignees"]] == [p["email"] for p in row["people"]]
        assert nested["# subs"] == row["subs"]


def test_one_number_is_another_entity_in_every_type(tide: ApiClient) -> None:
    where = {"where": ["q/in", ["fibery/public-id"], "$ids"]}
    params = {"$ids": ["412", "9999"]}
    names = {
        type_name: [row["name"] for row in tide.found(type_name, {"name": [title]}, params, **where)]
        for type_name, title in (
            (TASK, "Scrum/Name"),
            (BUG, "Scrum/name"),
            ("Scrum/Build", "Scrum/Name"),
            ("Scrum/Release", "Scrum/Name"),
        )
    }
    assert [len(found) for found in names.values()] == [1, 1, 1, 1]
    assert len({found[0] for found in names.values()}) == 4


def test_rows_come_oldest_first_and_not_as_asked(tide: ApiClient) -> None:
    ids = [str(number) for number in range(448, 400, -1)]
    rows = tide.found(
        TASK,
        {"id": ["fibery/public-id"], "at": ["fibery/creation-date"], "key": ["fibery/id"]},
        {"$ids": ids},
        where=["q/in", ["fibery/public-id"], "$ids"],
    )
    assert len(rows) == 48
    assert [(row["at"], row["key"]) for row in rows] == sorted((row["at"], row["key"]) for row in rows)
    assert [row["id"] for row in rows] != ids


@pytest.mark.parametrize(
    ("where", "params", "expected"),
    [
        (["=", ["fibery/public-id"], "$a"], {"$a": "402"}, {"402"}),
        (["!=", ["fibery/public-id"], "$a"], {"$a": "402"}, {"401", "403"}),
        (["q/in", ["fibery/public-id"], "$a"], {"$a": ["402", "9"]}, {"402"}),
        (["q/not-in", ["fibery/public-id"], "$a"], {"$a": ["402", "9"]}, {"401", "403"}),
        (["q/contains", ["Scrum/Name"], "$a"], {"$a": "SECOND"}, {"402"}),
        (["q/not-contains", ["Scrum/Name"], "$a"], {"$a": "second"}, {"401", "403"}),
        ([">", ["Scrum/Estimate (H)"], "$a"], {"$a": 2}, {"403"}),
        ([">=", ["Scrum/Estimate (H)"], "$a"], {"$a": 2}, {"402", "403"}),
        (["<", ["Scrum/Planned End"], "$a"], {"$a": "2026-03-05"}, {"401"}),
        (["<=", ["Scrum/Planned End"], "$a"], {"$a": "2026-03-05"}, {"401", "402"}),
        (["=", ["Scrum/Planned End"], "$a"], {"$a": None}, {"403"}),
        (["=", ["workflow/state", "workflow/Final"], "$a"], {"$a": True}, {"403"}),
        (["=", ["assignments/assignees", "user/email"], "$a"], {"$a": "kim@small.example"}, {"402"}),
        (["q/in", ["assignments/assignees", "user/email"], "$a"], {"$a": ["ada@small.example"]}, {"401", "402"}),
        ([">", ["q/end", ["Scrum/Sprint", "Scrum/Planned dates"]], "$a"], {"$a": "2026-03-09"}, {"402"}),
        (
            ["q/and", ["!=", ["fibery/public-id"], "$a"], ["=", ["workflow/state", "workflow/Final"], "$b"]],
            {"$a": "402", "$b": False},
            {"401"},
        ),
        (
            ["q/or", ["=", ["fibery/public-id"], "$a"], ["=", ["fibery/public-id"], "$b"]],
            {"$a": "402", "$b": "403"},
            {"402", "403"},
        ),
    ],
)
def test_conditions(three_tasks: ApiClient, where: Any, params: Any, expected: set[str]) -> None:
    rows = three_tasks.found(TASK, {"id": ["fibery/public-id"]}, params, where=where)
    assert {row["id"] for row in rows} == expected


def test_a_sub_query_is_filtered_ordered_and_silently_cut(three_tasks: ApiClient) -> None:
    def comments(**more: Any) -> Any:
        sub = {"q/from": "comments/comments", "q/select": {"at": ["fibery/creation-date"]}, "q/limit": 100}
        sub |= {f"q/{key.replace('_', '-')}": value for key, value in more.items()}
        where = ["=", ["fibery/public-id"], "$id"]
        (row,) = three_tasks.found(TASK, {"c": sub}, {"$id": "401", "$at": "2026-03-03T00:00:00.000Z"}, where=where)
        return [comment["at"][8:10] for comment in row["c"]]

    assert comments() == ["02", "03", "04"]
    assert comments(order_by=[[["fibery/creation-date"], "q/desc"]], limit=2) == ["04", "03"]
    assert comments(offset=1, limit=1) == ["03"]
    assert comments(where=[">", ["fibery/creation-date"], "$at"]) == ["03", "04"]
    counted = three_tasks.found(TASK, {"n": ["q/count", ["comments/comments", "fibery/id"]]})
    assert sorted(row["n"] for row in counted) == [0, 0, 3]


@pytest.mark.parametrize(
    ("direction", "expected"), [("q/asc", ["401", "402", "403"]), ("q/desc", ["402", "401", "403"])]
)
def test_what_has_no_value_comes_last_in_either_direction(
    three_tasks: ApiClient, direction: str, expected: list[str]
) -> None:
    order = [[["Scrum/Planned End"], direction]]
    rows = three_tasks.found(TASK, {"id": ["fibery/public-id"]}, order_by=order)
    assert [row["id"] for row in rows] == expected


def test_aggregates_over_a_collection(three_tasks: ApiClient) -> None:
    path = ["Scrum/Tasks", "Scrum/Estimate (H)"]
    select = {name: [f"q/{name}", path] for name in ("count", "sum", "avg", "min", "max")}
    where = ["=", ["Scrum/name"], "$name"]
    (row,) = three_tasks.found("Scrum/Feature", select, {"$name": "Feature"}, where=where)
    assert row == {"count": 3, "sum": 7.5, "avg": 2.5, "min": 1.5, "max": 4}


def test_lookups_are_read_like_relations(three_tasks: ApiClient) -> None:
    select = {
        "id": ["fibery/public-id"],
        "epic": ["Scrum/Epic", "Scrum/Name"],
        "releases": {"q/from": "Scrum/Release", "q/select": {"name": ["Scrum/Name"]}, "q/limit": 10},
    }
    rows = {row["id"]: row for row in three_tasks.found(TASK, select)}
    assert rows["401"]["epic"] == "Epic"
    assert [release["name"] for release in rows["401"]["releases"]] == ["Release"]
    assert rows["402"]["releases"] == []


def test_decimals_can_be_texts(three_tasks: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    select = {"hours": ["Scrum/Estimate (H)"]}
    assert [row["hours"] for row in three_tasks.found(TASK, select)] == [1.5, 2, 4]
    switch(monkeypatch, three_tasks, decimals="string")
    assert [row["hours"] for row in three_tasks.found(TASK, select)] == ["1.5", "2", "4"]


def test_an_empty_collection_can_be_null(three_tasks: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    select = {"c": {"q/from": "comments/comments", "q/select": ["fibery/id"], "q/limit": 10}}
    assert [row["c"] for row in three_tasks.found(TASK, select)][1:] == [[], []]
    switch(monkeypatch, three_tasks, empty_collection="null")
    assert [row["c"] for row in three_tasks.found(TASK, select)][1:] == [None, None]


@pytest.mark.parametrize(("reading", "expected"), [("object", {"id": None, "name": None}), ("null", None)])
def test_an_empty_relation_in_a_map_is_nulls_or_null(
    three_tasks: ApiClient, monkeypatch: pytest.MonkeyPatch, reading: str, expected: Any
) -> None:
    switch(monkeypatch, three_tasks, null_relation=reading)
    select = {"sprint": {"id": ["Scrum/Sprint", "fibery/id"], "name": ["Scrum/Sprint", "Scrum/Name"]}}
    rows = three_tasks.found(TASK, select)
    assert rows[0]["sprint"] == expected
    assert rows[1]["sprint"]["name"] == "Sprint"
    assert three_tasks.found(TASK, [{"Scrum/Sprint": ["Scrum/Name"]}])[0] == {"Scrum/Sprint": None}


def test_a_missing_relation_in_a_path_is_null(three_tasks: ApiClient) -> None:
    rows = three_tasks.found(TASK, {"name": ["Scrum/Sprint", "Scrum/Name"]})
    assert [row["name"] for row in rows] == [None, "Sprint", None]


@pytest.mark.parametrize(
    ("reading", "expected"),
    [("[]", "Third #403 [Scrum] [Task] []"), ("no tag", "Third #403 [Scrum] [Task]"), ("null", None)],
)
def test_the_formula_without_a_project_has_three_readings(
    three_tasks: ApiClient, monkeypatch: pytest.MonkeyPatch, reading: str, expected: str | None
) -> None:
    switch(monkeypatch, three_tasks, formula_without_project=reading)
    rows = three_tasks.found(TASK, {"toggl": ["Scrum/Toggl"]})
    assert rows[0]["toggl"] == "First #401 [Scrum] [Task] [Moorings]"
    assert rows[2]["toggl"] == expected


def test_the_formula_follows_a_rename_and_deleted_rows_are_gone(three_tasks: ApiClient) -> None:
    workspace = three_tasks.sandbox.company.fibery
    workspace.edit(TASK, 402, **{"Scrum/Name": "Renamed"})
    where = {"where": ["=", ["fibery/public-id"], "$id"]}
    (row,) = three_tasks.found(TASK, {"toggl": ["Scrum/Toggl"]}, {"$id": "402"}, **where)
    assert row["toggl"] == "Renamed #402 [Scrum] [Task] [Moorings]"
    workspace.edit(TASK, 402, **{"Scrum/Name": "Second"})
    entity = workspace.entity(TASK, 402)
    workspace.delete(TASK, 402)
    assert three_tasks.found(TASK, ["fibery/id"], {"$id": "402"}, **where) == []
    workspace.entities[TASK].append(entity)
    workspace.data_version += 1


@pytest.fixture(scope="module")
def three_tasks_api() -> Iterator[ApiClient]:
    """Task 401 with comments, an epic and a release; 402 in a sprint; 403 done, without a project."""
    company, databases = empty_tidewater()
    workspace = company.fibery
    ada = add_user(workspace, "Ada Berg", "ada@small.example")
    kim = add_user(workspace, "Kim Ito", "kim@small.example")
    at = {"created": "2026-03-01T09:00:00.000Z"}
    project = databases["Project management/Project"].add(1, "Moorings", **at)
    epic = databases["Scrum/Epic"].add(1, "Epic", **at)
    feature = databases["Scrum/Feature"].add(1, "Feature", **at, Epic=epic, Project=project)
    release = databases["Scrum/Release"].add(1, "Release", **at)
    build = databases["Scrum/Build"].add(1, "Build", **at, Release=release)
    dates = {"start": "2026-03-02", "end": "2026-03-16"}
    sprint = databases["Scrum/Sprint"].add(1, "Sprint", **at, **{"Planned dates": dates})
    task = databases[TASK]
    first = task.add(
        401,
        "First",
        created="2026-03-01T09:00:00.000Z",
        state="Open",
        assignees=[ada],
        description=("Description", "What to do."),
        **{"Project": project, "Feature": feature, "Builds": [build], "Estimate (H)": 1.5, "Planned End": "2026-03-04"},
    )
    for day in ("02", "03", "04"):
        task.comment(first, kim, f"2026-03-{day}T09:00:00.000Z", f"Comment of {day}")
    task.add(
        402,
        "Second",
        created="2026-03-02T09:00:00.000Z",
        state="In progress",
        assignees=[ada, kim],
        **{"Project": project, "Feature": feature, "Sprint": sprint, "Estimate (H)": 2, "Planned End": "2026-03-05"},
    )
    done = {"Feature": feature, "Estimate (H)": 4}
    task.add(403, "Third", created="2026-03-03T09:00:00.000Z", state="Done", **done)
    with served(company, SandboxSettings(fibery_limits=False)) as api:
        yield api


@pytest.fixture
def three_tasks(three_tasks_api: ApiClient) -> ApiClient:
    return three_tasks_api


# Schema


def test_the_schema_is_bare_with_an_etag_and_304_while_unchanged(three_tasks: ApiClient) -> None:
    query = "with-description=false&with-soft-deleted=false"
    first = three_tasks.client.get(f"/api/schema?{query}", headers=three_tasks.fibery_headers)
    assert first.json().keys() == {"fibery/id", "fibery/version", "fibery/meta", "fibery/types"}
    again = {"If-None-Match": first.headers["ETag"]} | three_tasks.fibery_headers
    second = three_tasks.client.get(f"/api/schema?{query}", headers=again)
    assert (second.status_code, second.content) == (304, b"")
    three_tasks.sandbox.company.fibery.rename_field(TASK, "Scrum/Effort (pt)", "Scrum/Effort")
    third = three_tasks.client.get(f"/api/schema?{query}", headers=again)
    assert third.status_code == 200
    assert third.headers["ETag"] != first.headers["ETag"]
    three_tasks.sandbox.company.fibery.rename_field(TASK, "Scrum/Effort", "Scrum/Effort (pt)")


def test_deleted_fields_are_in_the_schema_unless_left_out(tide: ApiClient) -> None:
    def names(query: str) -> set[str]:
        schema = tide.client.get(f"/api/schema{query}", headers=tide.fibery_headers).json()
        return {field["fibery/name"] for t in schema["fibery/types"] for field in t["fibery/fields"]}

    assert any(name.endswith("_deleted") for name in names(""))
    assert not any(name.endswith("_deleted") for name in names("?with-soft-deleted=false"))


@pytest.fixture(scope="module")
def schema(tidewater_api: ApiClient) -> dict[str, Any]:
    answer = tidewater_api.commands({"command": "fibery.schema/query"}).json()
    return {entity_type["fibery/name"]: entity_type for entity_type in answer["result"]["fibery/types"]}


def fields_of(schema: dict[str, Any], type_name: str) -> dict[str, Any]:
    return {field["fibery/name"]: field for field in schema[type_name]["fibery/fields"]}


@pytest.mark.parametrize(
    ("type_name", "constant"),
    [
        ("Scrum/Task", " [Scrum] [Task]"),
        ("Scrum/Bug", " [Scrum] [Bug]"),
        ("Scrum/Sub-bug", " [Scrum] [Sub-bug]"),
        ("Scrum/Sub-task", " [Scrum] [Sub-task]"),
        ("Scrum/Feature", " [Scrum] [Feature]"),
        ("Scrum/Hotfix", " [Scrum] [Hotfix]"),
        ("Scrum/Test coverage", " [Scrum] [Test coverage]"),
        ("Scrum/Build", " [Scrum] [Release]"),
        ("Product Management/Request", " [Requests] [Request]"),
        ("Design/Design Feature", " [Design] [Design feature]"),
        ("Design/Work Version", " [Design] [Work Version]"),
        ("Design/Old Work Version", " [Design] [Work version]"),
        ("QA/Test report", " [QA] [Test report]"),
        ("To-dos/To-do", " [To Do]"),
    ],
)
def test_the_tags_are_a_constant_of_the_toggl_formula(schema: dict[str, Any], type_name: str, constant: str) -> None:
    toggl = fields_of(schema, type_name)[f"{type_name.split('/')[0]}/Toggl"]
    assert toggl["fibery/type"] == "fibery/text"
    assert toggl["fibery/meta"]["formula/formula"]["params"]["$formulaParam2"] == constant


def test_every_domain_type_has_one_title_and_half_of_them_spell_it_small(schema: dict[str, Any]) -> None:
    titles = {}
    for name, entity_type in schema.items():
        if entity_type["fibery/meta"].get("fibery/domain?"):
            (titles[name],) = [
                f["fibery/name"] for f in entity_type["fibery/fields"] if f["fibery/meta"].get("ui/title?")
            ]
    assert titles[TASK] == "Scrum/Name"
    assert titles[BUG] == "Scrum/name"
    assert titles["fibery/user"] == "user/name"


def test_what_some_types_lack(schema: dict[str, Any]) -> None:
    assert "assignments/assignees" not in fields_of(schema, SUB_BUG)
    assert "comments/comments" not in fields_of(schema, "Scrum/Sub-task") | fields_of(schema, "Scrum/Chore")
    assert "workflow/state" not in fields_of(schema, "Scrum/Sprint") | fields_of(schema, "Design/Work Version")


def test_odd_names_and_lookups(schema: dict[str, Any]) -> None:
    sub_task, task = fields_of(schema, "Scrum/Sub-task"), fields_of(schema, TASK)
    assert sub_task["Scrum/Project "]["fibery/type"] == "fibery/text"
    assert sub_task["Scrum/Project"]["fibery/meta"]["formula/lookup?"]
    assert "Scrum/⚙️ Deploy or build instructions" in task
    assert "fibery/relation" not in task["Scrum/Epic"]["fibery/meta"]
    assert task["Scrum/Release"]["fibery/meta"]["fibery/collection?"]
    assert {"Scrum/WEEKDAY", "Scrum/Weekday"} <= fields_of(schema, BUG).keys()


def test_states_are_enums_of_their_own(schema: dict[str, Any]) -> None:
    state = fields_of(schema, TASK)["workflow/state"]
    assert state["fibery/type"] == "workflow/state_Scrum/Task"
    assert schema[state["fibery/type"]]["fibery/meta"]["fibery/enum?"]
    assert {"enum/name", "workflow/Final", "workflow/Type"} <= fields_of(schema, state["fibery/type"]).keys()
    assert fields_of(schema, BUG)["Scrum/Severity"]["fibery/type"] == "Scrum/Severity_Scrum/Bug"


def test_a_relation_has_one_id_at_both_ends(schema: dict[str, Any]) -> None:
    there = fields_of(schema, TASK)["Scrum/Feature"]["fibery/meta"]
    back = fields_of(schema, "Scrum/Feature")["Scrum/Tasks"]["fibery/meta"]
    assert there["fibery/relation"] == back["fibery/relation"]
    assert "fibery/collection?" not in there
    assert back["fibery/collection?"]


# Documents


def _documents(api: ApiClient, secrets: list[str], query: str = "?format=md") -> Any:
    body = {"command": "get-documents", "args": [{"secret": secret} for secret in secrets]}
    return api.client.post(f"/api/documents/commands{query}", json=body, headers=api.fibery_headers)


def test_documents_are_a_bare_array_in_any_order(tide: ApiClient) -> None:
    rows = tide.found(TASK, {"secret": ["Scrum/Description", SECRET]})
    secrets = [row["secret"] for row in rows if row["secret"]]
    assert len(secrets) > 20
    answer = _documents(tide, secrets).json()
    assert {row["secret"] for row in answer} == set(secrets)
    assert [row["secret"] for row in answer] != secrets
    assert all(row["content"] for row in answer)


@pytest.mark.parametrize(("reading", "expected"), [("dropped", []), ("null", [{"secret": "none", "content": None}])])
def test_an_unknown_secret_is_dropped_or_empty(
    tide: ApiClient, monkeypatch: pytest.MonkeyPatch, reading: str, expected: Any
) -> None:
    switch(monkeypatch, tide, unknown_secret=reading)
    assert _documents(tide, ["none"]).json() == expected


def test_one_document_and_the_text_of_a_comment(three_tasks: ApiClient) -> None:
    select = {
        "secret": ["Scrum/Description", SECRET],
        "snippet": ["Scrum/Description", "Collaboration~Documents/Snippet"],
        "comments": {"q/from": "comments/comments", "q/select": ["comment/document-secret"], "q/limit": 1},
    }
    row = three_tasks.found(TASK, select)[0]
    assert row["snippet"] == "What to do."
    answer = three_tasks.client.get(f"/api/documents/{row['secret']}?format=md", headers=three_tasks.fibery_headers)
    assert answer.json() == {"secret": row["secret"], "content": "What to do."}
    (comment,) = _documents(three_tasks, [row["comments"][0]["comment/document-secret"]]).json()
    assert comment["content"] == "Comment of 02"


@pytest.mark.parametrize(
    "body", [{"command": "get-document", "args": []}, {"command": "get-documents", "args": ["secret"]}, []]
)
def test_a_wrong_documents_command_is_a_server_error(tide: ApiClient, body: Any) -> None:
    answer = tide.client.post("/api/documents/commands?format=md", json=body, headers=tide.fibery_headers)
    assert answer.status_code == 500
    assert _documents(tide, [], "?format=docx").status_code == 500
