"""The sandbox's Toggl: what it answers to our calls, and to wrong ones."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.sandbox.company import TogglWorkspace
from volt_assets.sandbox.settings import ENRICHED_FIELDS, SandboxSettings
from volt_assets.sandbox.toggl.reports import Report, Reports
from volt_assets_tests.sandbox.conftest import ApiClient, cursor, instant, served, small_company, small_toggl

WEEK = {"start_date": "2026-03-02", "end_date": "2026-03-08"}


@pytest.fixture(scope="module")
def module_api() -> Iterator[ApiClient]:
    with served(small_company(), SandboxSettings()) as api:
        yield api


@pytest.fixture
def api(module_api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiClient]:
    """A workspace without entries; what a test adds is taken away again, and so are its switches (by monkeypatch)."""
    workspace = module_api.sandbox.company.toggl
    yield module_api
    workspace.entries.clear()
    workspace.version += 1
    module_api.sandbox.forget()


def person(api: ApiClient, name: str) -> Any:
    return next(p for p in api.sandbox.company.toggl.people.values() if p.name.startswith(name))


def add(api: ApiClient, name: str, start: str, minutes: int | None = 60, text: str | None = "Work", **more: Any) -> Any:
    """An entry of `minutes` (None: running) from a time in UTC."""
    begin = instant(start)
    stop = None if minutes is None else begin + minutes * 60
    return api.sandbox.company.toggl.add_entry(person(api, name), begin, stop, text, **more)


def add_many(api: ApiClient, count: int) -> None:
    for number in range(count):
        add(
            api,
            ("Ada", "Kim", "Lee")[number % 3],
            f"2026-03-0{2 + number % 6}T{8 + number % 9:02}:{number % 60:02}",
            7,
        )


def switch(monkeypatch: pytest.MonkeyPatch, api: ApiClient, **switches: Any) -> None:
    for name, value in switches.items():
        monkeypatch.setattr(api.sandbox.settings, name, value)


def entry_of(row: dict[str, Any]) -> dict[str, Any]:
    (entry,) = row["time_entries"]
    return entry


# Access


def test_without_credentials_the_answer_is_401_and_empty(api: ApiClient) -> None:
    answer = api.client.get(f"{api.v9}/users")
    assert (answer.status_code, answer.content) == (401, b"")
    assert "content-type" not in answer.headers
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize("status", [403, 401])
def test_a_wrong_token_is_refused(api: ApiClient, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    switch(monkeypatch, api, bad_token_status=status)
    answer = api.client.get(f"{api.v9}/users", auth=("not-the-token", "api_token"))
    assert answer.status_code == status
    assert isinstance(answer.json(), str)


def test_the_token_is_the_user_and_api_token_the_password(api: ApiClient) -> None:
    assert api.client.get(f"{api.v9}/users", auth=("api_token", api.toggl_auth[0])).status_code == 403


def test_another_workspace_is_forbidden_and_a_word_is_no_workspace(api: ApiClient) -> None:
    other = api.client.post("/reports/api/v3/workspace/7/search/time_entries", json=WEEK, auth=api.toggl_auth)
    assert (other.status_code, other.json()) == (403, "Workspace not found/accessible")
    word = api.client.get("/api/v9/workspaces/ours/users", auth=api.toggl_auth)
    assert (word.status_code, word.json()) == (400, "Invalid workspace id")


# Wrong requests


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "At least one parameter must be set"),
        ({"start_date": None}, "At least one parameter must be set"),
        (WEEK | {"per_page": 50}, "The 'per_page' parameter is not supported"),
        (WEEK | {"startTime": "2026-03-02T00:00:00Z"}, "The 'startTime' parameter is not supported"),
        (WEEK | {"order_by": "start"}, "Invalid 'order_by' value, allowed values are:"),
        (WEEK | {"order_dir": "asc"}, "Invalid 'order_dir' value"),
        (WEEK | {"page_size": "1000"}, "Invalid 'page_size' value"),
        (WEEK | {"page_size": True}, "Invalid 'page_size' value"),
        (WEEK | {"page_size": 0}, "Invalid 'page_size' value"),
        (WEEK | {"user_ids": "6000000001"}, "Invalid 'user_ids' value"),
        (WEEK | {"user_ids": [None]}, "Invalid 'user_ids' value"),
        (WEEK | {"rounding": 2}, "Invalid 'rounding' value"),
        (WEEK | {"rounding_minutes": 7}, "Invalid 'rounding_minutes' value"),
        (WEEK | {"enrich_response": 1}, "Invalid 'enrich_response' value"),
        ({"start_date": "2026-3-2", "end_date": "2026-03-08"}, "Invalid 'start_date' value"),
        ({"start_date": "2026-02-30", "end_date": "2026-03-08"}, "Invalid 'start_date' value"),
        ({"start_date": "2026-03-09", "end_date": "2026-03-08"}, "Invalid 'end_date' value"),
        ({"end_date": "2026-03-08"}, "Invalid 'start_date' value"),
        ([WEEK], "Invalid JSON"),
    ],
)
def test_a_wrong_body_gets_400_and_a_text(api: ApiClient, body: Any, text: str) -> None:
    answer = api.report(body)
    assert answer.status_code == 400
    assert answer.json().startswith(text)


def test_errors_can_be_plain_text(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    switch(monkeypatch, api, errors="text")
    answer = api.report({})
    assert (answer.status_code, answer.text) == (400, "At least one parameter must be set")


def test_a_body_must_be_declared_as_json(api: ApiClient) -> None:
    path = f"{api.reports}/search/time_entries"
    answer = api.client.post(path, content=json.dumps(WEEK), auth=api.toggl_auth)
    assert (answer.status_code, answer.json()) == (400, "Content-Type must be application/json")


def test_a_lenient_sandbox_ignores_what_it_does_not_know_as_toggl_does(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What clients in use send: toggl-api-wrapper and toggl-client name the workspace, pages and themselves."""
    add(api, "Ada", "2026-03-04T12:00")
    unknown = {"workspace_id": 7, "user_agent": "me", "collapse": True, "per_page": 50, "startTime": "2026-03-02"}
    path = f"{api.reports}/search/time_entries"
    paths = ["search/time_entries", "search/time_entries/totals", "summary/time_entries"]
    assert {api.report(WEEK | unknown, kind).status_code for kind in paths} == {400}
    switch(monkeypatch, api, strict=False)
    for kind in paths:
        assert api.report(WEEK | unknown, kind).json() == api.report(WEEK, kind).json()
    assert len(api.client.post(path, content=json.dumps(WEEK), auth=api.toggl_auth).json()) == 1
    assert len(api.v9_get("/workspace_users")) == 3
    # What it does know, it still checks.
    assert api.report(WEEK | unknown | {"page_size": "1000"}).status_code == 400
    assert api.report(unknown).json() == "At least one parameter must be set"


