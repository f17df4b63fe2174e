"""The history of states: what is asked, page by page and year by year, and how it is read."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from volt_assets.fibery.client import HISTORY_PER_PAGE, FiberyClient
from volt_assets.fibery.history import History, ask_history, state_changes
from volt_assets.http import MockTransport, Response
from volt_assets.settings import FiberyAccess
from volt_assets_tests.fibery.conftest import database, field, schema_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CONFIG = "enrichment_activities: {Scrum/Task: {history: true}, Scrum/Bug: {}, default: null}"


def with_states(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    states = f"workflow/state_{name}"
    return (
        database(name, field("workflow/state", states)),
        database(states, field("enum/name"), field("workflow/Final", "fibery/bool")),
    )


SCHEMA = schema_of(*with_states("Scrum/Task"), *with_states("Scrum/Bug"))


def item(number: int, at: str, before: Any, after: Any, title: str = "State") -> dict[str, Any]:
    return {
        "id": str(number),
        "date": at,
        "entity": {"publicId": "7"},
        "changedValues": [{"field": {"title": title}, "previousValue": before, "currentValue": after}],
    }


def asked(handler, configured, since: datetime, public_ids=None) -> History:
    history = History(since)

    async def main() -> None:
        access = FiberyAccess("https://acme.fibery.io", SecretStr("t"))
        async with FiberyClient(access, transport=MockTransport(handler), pace=None) as client:
            ids = public_ids or {"Scrum/Task": ["7", "9"], "Scrum/Bug": ["7"]}
            await ask_history(history, ids, SCHEMA, configured(CONFIG), client, NOW)

    asyncio.run(main())
    return history


def test_one_request_for_each_type_that_asks_for_it_as_the_api_has_it(configured):
    bodies = []

    def handler(request: Any) -> Response:
        assert (request.method, request.url.path) == ("POST", "/api/history/v2/search")
        bodies.append(json.loads(request.content))
        return Response(200, json={"items": [item(1, "2026-02-20T10:00:00.000Z", "Open", "Done")], "nextPage": {}})

    history = asked(handler, configured, NOW - timedelta(days=13))
    assert bodies == [
        {
            "where": [
                {"field": "typeId", "operator": "=", "value": "id of Scrum/Task"},
                {"field": "entityPublicId", "operator": "in", "value": ["7", "9"]},
            ],
            "timeframe": {"start": "2026-02-16T00:00:00.000Z", "end": "2026-03-01T00:00:00.000Z"},
            "limit": HISTORY_PER_PAGE,
        }
    ]
    assert history.answered == {"Scrum/Task"}
    assert history.changes == [
        {
            "entity_type": "Scrum/Task",
            "public_id": "7",
            "changed_at": datetime(2026, 2, 20, 10),
            "before": "Open",
            "after": "Done",
        }
    ]


def test_pages_may_be_short_and_the_next_begins_behind_the_last_item(configured):
    pages = [[item(1, "2026-02-20T10:00:00Z", "A", "B")], [item(2, "2026-02-21T10:00:00Z", "B", "C")]]
    since = []

    def handler(request: Any) -> Response:
        since.append(json.loads(request.content).get("sinceItem"))
        return Response(200, json={"items": pages[len(since) - 1], "nextPage": {"hasNext": len(since) < len(pages)}})

    assert [change["after"] for change in asked(handler, configured, NOW - timedelta(days=30)).changes] == ["B", "C"]
    assert since == [None, "1"]


def test_more_than_a_year_is_asked_for_year_by_year(configured):
    frames = []

    def handler(request: Any) -> Response:
        frames.append(json.loads(request.content)["timeframe"])
        return Response(200, json={"items": []})

    asked(handler, configured, NOW - timedelta(days=800))
    assert len(frames) == 3
    assert [frame["end"] for frame in frames[:-1]] == [frame["start"] for frame in frames[1:]]
    assert frames[-1]["end"] == "2026-03-01T00:00:00.000Z"


@pytest.mark.parametrize(
    "answer",
    [
        Response(403, text="Forbidden"),
        Response(404, text="Not Found"),
        Response(200, json=[]),
        Response(200, json={"items": [{"id": "1", "changedValues": [{"field": {"title": "State"}}]}]}),
        Response(200, json={"items": [item(1, "yesterday", "A", "B")]}),
        Response(200, json={"items": [item(1, "2026-02-20T10:00:00Z", 7, "B")]}),
    ],
)
def test_what_is_refused_or_in_an_unknown_form_is_no_answer_and_no_failure(configured, answer, caplog):
    history = asked(lambda request: answer, configured, NOW - timedelta(days=30))
    assert history.answered == set()
    assert history.changes == []
    assert "history of Scrum/Task" in caplog.text


def test_only_changes_of_the_state_are_read_whatever_form_the_state_has():
    read = state_changes(
        [
            item(1, "2026-02-20T10:00:00Z", "Open", "Done"),
            item(2, "2026-02-20T11:00:00+01:00", {"name": "Done"}, [{"enum/name": "Open"}]),
            item(3, "2026-02-20T12:00:00Z", None, ""),
            item(4, "2026-02-20T13:00:00Z", "x", "y", title="Name"),
            {"id": "5", "action": "fibery.entity/create"},
        ]
    )
    assert [(change["changed_at"].hour, change["before"], change["after"]) for change in read] == [
        (10, "Open", "Done"),
        (10, "Done", "Open"),
        (12, None, None),
    ]
