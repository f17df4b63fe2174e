"""The sandbox's history: what a search finds, its pages, and what it refuses."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.sandbox.conftest import UNTIL, ApiClient, served, small_company

TASK = "Scrum/Task"
YEAR = {"start": f"{UNTIL.year - 1}-06-01T00:00:00.000Z", "end": f"{UNTIL.year}-05-01T00:00:00.000Z"}


def search(api: ApiClient, **changes: Any) -> httpx.Response:
    types = api.sandbox.company.fibery.types
    body = {"where": [{"field": "typeId", "operator": "=", "value": types[TASK].id}], "timeframe": YEAR, "limit": 1000}
    return api.client.post("/api/history/v2/search", json=body | changes, headers=api.fibery_headers)


def of_ids(api: ApiClient, *ids: Any) -> list[dict[str, Any]]:
    type_id = api.sandbox.company.fibery.types[TASK].id
    return [
        {"field": "typeId", "operator": "=", "value": type_id},
        {"field": "entityPublicId", "operator": "in", "value": list(ids)},
    ]


def test_each_tasks_last_change_led_to_the_state_that_it_is_in(tide: ApiClient) -> None:
    items = search(tide).json()["items"]
    latest = {item["entity"]["publicId"]: item["changedValues"][0] for item in items}
    assert len(latest) > 20
    for number, task in tide.sandbox.company.fibery.by_public_id(TASK).items():
        if number in latest:
            assert latest[number]["currentValue"] == task.values["workflow/state"].values["enum/name"]
    assert {change["field"]["title"] for change in latest.values()} == {"State"}
    assert [item["date"] for item in items] == sorted(item["date"] for item in items)


def test_it_finds_what_is_asked_for_by_number_and_time(tide: ApiClient) -> None:
    first, second = search(tide).json()["items"][:2]
    number = first["entity"]["publicId"]
    own = search(tide, where=of_ids(tide, number)).json()["items"]
    assert {item["entity"]["publicId"] for item in own} == {number}
    until = search(tide, timeframe=YEAR | {"end": second["date"]}).json()["items"]
    assert [item["id"] for item in until[:2]] == [first["id"], second["id"]]
    assert all(item["date"] <= second["date"] for item in until)


def test_pages_may_be_shorter_than_asked_for_and_say_whether_there_are_more(
    tide: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = search(tide).json()
    assert everything["nextPage"] == {"hasNext": False}
    monkeypatch.setattr(tide.sandbox.settings, "history_page", 7)
    walked, since = [], {}
    while True:
        page = search(tide, **since).json()
        walked += page["items"]
        if not page["nextPage"]["hasNext"]:
            break
        assert len(page["items"]) == 7
        since = {"sinceItem": walked[-1]["id"]}
    assert walked == everything["items"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeframe": {"start": "2024-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}},
        {"timeframe": {"start": "2026-01-01T00:00:00Z"}},
        {"limit": 0},
        {"limit": "50"},
        {"where": []},
        {"where": [{"field": "typeId", "operator": "=", "value": "no such id"}]},
        {"where": [{"field": "author", "operator": "=", "value": "x"}]},
        {"order": "asc"},
    ],
)
def test_a_wrong_search_is_refused(tide: ApiClient, wrong: dict[str, Any]) -> None:
    refused = search(tide, **wrong)
    assert refused.status_code == 500
    assert refused.json()["name"].startswith("history/")


def test_numbers_are_texts(tide: ApiClient) -> None:
    assert search(tide, where=of_ids(tide, 401)).status_code == 500
    assert search(tide, where=of_ids(tide, "401")).status_code == 200


def test_a_workspace_without_history_forbids_it_and_a_wrong_token_is_unauthorized() -> None:
    with served(small_company(), SandboxSettings(fibery_limits=False)) as api:
        body = {"where": [], "timeframe": {"start": f"{datetime.now(UTC):%Y-%m-%d}T00:00:00Z"}}
        assert api.client.post("/api/history/v2/search", json=body, headers=api.fibery_headers).status_code == 403
        assert api.client.post("/api/history/v2/search", json=body).status_code == 401