def test_a_strict_sandbox_wants_the_required_parameter_of_workspace_users(api: ApiClient) -> None:
    answer = api.client.get(f"{api.v9}/workspace_users", auth=api.toggl_auth)
    assert (answer.status_code, answer.json().partition(" value")[0]) == (400, "Invalid 'includeIndirect'")


def test_rows_come_by_date_ascending_unless_asked(api: ApiClient) -> None:
    for day in ("04", "02", "06"):
        add(api, "Ada", f"2026-03-{day}T12:00")
    rows = api.report(WEEK).json()
    assert [entry_of(row)["start"][8:10] for row in rows] == ["02", "04", "06"]
    assert rows == api.rows()


def test_a_range_may_span_366_days_and_no_more(api: ApiClient) -> None:
    year = {"start_date": "2023-12-31", "end_date": "2024-12-30"}
    assert api.report(year).status_code == 200
    answer = api.report(year | {"end_date": "2024-12-31"})
    assert answer.status_code == 400
    assert "366 days" in answer.json()


def test_the_range_used_is_told(api: ApiClient) -> None:
    headers = api.report(WEEK).headers
    assert (headers["X-Range-Start"], headers["X-Range-End"]) == ("2026-03-02", "2026-03-08")
    assert api.report({"start_date": "2026-03-02"}).headers["X-Range-End"] == "2026-03-08"


@pytest.mark.parametrize(("reading", "content"), [("[]", b"[]"), ("null", b"null")])
def test_nothing_found_is_an_empty_array_or_null(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, reading: str, content: bytes
) -> None:
    switch(monkeypatch, api, empty=reading)
    assert api.report(WEEK).content == content


