"""Fibery's API: what is sent, how answers are read, and the messages when there is none."""

import asyncio
import json
import socket
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from pyrate_limiter import InMemoryBucket, Limiter, Rate, SingleBucketFactory

from volt_assets.errors import ServiceRefused, ServiceUnreachable, TimedOut, UnexpectedAnswer
from volt_assets.fibery.client import PACE, FiberyClient
from volt_assets.http import MockTransport, Response
from volt_assets.sandbox.limits import SlidingWindow
from volt_assets.settings import FiberyAccess
from volt_assets_tests.fibery.conftest import database

URL = "https://acme.fibery.io"
TOKEN = "secret-fibery-token"


class Clock:
    """Seconds, as a limit is handed them."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def _no_sleep(_: float) -> None:
    pass


def call(handler: Callable[[Any], Response], method: str, *arguments: Any, **options: Any) -> Any:
    """What a method of a client returns when `handler` answers its requests."""

    async def main() -> Any:
        options.setdefault("pace", None)
        async with FiberyClient(
            FiberyAccess(URL, SecretStr(TOKEN)), transport=MockTransport(handler), sleep=_no_sleep, **options
        ) as client:
            return await getattr(client, method)(*arguments)

    return asyncio.run(main())


def test_the_schema_is_requested_by_etag_and_may_be_unchanged():
    seen = []

    def handler(request):
        seen.append((str(request.url), request.headers.get("If-None-Match"), request.headers["Authorization"]))
        if request.headers.get("If-None-Match") == '"v1"':
            return Response(304)
        return Response(200, json={"fibery/types": [database("A/B")]}, headers={"ETag": '"v1"'})

    schema, etag = call(handler, "schema", None)
    assert list(schema.types) == ["A/B"]
    assert etag == '"v1"'
    assert call(handler, "schema", etag) == (None, '"v1"')
    url = f"{URL}/api/schema?with-description=false&with-soft-deleted=false"
    assert seen == [(url, None, f"Token {TOKEN}"), (url, '"v1"', f"Token {TOKEN}")]


@pytest.mark.parametrize("answer", [[], {}, {"fibery/types": [{}]}, {"fibery/types": None}, "x"])
def test_an_answer_that_is_no_schema_is_reported_as_none(answer: Any):
    with pytest.raises(UnexpectedAnswer, match="not a schema"):
        call(lambda request: Response(200, json=answer), "schema", None)


def test_documents_are_keyed_by_secret_whatever_comes_back():
    answer = [{"secret": "b", "content": "B"}, {"secret": "a", "content": ""}, {"secret": "c", "content": None}, None]
    assert call(lambda request: Response(200, json=answer), "documents", ["a", "b", "c", "d"]) == {"a": "", "b": "B"}


@pytest.mark.parametrize("answer", [[], [{"success": True, "result": []}] * 2, {"success": True}, ["x"], [{}]])
def test_envelopes_that_do_not_fit_the_commands_are_refused(answer: Any):
    with pytest.raises(UnexpectedAnswer, match="1 commands were sent"):
        call(lambda request: Response(200, json=answer), "query", [{"command": "x"}])


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ([{"success": False, "result": {"message": "no"}}], {"message": "no"}),
        ([{"success": False, "error": {"message": "no"}}], {"message": "no"}),
        ([{"error": "no"}], "no"),
        ([{"name": "entity.error/x", "message": "no"}], {"name": "entity.error/x", "message": "no"}),
        ([{"success": False, "message": "no"}], {"success": False, "message": "no"}),
        ([{"success": False, "result": "no"}], "no"),
        ([{"success": True, "result": "no"}], "no"),
        ([{"success": True, "result": None}], "it said that it succeeded, and sent no result"),
        ({"success": False, "result": {"message": "no"}}, {"message": "no"}),
        ({"message": "no"}, {"message": "no"}),
    ],
)
def test_however_an_error_is_put_it_is_a_failure_of_its_command(answer: Any, result: Any):
    assert call(lambda request: Response(200, json=answer), "query", [{"command": "x"}]) == [
        {"success": False, "result": result}
    ]


@pytest.mark.parametrize("result", [[{"id": "1"}], {"data": [{"id": "1"}], "meta": {}}])
def test_rows_are_a_list_wrapped_or_not(result: Any):
    answer = [{"success": True, "result": result}]
    ((envelope),) = call(lambda request: Response(200, json=answer), "query", [{"command": "x"}])
    assert envelope == {"success": True, "result": [{"id": "1"}]}


def _never(request: Any) -> Response:
    raise httpx.ReadTimeout("slow")


@pytest.mark.parametrize(
    ("handler", "patient", "brief"),
    [(lambda request: Response(500), 5, 2), (_never, 2, 1)],
    ids=["HTTP 500", "time-out"],
)
@pytest.mark.parametrize(("method", "items"), [("query", [{}]), ("documents", ["a"])])
def test_a_brief_request_is_given_up_sooner_and_a_time_out_sooner_still(method, items, handler, patient, brief):
    for options, times in (({}, patient), ({"brief": True}, brief)):
        requests: Counter[str] = Counter()

        async def main(options: dict[str, bool] = options, requests: Counter[str] = requests) -> None:
            access = FiberyAccess(URL, SecretStr(TOKEN))
            async with FiberyClient(
                access, transport=MockTransport(handler), sleep=_no_sleep, pace=None, requests=requests
            ) as client:
                await getattr(client, method)(items, **options)

        with pytest.raises(TimedOut if handler is _never else ServiceUnreachable):
            asyncio.run(main())
        assert requests == {"fibery": times}


def test_a_document_may_be_longer_than_a_name_and_not_endless():
    answer = [{"secret": "a", "content": "x\x1b" * 50_000}, {"secret": "b", "content": "y" * 1_000_000}]
    texts = call(lambda request: Response(200, json=answer), "documents", ["a", "b"])
    assert texts["a"] == "x" * 50_000
    assert (len(texts["b"]), texts["b"][-7:]) == (100_000, "… [cut]")


@pytest.mark.parametrize(("method", "limit"), [("query", 50), ("documents", 100)])
def test_no_request_holds_more_than_its_limit(method: str, limit: int):
    def handler(request):
        body = json.loads(request.content)
        return Response(200, json=[{"success": True, "result": []} for _ in body])

    assert len(call(handler, method, [{}] * limit)) == (limit if method == "query" else 0)
    with pytest.raises(ValueError, match=str(limit)):
        call(handler, method, [{}] * (limit + 1))


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_reported_by_the_names_of_the_settings(status: int):
    with pytest.raises(ServiceRefused) as error:
        call(lambda request: Response(status, text=f"Unauthorized {TOKEN}"), "schema", None)
    assert error.value.exit_code == 2
    assert "FIBERY_API_TOKEN" in error.value.message
    assert "FIBERY_WORKSPACE_NAME" in error.value.message
    assert TOKEN not in error.value.message


@pytest.mark.parametrize("status", [404, 302])
def test_an_address_without_a_workspace_is_reported_by_the_setting_that_gave_it(status: int):
    with pytest.raises(ServiceRefused, match=f"no Fibery workspace at {URL}.*FIBERY_WORKSPACE_NAME"):
        call(lambda request: Response(status, headers={"Location": "https://fibery.io"}), "schema", None)


def test_no_answer_at_all_names_the_setting_that_gave_the_address():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    async def main() -> None:
        access = FiberyAccess(f"http://127.0.0.1:{port}", SecretStr(TOKEN))
        async with FiberyClient(access, sleep=_no_sleep, pace=None) as client:
            await client.schema(None)

    with pytest.raises(ServiceUnreachable, match=f"FIBERY_WORKSPACE_NAME.*127.0.0.1:{port}"):
        asyncio.run(main())


def test_too_many_requests_are_absorbed_and_counted():
    answers = [Response(429, text="Too Many Requests"), Response(429), Response(200, json=[])]
    requests = Counter()
    assert call(lambda request: answers.pop(0), "documents", ["a"], requests=requests) == {}
    assert requests == {"fibery": 3}


def test_a_server_error_without_end_is_unreachable():
    with pytest.raises(ServiceUnreachable, match="HTTP 500") as error:
        call(lambda request: Response(500, json={"name": "x", "message": "y", "data": {}}), "query", [{}])
    assert error.value.exit_code == 1


def test_clients_of_one_process_share_the_pace_also_in_different_event_loops():
    """Scaled down: 3 in 100 ms. However late the machine sends the seventh, two windows have passed before it."""
    pace = Limiter(SingleBucketFactory(InMemoryBucket([Rate(3, 100)]), schedule_leak=False), buffer_ms=5)
    sent: list[float] = []

    def handler(request):
        sent.append(time.monotonic())
        return Response(200, json=[])

    begun = time.monotonic()
    for _ in range(7):
        call(handler, "documents", ["a"], pace=pace)
    assert sent[6] - begun > 0.19


def test_the_pace_is_three_a_second_with_room_for_requests_that_arrive_closer_than_they_were_sent():
    (rate,) = PACE.bucket_factory.bucket.rates
    assert (rate.limit, rate.interval) == (3, 1200)
    late, limit = 0.15, SlidingWindow(clock := Clock())
    # Three that take their time, and the next, which is sent as soon as it may be and arrives at once.
    for _ in range(rate.limit):
        clock.now = late
        assert limit.room(3)
        limit.take()
    clock.now = rate.interval / 1000
    assert limit.room(3)
