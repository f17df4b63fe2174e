"""The history of states: what is requested, page by page and year by year, and how it is read."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from volt_assets.fibery.client import HISTORY_PER_PAGE, FiberyClient
from volt_assets.fibery.history import History, request_history, state_changes, states_queries
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


def requested(handler, configured, since: datetime, public_ids=None) -> History:
    history = History(since)

    async def main() -> None:
        access = FiberyAccess("https://acme.fibery.io", SecretStr("t"))
        async with FiberyClient(access, transport=MockTransport(handler), pace=None) as client:
            ids = public_ids or {"Scrum/Task": ["7", "9"], "Scrum/Bug": ["7"]}
            await request_history(history, ids, SCHEMA, configured(CONFIG), client, NOW)

    asyncio.run(main())
    return history


def test_one_request_for_each_type_that_wants_it_as_the_api_has_it(configured):
    bodies = []

    def handler(request: Any) -> Response:
        assert (request.method, request.url.path) == ("POST", "/api/history/v2/search")
        bodies.append(json.loads(request.content))
        return Response(200, json={"items": [item(1, "2026-02-20T10:00:00.000Z", "Open", "Done")], "nextPage": {}})

    history = requested(handler, configured, NOW - timedelta(days=13))
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

    assert [change["after"] for change in requested(handler, configured, NOW - timedelta(days=30)).changes] == [
        "B",
        "C",
    ]
    assert since == [None, "1"]


def test_more_than_a_year_is_requested_year_by_year(configured):
    frames = []

    def handler(request: Any) -> Response:
        frames.append(json.loads(request.content)["timeframe"])
        return Response(200, json={"items": []})

    requested(handler, configured, NOW - timedelta(days=800))
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
    history = requested(lambda request: answer, configured, NOW - timedelta(days=30))
    assert history.answered == set()
    assert history.changes == []
    assert "history of Scrum/Task" in caplog.text


def test_only_changes_of_the_state_are_read_whatever_form_the_state_has():
    without_previous = item(6, "2026-02-20T14:00:00Z", None, {"id": "s1"})
    del without_previous["changedValues"][0]["previousValue"]
    items = [
        item(1, "2026-02-20T10:00:00Z", "Open", "Done"),
        item(2, "2026-02-20T11:00:00+01:00", {"name": "Done"}, [{"enum/name": "Open"}]),
        item(3, "2026-02-20T12:00:00Z", None, ""),
        item(4, "2026-02-20T13:00:00Z", "x", "y", title="Name"),
        {"id": "5", "action": "fibery.entity/create"},
        without_previous,
    ]
    read = [change for each in items for change in state_changes(each, {"s1": "In review"})]
    assert [(change["changed_at"].hour, change["before"], change["after"]) for change in read] == [
        (10, "Open", "Done"),
        (10, "Done", "Open"),
        (12, None, None),
        (14, None, "In review"),
    ]


def test_an_item_that_cannot_be_read_leaves_its_own_work_item_unknown_and_no_other(configured, caplog):
    other = item(2, "2026-02-21T10:00:00Z", "Open", "Done")
    other["entity"]["publicId"] = "9"
    items = [item(1, "2026-02-20T10:00:00Z", {"id": "a state that is not known"}, "Done"), other, "no item"]
    history = requested(lambda request: Response(200, json={"items": items}), configured, NOW - timedelta(days=30))
    assert [change["public_id"] for change in history.changes] == ["9"]
    assert history.is_known("Scrum/Task", "9")
    assert not history.is_known("Scrum/Task", "7")
    assert "2 items of the history of Scrum/Task" in caplog.text


@pytest.mark.parametrize("ids", [("1", "1"), ("1", "2", "1"), (None,)], ids=["the same page", "in a circle", "no ids"])
def test_pages_that_do_not_go_on_are_no_answer_and_end(configured, ids, caplog):
    """Without an end to it, this test would not end either."""
    sent = 0

    def handler(request: Any) -> Response:
        nonlocal sent
        page = item(1, "2026-02-20T10:00:00Z", "A", "B") | {"id": ids[sent % len(ids)]}
        sent += 1
        return Response(200, json={"items": [page], "nextPage": {"hasNext": True}})

    history = requested(handler, configured, NOW - timedelta(days=30))
    assert sent == len(ids)
    assert history.answered == set()
    assert "do not go on" in caplog.text


def test_states_whose_type_the_schema_does_not_spell_out_are_requested_by_name(configured):
    states = "workflow/state_Scrum/Task"
    schema = schema_of(database("Scrum/Task", field("workflow/state", states)))
    (query,) = states_queries(schema, configured(CONFIG), ["Scrum/Task"])
    assert query.command()["args"]["query"] == {
        "q/from": states,
        "q/select": {"id": ["fibery/id"], "name": ["enum/name"], "final": ["workflow/Final"]},
        "q/limit": 1000,
    }
    history = History()
    query.read([{"id": "s1", "name": "Open", "final": False}, {"id": "s2", "name": "Done", "final": True}], history)
    assert history.names == {"s1": "Open", "s2": "Done"}
    assert [(each["name"], each["kind"]) for each in history.states] == [("Open", None), ("Done", "final")]