@pytest.mark.parametrize(("reading", "groups"), [("[]", []), ("null", None)])
def test_a_summary_of_nothing_has_no_groups_or_null(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, reading: str, groups: Any
) -> None:
    switch(monkeypatch, api, empty=reading)
    assert api.report(WEEK, "summary/time_entries").json() == {"groups": groups}


# Pages


def test_a_page_has_50_rows_unless_asked(api: ApiClient) -> None:
    add_many(api, 60)
    answer = api.report(WEEK)
    assert len(answer.json()) == 50
    assert answer.headers["X-Page-Size"] == "50"
    assert answer.headers["X-Next-Row-Number"] == "51"


@pytest.mark.parametrize("cap", [50, 200, 1000])
def test_every_cap_gives_the_same_rows_in_the_end(api: ApiClient, monkeypatch: pytest.MonkeyPatch, cap: int) -> None:
    switch(monkeypatch, api, page_cap=cap)
    add_many(api, 230)
    rows = api.walk(page_size=1000)
    assert [row["row_number"] for row in rows] == list(range(1, 231))
    assert len({entry_of(row)["id"] for row in rows}) == 230
    assert api.report(WEEK | {"page_size": 1000}).headers["X-Page-Size"] == str(cap)


def test_a_page_above_the_cap_can_be_refused(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    switch(monkeypatch, api, page_cap=200, over_cap="refuse")
    answer = api.report(WEEK | {"page_size": 201})
    assert answer.status_code == 400
    assert "1-200" in answer.json()


def test_the_last_page_has_no_cursor(api: ApiClient) -> None:
    add_many(api, 50)
    assert not [name for name in api.report(WEEK).headers if name.startswith("x-next")]


def test_an_id_without_its_timestamp_silently_finds_nothing(api: ApiClient) -> None:
    add_many(api, 60)
    next_page = cursor(api.report(WEEK))
    del next_page["first_timestamp"]
    answer = api.report(WEEK | next_page)
    assert (answer.status_code, answer.json()) == (200, [])
    assert "X-Next-ID" not in answer.headers


@pytest.mark.parametrize("order_dir", ["ASC", "DESC"])
def test_only_the_whole_cursor_stands_changes_between_two_pages(api: ApiClient, order_dir: str) -> None:
    add_many(api, 60)
    body = WEEK | {"order_dir": order_dir}
    first = api.report(body)
    following = int(first.headers["X-Next-ID"])
    add(api, "Ada", "2026-03-02T00:30" if order_dir == "ASC" else "2026-03-08T20:00")
    whole = api.report(body | cursor(first)).json()
    assert entry_of(whole[0])["id"] == following
    offset = api.report(body | {"first_row_number": 51}).json()
    seen_twice = entry_of(first.json()[-1])["id"]
    assert entry_of(offset[0])["id"] == seen_twice


def test_an_offset_beyond_the_end_finds_nothing(api: ApiClient) -> None:
    add_many(api, 3)
    assert api.report(WEEK | {"first_row_number": 101}).json() == []


@given(
    starts=st.lists(st.integers(0, 5 * 86_400), max_size=40),
    page_size=st.integers(1, 12),
    order_by=st.sampled_from(["date", "user", "duration", "description", "last_update"]),
    order_dir=st.sampled_from(["ASC", "DESC"]),
    grouped=st.booleans(),
)
def test_pages_put_together_are_the_whole(
    starts: list[int], page_size: int, order_by: str, order_dir: str, grouped: bool
) -> None:
    workspace = small_toggl()
    people = list(workspace.people.values())
    for number, start in enumerate(starts):
        begin = instant("2026-03-02T12:00") + start
        workspace.add_entry(people[number % 3], begin, begin + number % 4, f"Text {number % 3}")
    reports = Reports(workspace, SandboxSettings())
    body = WEEK | {"order_by": order_by, "order_dir": order_dir, "grouped": grouped}
    ids, parameters = [], body | {"page_size": page_size}
    while True:
        report = reports.detailed(parameters)
        for row in json_of(report):
            ids += [entry["id"] for entry in row["time_entries"]]
        if "X-Next-ID" not in report.headers:
            break
        names = {
            "first_id": "X-Next-ID",
            "first_row_number": "X-Next-Row-Number",
            "first_timestamp": "X-Next-Timestamp",
        }
        parameters |= {name: int(report.headers[header]) for name, header in names.items()}
    whole = [
        entry["id"] for row in json_of(reports.detailed(body | {"page_size": 1000})) for entry in row["time_entries"]
    ]
    assert ids == whole
    assert sorted(ids) == sorted(workspace.entries)


def json_of(report: Report) -> Any:
    return json.loads(report.body)


# Days and zones


def test_days_are_those_of_the_entrys_owner(api: ApiClient) -> None:
    """19:30 UTC on a Sunday is Monday in Tokyo, and still Sunday in Berlin and Los Angeles."""
    for name in ("Ada", "Kim", "Lee"):
        add(api, name, "2026-03-01T19:30")
    monday = api.rows(start_date="2026-03-02", end_date="2026-03-02")
    sunday = api.rows(start_date="2026-03-01", end_date="2026-03-01")
    assert [row["username"] for row in monday] == ["Kim Ito"]
    assert sorted(row["username"] for row in sunday) == ["Ada Berg", "Lee Park"]


def test_times_are_printed_with_the_owners_offset(api: ApiClient) -> None:
    for name in ("Ada", "Kim", "Lee"):
        add(api, name, "2026-03-04T12:00")
    starts = {row["username"]: entry_of(row)["start"] for row in api.rows()}
    assert starts == {
        "Ada Berg": "2026-03-04T13:00:00+01:00",
        "Kim Ito": "2026-03-04T21:00:00+09:00",
        "Lee Park": "2026-03-04T04:00:00-08:00",
    }


def test_an_entry_over_a_clock_change_has_two_offsets_and_its_real_length(api: ApiClient) -> None:
    add(api, "Lee", "2026-03-08T09:30", 60)
    entry = entry_of(api.rows()[0])
    assert entry["start"] == "2026-03-08T01:30:00-08:00"
    assert entry["stop"] == "2026-03-08T03:30:00-07:00"
    assert entry["seconds"] == 3600


def test_an_entry_belongs_to_the_day_it_starts_on(api: ApiClient) -> None:
    add(api, "Ada", "2026-03-08T22:30", 120)
    assert len(api.rows(start_date="2026-03-08", end_date="2026-03-08")) == 1
    assert api.rows(start_date="2026-03-09", end_date="2026-03-09") == []


# Rounding


@pytest.mark.parametrize(
    ("preference", "parameters", "seconds"),
    [
        (None, {}, 3_700),
        ((1, 15), {}, 4_500),
        ((-1, 15), {}, 3_600),
        ((0, 15), {}, 3_600),
        ((1, 15), {"rounding": 0, "rounding_minutes": 0}, 3_700),
        ((1, 15), {"rounding": 0}, 3_600),
        ((1, 15), {"rounding_minutes": 0}, 4_500),
        ((1, 15), {"rounding_minutes": 60}, 7_200),
        (None, {"rounding": 1, "rounding_minutes": 30}, 5_400),
    ],
)
def test_the_owners_rounding_applies_unless_both_zeros_are_sent(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, preference: Any, parameters: Any, seconds: int
) -> None:
    switch(monkeypatch, api, rounding=preference)
    begin = instant("2026-03-04T12:00")
    api.sandbox.company.toggl.add_entry(person(api, "Kim"), begin, begin + 3_700, "Work")
    assert entry_of(api.rows(**parameters)[0])["seconds"] == seconds
    assert api.report(WEEK | parameters, "search/time_entries/totals").json()["seconds"] == seconds


# Rows


def test_names_come_only_with_an_enriched_answer(api: ApiClient) -> None:
    workspace = api.sandbox.company.toggl
    project, (tag,) = next(iter(workspace.projects.values())), workspace.tags
    add(api, "Ada", "2026-03-04T12:00", project=project, tag_ids=[tag])
    assert not set(ENRICHED_FIELDS) & api.rows()[0].keys()
    row = api.rows(enrich_response=True)[0]
    assert set(ENRICHED_FIELDS) <= row.keys()
    assert (row["email"], row["project_name"], row["client_name"]) == ("ada@small.example", "Website", "Acme")
    assert row["tag_names"] == ["deep work"]


@pytest.mark.parametrize("field", ENRICHED_FIELDS)
def test_each_enriched_field_can_be_missing(api: ApiClient, monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    switch(monkeypatch, api, removed_enriched_fields=frozenset([field]))
    add(api, "Ada", "2026-03-04T12:00")
    assert set(ENRICHED_FIELDS) - api.rows(enrich_response=True)[0].keys() == {field}


@pytest.mark.parametrize(("reading", "expected"), [("list", []), ("null", None), ("list with null", [None])])
def test_tag_ids_can_be_null_or_hold_null(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, reading: str, expected: Any
) -> None:
    switch(monkeypatch, api, tag_ids=reading)
    add(api, "Ada", "2026-03-04T12:00")
    assert api.rows()[0]["tag_ids"] == expected


@pytest.mark.parametrize(("reading", "expected"), [("", ""), ("null", None)])
def test_no_description_is_empty_or_null(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, reading: str, expected: Any
) -> None:
    switch(monkeypatch, api, description_of_none=reading)
    add(api, "Ada", "2026-03-04T12:00", text=None)
    assert api.rows()[0]["description"] == expected


def test_descriptions_come_as_they_were_typed(api: ApiClient) -> None:
    text = 'Тест ⚓ "quoted" <b>bold</b> & more\nsecond line '
    add(api, "Ada", "2026-03-04T12:00", text=text)
    assert api.rows()[0]["description"] == text


def test_ids_do_not_fit_32_bits(api: ApiClient) -> None:
    workspace = api.sandbox.company.toggl
    add(api, "Ada", "2026-03-04T12:00", project=next(iter(workspace.projects.values())))
    row = api.rows()[0]
    assert min(row["user_id"], row["project_id"], entry_of(row)["id"], workspace.id) > 2**32


def test_an_edit_bumps_at_and_a_deletion_leaves_no_trace(api: ApiClient) -> None:
    entry = add(api, "Ada", "2026-03-04T12:00")
    before = entry_of(api.rows()[0])["at"]
    api.sandbox.company.toggl.edit_entry(entry.id, start=instant("2026-03-05T12:00"), stop=instant("2026-03-05T12:30"))
    moved = entry_of(api.rows()[0])
    assert (moved["start"][:10], moved["seconds"]) == ("2026-03-05", 1_800)
    assert before < moved["at"]
    assert moved["at"].endswith("+00:00")
    api.sandbox.company.toggl.delete_entry(entry.id)
    assert api.rows() == []
    assert api.report(WEEK, "search/time_entries/totals").json()["seconds"] == 0


def test_running_entries_are_hidden_or_shown_without_a_stop(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    add(api, "Ada", "2026-03-04T12:00", None)
    assert api.rows() == []
    switch(monkeypatch, api, running="shown")
    entry = entry_of(api.rows()[0])
    assert entry["stop"] is None
    assert entry["seconds"] < 0
    assert api.report(WEEK, "search/time_entries/totals").json()["seconds"] == 0


def test_a_grouped_row_holds_all_entries_of_the_same_work(api: ApiClient) -> None:
    for day in ("02", "03", "04"):
        add(api, "Ada", f"2026-03-{day}T12:00", text="Same")
    add(api, "Kim", "2026-03-03T12:00", text="Same")
    assert sorted(len(row["time_entries"]) for row in api.rows(grouped=True)) == [1, 3]


# Order and filters


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        ("date", ["Kim", "Lee", "Ada"]),
        ("user", ["Ada", "Kim", "Lee"]),
        ("duration", ["Lee", "Ada", "Kim"]),
        ("description", ["Lee", "Kim", "Ada"]),
        ("last_update", ["Lee", "Kim", "Ada"]),
    ],
)
def test_rows_are_ordered_as_asked(api: ApiClient, order_by: str, expected: list[str]) -> None:
    add(api, "Kim", "2026-03-03T12:00", 90, "b", at=instant("2026-03-07T12:00"))
    add(api, "Lee", "2026-03-04T12:00", 10, "a", at=instant("2026-03-06T12:00"))
    add(api, "Ada", "2026-03-05T12:00", 50, "c", at=instant("2026-03-08T12:00"))
    assert [row["username"].split()[0] for row in api.rows(order_by=order_by)] == expected
    descending = api.rows(order_by=order_by, order_dir="DESC")
    assert [row["username"].split()[0] for row in descending] == expected[::-1]


def test_the_order_by_last_update_can_be_ignored(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    switch(monkeypatch, api, last_update_order="ignored")
    add(api, "Kim", "2026-03-03T12:00", at=instant("2026-03-07T12:00"))
    add(api, "Lee", "2026-03-04T12:00", at=instant("2026-03-06T12:00"))
    assert [row["username"] for row in api.rows(order_by="last_update")] == ["Kim Ito", "Lee Park"]


def test_filters_keep_what_they_name(api: ApiClient) -> None:
    workspace = api.sandbox.company.toggl
    project, client = next(iter(workspace.projects.values())), next(iter(workspace.clients))
    with_project = add(api, "Ada", "2026-03-04T12:00", 60, "Draw the map", project=project, billable=True)
    without = add(api, "Kim", "2026-03-05T12:00", 10, "Call")
    everything = {
        "user_ids": ([person(api, "Ada").id], [without.person_id]),
        "project_ids": ([project.id], [None]),
        "client_ids": ([client], [None]),
        "time_entry_ids": ([with_project.id], [without.id]),
        "billable": (True, False),
        "description": ("MAP", "call"),
    }
    for name, (first, second) in everything.items():
        assert [entry_of(row)["id"] for row in api.rows(**{name: first})] == [with_project.id], name
        assert [entry_of(row)["id"] for row in api.rows(**{name: second})] == [without.id], name
    assert len(api.rows(min_duration_seconds=601)) == len(api.rows(max_duration_seconds=600)) == 1


def test_a_filter_that_the_plan_lacks_gets_the_other_402(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    switch(monkeypatch, api, paid_filters=False)
    answer = api.report(WEEK | {"billable": True})
    assert answer.status_code == 402
    assert "hourly limit" not in answer.text


# People and projects


def test_people_have_two_ids_of_disjoint_spaces(api: ApiClient) -> None:
    rows = api.v9_get("/workspace_users", includeIndirect="true")
    assert len(rows) == 3
    assert not {row["id"] for row in rows} & {row["user_id"] for row in rows}
    assert {row["user_id"] for row in rows} == {row["id"] for row in api.v9_get("/users")}
    assert {row["timezone"] for row in rows} == {"Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles"}


def test_the_persons_id_may_be_in_uid_alone(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    switch(monkeypatch, api, workspace_user_ids="uid")
    assert {(row["user_id"], row["uid"] > 0) for row in api.v9_get("/workspace_users", includeIndirect="true")} == {
        (None, True)
    }


def test_a_deactivated_person_keeps_the_entries(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    lee = person(api, "Lee")
    monkeypatch.setattr(lee, "active", False)
    add(api, "Lee", "2026-03-04T12:00")
    assert [row["username"] for row in api.rows()] == ["Lee Park"]
    assert {row["name"] for row in api.v9_get("/workspace_users", includeIndirect="true") if row["inactive"]} == {
        "Lee Park"
    }
    switch(monkeypatch, api, deactivated="left out")
    assert len(api.v9_get("/workspace_users", includeIndirect="true")) == len(api.v9_get("/users")) == 2


def test_archived_projects_are_listed_only_when_asked_for(api: ApiClient) -> None:
    assert [row["name"] for row in api.v9_get("/projects")] == ["Website"]
    assert [row["name"] for row in api.v9_get("/projects", active="both")] == ["Website", "Old"]


def test_projects_come_in_pages_even_when_none_is_asked(api: ApiClient) -> None:
    workspace = api.sandbox.company.toggl
    for number in range(160):
        workspace.add_project(f"P{number}")
    try:
        assert len(api.v9_get("/projects")) == 151
        assert len(api.v9_get("/projects", page=2)) == 10
        too_many = api.client.get(f"{api.v9}/projects", params={"per_page": 201}, auth=api.toggl_auth)
        assert too_many.status_code == 400
    finally:
        for project_id in list(workspace.projects)[2:]:
            del workspace.projects[project_id]


def test_no_clients_is_null(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api.v9_get("/clients")[0]["name"] == "Acme"
    monkeypatch.setattr(api.sandbox.company.toggl, "clients", {})
    assert api.v9_get("/clients") is None


# Totals and summary


def test_totals_are_the_sum_of_the_rows_day_by_day(api: ApiClient) -> None:
    add_many(api, 70)
    add(api, "Kim", "2026-03-01T19:30")
    rows = api.walk()
    totals = api.report(WEEK | {"with_graph": True, "granularity": "day"}, "search/time_entries/totals").json()
    assert totals["seconds"] == sum(entry_of(row)["seconds"] for row in rows)
    by_day = dict.fromkeys((f"2026-03-0{day}" for day in range(2, 9)), 0)
    for row in rows:
        by_day[entry_of(row)["start"][:10]] += entry_of(row)["seconds"]
    assert [bucket["seconds"] for bucket in totals["graph"]] == list(by_day.values())
    assert totals["tracked_days"] == sum(seconds > 0 for seconds in by_day.values())


def test_totals_follow_the_same_filters(api: ApiClient) -> None:
    add(api, "Kim", "2026-03-04T12:00", 10)
    add(api, "Lee", "2026-03-04T12:00", 20)
    body = WEEK | {"user_ids": [person(api, "Lee").id]}
    assert api.report(body, "search/time_entries/totals").json()["seconds"] == 1_200


def test_totals_know_no_pages(api: ApiClient) -> None:
    assert api.report(WEEK | {"page_size": 50}, "search/time_entries/totals").status_code == 400


def test_a_summary_names_every_entry_where_asked(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = api.sandbox.company.toggl
    entries = [
        add(api, "Kim", "2026-03-04T12:00", 10, project=next(iter(workspace.projects.values()))),
        add(api, "Kim", "2026-03-05T12:00", 20),
        add(api, "Ada", "2026-03-05T12:00", 30),
    ]
    body = WEEK | {"grouping": "users", "sub_grouping": "projects", "include_time_entry_ids": True}
    answer = api.report(body, "summary/time_entries")
    groups = {group["id"]: group["sub_groups"] for group in answer.json()["groups"]}
    assert {sub["title"]: sub["seconds"] for sub in groups[entries[0].person_id]} == {"Website": 600, None: 1_200}
    assert sorted(i for subs in groups.values() for sub in subs for i in sub["ids"]) == [entry.id for entry in entries]
    assert (answer.headers["X-Grouping"], answer.headers["X-Sub-Grouping"]) == ("users", "projects")
    switch(monkeypatch, api, summary_ids=False)
    assert "ids" not in api.report(body, "summary/time_entries").json()["groups"][0]["sub_groups"][0]


# Quota and bursts


def test_the_hourly_quota_ends_in_402_with_the_seconds_to_wait() -> None:
    with served(small_company(), SandboxSettings(workspace_quota=2)) as api:
        assert [api.report(WEEK).headers["X-Toggl-Quota-Remaining"] for _ in range(2)] == ["1", "0"]
        answer = api.report(WEEK)
        assert answer.status_code == 402
        assert answer.headers["X-Toggl-Quota-Remaining"] == "0"
        resets_in = answer.headers["X-Toggl-Quota-Resets-In"]
        assert (
            answer.text
            == f"You have hit your hourly limit for API calls. Your quota will reset in {resets_in} seconds."
        )
        assert 3_590 <= int(resets_in) <= 3_600
        # The token's own pool is another one.
        me = api.client.get("/api/v9/me", auth=api.toggl_auth)
        assert (me.status_code, me.headers["X-Toggl-Quota-Remaining"]) == (200, "29")
        quota = api.client.get("/api/v9/me/quota", auth=api.toggl_auth).json()
        assert [(pool["organization_id"] is None, pool["remaining"]) for pool in quota] == [(True, 28), (False, 0)]


def test_a_burst_gets_nginx_html_without_quota_headers() -> None:
    with served(small_company(), SandboxSettings(toggl_burst=2)) as api:
        answers = [api.report(WEEK) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert "<center>nginx</center>" in answers[2].text
        assert answers[2].headers["content-type"].startswith("text/html")
        assert not {"retry-after", "x-toggl-quota-remaining"} & answers[2].headers.keys()


def test_me_is_the_owner_of_the_token(api: ApiClient) -> None:
    me = api.client.get("/api/v9/me", auth=api.toggl_auth).json()
    assert (me["email"], me["timezone"], me["beginning_of_week"]) == ("ada@small.example", "Europe/Berlin", 1)
    assert me["default_workspace_id"] == api.sandbox.company.toggl.id


def test_the_workspace_tells_the_rounding_preference(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    switch(monkeypatch, api, rounding=(-1, 15))
    workspace = api.v9_get("")
    assert (workspace["id"], workspace["rounding"], workspace["rounding_minutes"]) == (4_500_000_001, -1, 15)


def test_the_workspaces_of_the_token_are_listed(api: ApiClient) -> None:
    for path in ("/api/v9/workspaces", "/api/v9/me/workspaces"):
        assert api.client.get(path, auth=api.toggl_auth).json() == [api.v9_get("")]


@pytest.mark.parametrize(
    ("reading", "status", "body"),
    [
        (403, 403, "User does not have access to this resource."),
        (400, 400, "User not found"),
        ("null", 200, None),
    ],
)
def test_the_list_of_people_may_be_refused_alone(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, reading: Any, status: int, body: Any
) -> None:
    switch(monkeypatch, api, people=reading)
    people = {"params": {"includeIndirect": "true"}, "auth": api.toggl_auth}
    answer = api.client.get(f"{api.v9}/workspace_users", **people)
    assert (answer.status_code, answer.json()) == (status, body)
    assert api.report(WEEK).status_code == 200


def test_the_timestamp_of_the_next_page_may_be_missing(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    switch(monkeypatch, api, next_timestamp=False)
    add_many(api, 60)
    headers = api.report(WEEK).headers
    assert (headers["X-Next-Row-Number"], "X-Next-Timestamp" in headers) == ("51", False)
    assert len(api.report(WEEK | {"first_row_number": 51}).json()) == 10


@pytest.mark.parametrize(("reading", "graph"), [("tracked days", [3600, 7200]), ("absent", None)])
def test_the_graph_of_totals_may_lack_days_or_be_absent(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, reading: str, graph: list[int] | None
) -> None:
    switch(monkeypatch, api, totals_graph=reading)
    add(api, "Ada", "2026-03-03T12:00", 60)
    add(api, "Ada", "2026-03-06T12:00", 120)
    totals = api.report(WEEK | {"with_graph": True, "granularity": "day"}, "search/time_entries/totals").json()
    buckets = totals.get("graph")
    assert totals["seconds"] == 10_800
    assert (buckets and [bucket["seconds"] for bucket in buckets]) == graph


@pytest.mark.parametrize(
    ("reading", "status", "begin"),
    [("clamped", 200, "later"), (400, 400, None), (402, 402, None), ("empty", 200, "as requested")],
)
def test_a_free_workspace_shows_recent_days_only(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, reading: Any, status: int, begin: str | None
) -> None:
    add(api, "Ada", "2026-03-04T12:00")
    assert api.v9_get("")["max_data_retention_days"] is None
    switch(monkeypatch, api, days_shown=30, hidden_days=reading)
    assert api.v9_get("")["max_data_retention_days"] == 30
    if reading == "clamped":
        switch(monkeypatch, api, days_shown=(datetime.now(UTC).date() - date(2026, 3, 5)).days)
    answer = api.report(WEEK)
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == []
        assert answer.headers["X-Range-Start"] == {"later": "2026-03-05", "as requested": "2026-03-02"}[begin]


def test_an_edit_can_name_its_own_time() -> None:
    workspace: TogglWorkspace = small_toggl()
    entry = workspace.add_entry(next(iter(workspace.people.values())), 0, 60, "Work")
    assert workspace.edit_entry(entry.id, description="Other", at=7).at == 7


# Money


def test_billable_rows_of_a_project_with_a_rate_have_amounts_unless_they_are_to_be_hidden(api: ApiClient) -> None:
    workspace = api.sandbox.company.toggl
    project = workspace.add_project("At a rate")
    project.rate_cents, workspace.currency = 9850, "EUR"
    add(api, "Ada", "2026-03-02T09:00", 90, project=project, billable=True)
    add(api, "Ada", "2026-03-02T11:00", 60, project=project)
    add(api, "Ada", "2026-03-02T12:00", 60, billable=True)
    money = [[row[name] for name in ("hourly_rate_in_cents", "billable_amount_in_cents")] for row in api.rows()]
    assert money == [[9850, 14775], [None, None], [None, None]]
    assert {row["currency"] for row in api.rows()} == {"EUR"}
    assert {row["hourly_rate_in_cents"] for row in api.rows(hide_amounts=True)} == {None}
    workspace.currency = "USD"
