"""Sending requests: what is tried again, how long is waited, which errors come out, and that no token ever does."""

import asyncio
import base64
import logging
import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import pytest

from volt_assets.errors import (
    QuotaExhausted,
    ServiceError,
    ServiceRefused,
    ServiceUnreachable,
    UnexpectedAnswer,
    VoltError,
)
from volt_assets.http import ATTEMPTS, Api, MockTransport, Response

TOKEN = "s3cret-t0ken-0123456789abcdef"
ORIGIN = "https://service.example"
NGINX_429 = "<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n<body><center>nginx</center></body></html>"


class Sleeps(list):
    """The seconds that were waited, without waiting."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def answering(*answers: Response | Exception) -> Callable[[httpx.Request], Response]:
    """The answers in turn, then the last one for ever."""
    left = list(answers)

    def handle(request: httpx.Request) -> Response:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle


KNOWN = re.compile(r"Invalid '\w+' value|Workspace needs to have this feature enabled")


def send(
    handle: Callable[[httpx.Request], Response],
    *,
    sleeps: Sleeps | None = None,
    counts: Counter | None = None,
    attempts: int = ATTEMPTS,
) -> Response:
    """Send one GET to a service that answers as `handle` does."""

    async def run() -> Response:
        async with Api(
            "Service",
            ORIGIN,
            basic_auth=(TOKEN, "api_token"),
            requests=counts,
            attempts=attempts,
            known_messages=KNOWN,
            transport=MockTransport(handle),
            sleep=Sleeps() if sleeps is None else sleeps,
        ) as api:
            response = await api.send("GET", "/things")
            api.json_of(response)
            return response

    return asyncio.run(run())


@pytest.mark.parametrize(
    "trouble",
    [
        Response(408),
        Response(429, text=NGINX_429),
        Response(500, text="Internal Server Error"),
        Response(502, text="<html>502</html>"),
        Response(599),
        httpx.ConnectError("no route"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut off"),
        httpx.DecodingError("not gzip"),
    ],
    ids=str,
)
def test_trouble_that_may_pass_is_tried_again_and_every_attempt_is_counted(trouble: Response | Exception):
    counts, sleeps = Counter(), Sleeps()
    response = send(answering(trouble, trouble, Response(200, json={"ok": True})), sleeps=sleeps, counts=counts)
    assert response.json() == {"ok": True}
    assert counts == {"service": 3}
    assert len(sleeps) == 2


def test_a_server_that_trickles_for_ever_is_waited_for_no_longer_than_for_one_answer():
    async def run() -> int:
        serving: list[asyncio.Task] = []

        async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            serving.append(asyncio.current_task())
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n")
            with suppress(ConnectionError):
                while True:
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.02)
            writer.close()

        server = await asyncio.start_server(trickle, "127.0.0.1", 0)
        counts: Counter[str] = Counter()
        origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            async with Api("Service", origin, timeout_seconds=0.2, attempts=2, requests=counts, sleep=Sleeps()) as api:
                with pytest.raises(ServiceUnreachable, match=r"after 2 attempts \(127.0.0.1 did not answer in time\)"):
                    await api.send("GET", "/things")
            await asyncio.gather(*serving)  # each ends once its client is gone
        finally:
            server.close()
            await server.wait_closed()
        return counts["service"]

    assert asyncio.run(run()) == 2


def test_after_five_attempts_the_service_counts_as_unreachable_and_the_error_says_why():
    counts, sleeps = Counter(), Sleeps()
    with pytest.raises(ServiceUnreachable, match=r"Service: no usable answer after 5 attempts \(HTTP 503\)") as raised:
        send(answering(Response(503)), sleeps=sleeps, counts=counts)
    assert counts["service"] == ATTEMPTS == 5
    assert len(sleeps) == 4
    assert (raised.value.exit_code, raised.value.status) == (1, 503)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (httpx.ConnectError("[Errno -2]"), "no connection to service.example"),
        (httpx.ConnectTimeout(""), "no connection to service.example"),
        (httpx.ReadTimeout(""), "service.example did not answer in time"),
        (httpx.ReadError(""), "the connection to service.example broke: ReadError"),
    ],
)
def test_a_network_failure_is_told_in_words(trouble: Exception, words: str):
    with pytest.raises(ServiceUnreachable, match=words) as raised:
        send(answering(trouble))
    assert raised.value.status is None


def test_waits_double_and_have_jitter():
    first, second = Sleeps(), Sleeps()
    for sleeps in (first, second):
        with pytest.raises(ServiceUnreachable):
            send(answering(Response(500)), sleeps=sleeps)
        for wait, least in zip(sleeps, (1, 2, 4, 8), strict=True):
            assert least <= wait <= least + 1
    assert first != second


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0.5", 0.5), ("0", 0), ("-3", 0), ("120", 120), ("3600", 120), ("inf", 120)],
)
def test_retry_after_in_seconds_is_honoured_up_to_two_minutes(header: str, seconds: float):
    sleeps = Sleeps()
    send(answering(Response(429, headers={"Retry-After": header}), Response(200, json=1)), sleeps=sleeps)
    assert sleeps == [seconds]


def test_retry_after_as_a_date_is_honoured():
    sleeps = Sleeps()
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    send(answering(Response(503, headers={"Retry-After": date}), Response(200, json=1)), sleeps=sleeps)
    assert 50 < sleeps[0] <= 60


@pytest.mark.parametrize("header", ["soon", "", "Wed, 99 Foo 2025 25:00:00 GMT", "Wed, 21 Oct 2015 07:28:00 -0000"])
def test_a_retry_after_that_cannot_be_read_leaves_the_usual_wait(header: str):
    sleeps = Sleeps()
    send(answering(Response(429, headers={"Retry-After": header}), Response(200, json=1)), sleeps=sleeps)
    assert 1 <= sleeps[0] <= 2


@pytest.mark.parametrize("status", [400, 404, 405, 409, 410, 413, 422])
def test_other_4xx_are_never_tried_again(status: int):
    counts = Counter()
    with pytest.raises(ServiceError, match=rf"GET /things was rejected \(HTTP {status}: Invalid 'x' value\)") as raised:
        send(answering(Response(status, text="Invalid 'x'\n  value")), counts=counts)
    assert counts["service"] == 1
    assert type(raised.value) is ServiceError
    assert (raised.value.status, raised.value.exit_code) == (status, 1)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_never_tried_again_and_is_bad_input(status: int):
    counts = Counter()
    with pytest.raises(ServiceRefused, match="Check the token and the workspace") as raised:
        send(answering(Response(status)), counts=counts)
    assert counts["service"] == 1
    assert raised.value.exit_code == 2


@pytest.mark.parametrize("status", [402, 429])
@pytest.mark.parametrize(
    ("text", "headers", "seconds", "words"),
    [
        (
            "You have hit your hourly limit for API calls. Your quota will reset in 1838 seconds.",
            {"X-Toggl-Quota-Remaining": "0", "X-Toggl-Quota-Resets-In": "1840"},
            1840,
            "Try again in 31 minutes",
        ),
        ("The quota will reset in 133 seconds.", {}, 133, "Try again in 3 minutes"),
        ("You have hit your hourly limit for API calls.", {}, None, "Try again later"),
        ("You have hit your hourly limit.", {"X-Toggl-Quota-Resets-In": "soon"}, None, "Try again later"),
    ],
)
def test_a_used_up_quota_is_told_with_its_end_and_no_request_is_wasted_on_it(
    status: int, text: str, headers: dict, seconds: int | None, words: str
):
    counts = Counter()
    with pytest.raises(QuotaExhausted, match=words) as raised:
        send(answering(Response(status, text=text, headers=headers)), counts=counts)
    assert counts["service"] == 1
    assert (raised.value.resets_in_seconds, raised.value.exit_code) == (seconds, 4)


def test_a_402_for_a_feature_says_so():
    headers = {"X-Toggl-Quota-Remaining": "12", "X-Toggl-Quota-Resets-In": "1840"}
    with pytest.raises(ServiceError, match="Workspace needs to have this feature enabled") as raised:
        send(answering(Response(402, json="Workspace needs to have this feature enabled", headers=headers)))
    assert type(raised.value) is ServiceError


@pytest.mark.parametrize("status", [402, 429])
@pytest.mark.parametrize("remaining", ["0", "-3"])
@pytest.mark.parametrize("body", [{"text": ""}, {"json": {"error": "quota_exceeded"}}, {"text": "Зачекайте"}])
def test_a_used_up_quota_is_recognised_by_the_count_of_requests_left_whatever_the_words(
    status: int, remaining: str, body: dict
):
    headers = {"X-Toggl-Quota-Remaining": remaining, "X-Toggl-Quota-Resets-In": "600"}
    counts = Counter()
    with pytest.raises(QuotaExhausted, match="Try again in 10 minutes") as raised:
        send(answering(Response(status, headers=headers, **body)), counts=counts)
    assert (counts["service"], raised.value.resets_in_seconds) == (1, 600)


@pytest.mark.parametrize(
    ("remaining", "text"),
    [
        ("0", "Workspace needs to have this feature enabled"),
        ("0", "Custom project colors available only for premium plans"),
        ("12", "Something else"),
        ("soon", "Something else"),
        ("", "Something else"),
    ],
)
def test_a_402_for_a_feature_is_no_quota_also_where_it_took_the_last_request(remaining: str, text: str):
    with pytest.raises(ServiceError) as raised:
        send(answering(Response(402, json=text, headers={"X-Toggl-Quota-Remaining": remaining})))
    assert type(raised.value) is ServiceError


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_but_unexpected_and_only_its_origin_is_named(status: int):
    counts = Counter()
    with pytest.raises(UnexpectedAnswer, match=r"redirected to https://elsewhere\.example\. ") as raised:
        send(
            answering(Response(status, headers={"Location": "https://elsewhere.example/login?next=things"})),
            counts=counts,
        )
    assert counts["service"] == 1
    assert raised.value.exit_code == 1


NOT_JSON = [
    *(b"", b"Welcome!", b"<html>Sign in</html>", b'[{"user_id": 1', b"\xff\xfe\x00", b'["\xe9"]'),
    b"[" * 200_000,
]


@pytest.mark.parametrize("body", NOT_JSON, ids=lambda body: repr(body[:12]))
def test_a_200_that_is_twice_not_json_is_unexpected(body: bytes):
    counts = Counter()
    with pytest.raises(UnexpectedAnswer, match="the answer to /things is not JSON") as raised:
        send(answering(Response(200, content=body)), counts=counts)
    assert (counts["service"], raised.value.status) == (2, 200)


@pytest.mark.parametrize("body", NOT_JSON, ids=lambda body: repr(body[:12]))
def test_a_200_that_is_not_json_is_tried_again_once(body: bytes):
    counts, sleeps = Counter(), Sleeps()
    broken = Response(200, content=body)
    response = send(answering(broken, Response(200, json={"ok": True})), counts=counts, sleeps=sleeps)
    assert response.json() == {"ok": True}
    assert (counts["service"], len(sleeps)) == (2, 1)
    # Between the two, trouble is absorbed as ever.
    assert send(answering(broken, Response(502), Response(200, json=1))).json() == 1


def test_a_request_that_may_be_sent_once_is_not_sent_again_for_want_of_json():
    counts = Counter()
    with pytest.raises(UnexpectedAnswer, match="is not JSON"):
        send(answering(Response(200, text="<html>")), counts=counts, attempts=1)
    assert counts["service"] == 1


PERSONAL = "Ann Archer <ann@company.example> is on leave"


@pytest.mark.parametrize("status", [200, 301, 400, 401, 402, 403, 404, 422])
@pytest.mark.parametrize(
    "body",
    [
        {"text": PERSONAL},
        {"html": f"<html>{PERSONAL}</html>"},
        {"json": PERSONAL},
        {"json": {"message": PERSONAL, "error": {"message": PERSONAL}}},
        {"json": {"error": {"message": PERSONAL}}},
        {"text": f"Invalid '{PERSONAL}' value"},
        {"text": f"Invalid 'x' value {PERSONAL}"},
        {"content": PERSONAL.encode(), "headers": {"Content-Type": PERSONAL}},
    ],
)
def test_no_error_quotes_what_an_answer_holds(status: int, body: dict):
    response = Response(status, **body)
    if status == 301:
        response.headers["Location"] = "https://elsewhere.example/ann@company.example"
    if status == 200 and "json" in body:
        response = Response(200, text=PERSONAL)
    with pytest.raises(ServiceError) as raised:
        send(answering(response))
    told = "".join(traceback.format_exception(raised.value)) + repr(vars(raised.value))
    assert not any(word in told for word in ("Ann", "ann@", "Archer", "company.example", "leave"))


@pytest.mark.parametrize(
    "body",
    [
        {"text": "Invalid 'x' value"},
        {"json": "Invalid 'x' value"},
        {"json": {"message": "Invalid 'x' value"}},
        {"json": {"error": {"message": "Invalid  'x' value", "tip": PERSONAL}}},
        {"json": {"error": "validation", "error_description": "Invalid 'x' value"}},
    ],
)
def test_a_message_in_a_known_form_is_quoted_wherever_it_stands(body: dict):
    with pytest.raises(ServiceError, match=r"rejected \(HTTP 400: Invalid 'x' value\)") as raised:
        send(answering(Response(400, **body)))
    assert raised.value.service_message == "Invalid 'x' value"


def test_of_other_answers_the_kind_and_the_size_are_told():
    with pytest.raises(ServiceError, match=r"\(HTTP 404, text/html, 22 bytes\)") as raised:
        send(answering(Response(404, html="<html>Not found</html>")))
    assert raised.value.service_message is None
    with pytest.raises(ServiceError, match=r"\(HTTP 404, no content type, 0 bytes\)"):
        send(answering(Response(404)))


def test_texts_are_clean_and_no_longer_than_asked():
    async def run() -> tuple[list, list]:
        answer = Response(200, content=rb'["a\u0000b\ud800", "abcdefghijklmnop", {"x": "\u202ec"}]')
        async with Api("Service", ORIGIN, transport=MockTransport(answering(answer)), sleep=Sleeps()) as api:
            response = await api.send("GET", "/things")
            return api.json_of(response), api.json_of(response, longest_text=12)

    whole, cut = asyncio.run(run())
    assert whole == ["ab\ufffd", "abcdefghijklmnop", {"x": "c"}]
    assert cut == ["ab\ufffd", "abcde… [cut]", {"x": "c"}]


def test_304_is_an_answer():
    async def run() -> int:
        async with Api("Service", ORIGIN, transport=MockTransport(answering(Response(304)))) as api:
            return (await api.send("GET", "/things", headers={"If-None-Match": "v1"})).status_code

    assert asyncio.run(run()) == 304


def test_every_response_is_shown_to_who_asked_for_it_the_bad_ones_too():
    seen = []

    async def run() -> None:
        async with Api(
            "Service",
            ORIGIN,
            on_response=lambda response: seen.append(response.status_code),
            transport=MockTransport(answering(Response(502), Response(404))),
            sleep=Sleeps(),
        ) as api:
            await api.send("GET", "/things")

    with pytest.raises(ServiceError):
        asyncio.run(run())
    assert seen == [502, 404]


def _echo(request: httpx.Request) -> str:
    """What a chatty gateway might send back: the whole request."""
    return f"{request.method} {request.url} {dict(request.headers.raw)} for {TOKEN}"


@pytest.mark.parametrize(
    "access",
    [{"basic_auth": (TOKEN, "api_token")}, {"headers": {"Authorization": f"Token {TOKEN}"}}],
    ids=["basic", "token"],
)
@pytest.mark.parametrize(
    "handle",
    [
        lambda request: Response(200, text=_echo(request)),
        lambda request: Response(302, headers={"Location": f"https://elsewhere.example/{TOKEN}"}),
        lambda request: Response(400, text=_echo(request)),
        lambda request: Response(401, text=_echo(request)),
        lambda request: Response(402, text=f"hourly limit {_echo(request)}"),
        lambda request: Response(403, json={"message": _echo(request)}),
        lambda request: Response(404, text=_echo(request)),
        lambda request: Response(429, text=_echo(request)),
        lambda request: Response(500, text=_echo(request)),
        answering(httpx.LocalProtocolError(f"Illegal header value b'Token {TOKEN}'")),
        answering(httpx.ConnectError(f"cannot connect for {TOKEN}")),
    ],
)
def test_no_message_log_or_repr_holds_a_token(
    access: dict, handle: Callable[[httpx.Request], Response], caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)

    async def run() -> None:
        async with Api("Service", ORIGIN, **access, transport=MockTransport(handle), sleep=Sleeps()) as api:
            api.json_of(await api.send("POST", "/things", json={"a": 1}))

    with pytest.raises(VoltError) as raised:
        asyncio.run(run())
    error = raised.value
    assert caplog.records
    told = [
        str(error),
        repr(error),
        repr(vars(error)),
        *traceback.format_exception(error),
        caplog.text,
        *(repr(record.args) for record in caplog.records),
    ]
    encoded = base64.b64encode(f"{TOKEN}:api_token".encode()).decode()
    for text in told:
        assert TOKEN not in text
        assert encoded not in text


@pytest.mark.parametrize("token", ["клю" + "ч-0123", "line\nbreak-0123", "nul\0-0123"])
@pytest.mark.parametrize("scheme", ["basic", "token"])
def test_a_token_that_no_request_can_carry_is_refused_before_any_and_not_repeated(token: str, scheme: str):
    access = {"basic_auth": (token, "x")} if scheme == "basic" else {"headers": {"Authorization": f"Token {token}"}}
    with pytest.raises(ServiceRefused, match="the token holds characters that no token has") as raised:
        Api("Service", ORIGIN, **access)
    assert "0123" not in "".join(traceback.format_exception(raised.value)) + repr(raised.value)


@pytest.mark.parametrize("where", ["request", "wait"])
def test_cancelling_takes_effect_at_once_in_a_request_and_while_waiting(where: str):
    async def run() -> int:
        reached = asyncio.Event()

        async def hang(_: object) -> None:
            reached.set()
            await asyncio.sleep(3600)

        async def handle(request: httpx.Request) -> Response:
            if where == "request":
                await hang(request)
            return Response(503)

        async with Api("Service", ORIGIN, transport=MockTransport(handle), sleep=hang) as api:
            task = asyncio.create_task(api.send("GET", "/things"))
            await reached.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(task, timeout=120)
            return api.requests["service"]

    assert asyncio.run(run()) == 1


def test_requests_side_by_side_are_tried_again_each_on_its_own():
    tries = Counter()

    def handle(request: httpx.Request) -> Response:
        tries[request.url.path] += 1
        return Response(503) if tries[request.url.path] < 4 else Response(200, json=request.url.path)

    async def run() -> list[str]:
        async with Api("Service", ORIGIN, transport=MockTransport(handle), sleep=lambda _: asyncio.sleep(0)) as api:
            return [r.json() for r in await asyncio.gather(*(api.send("GET", f"/{n}") for n in range(10)))]

    assert asyncio.run(run()) == [f"/{n}" for n in range(10)]
    assert set(tries.values()) == {4}


class _Proxy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # noqa: N802
        body = b'"through the proxy"' if self.path.startswith("http://") else b'"direct"'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def _serving() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), _Proxy) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("127.0.0.1", "direct"),
        ("localhost", "direct"),
        ("service.invalid", "through the proxy"),
    ],
)
def test_the_machines_proxy_is_used_for_the_world_outside_but_not_for_loopback(
    host: str, answer: str, monkeypatch: pytest.MonkeyPatch
):
    for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    with _serving() as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")

        async def run() -> str:
            async with Api("Service", f"http://{host}:{port}", timeout_seconds=10, sleep=Sleeps()) as api:
                return api.json_of(await api.send("GET", "/things"))

        assert asyncio.run(run()) == answer
