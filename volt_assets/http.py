"""What both APIs share: sending a request with retries, pace and counting, and turning failures into typed errors.

The only module that imports httpx. It knows nothing of what is requested: paths, bodies and cursors belong to
`toggl/client.py` and `fibery/client.py`. Answers can hold people's names, addresses and words, and errors are kept for
ever in Dagster's records: so no error quotes an answer, but for messages in a form that the client declares harmless.
"""

import asyncio
import ipaddress
import logging
import math
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Self

import httpx
from pyrate_limiter import Limiter
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_after_attempt,
    stop_any,
    wait_exponential_jitter,
)
from tenacity.stop import stop_base

from volt_assets import __version__
from volt_assets.errors import (
    NotConnected,
    QuotaExhausted,
    ServiceError,
    ServiceRefused,
    ServiceUnreachable,
    TimedOut,
    UnexpectedAnswer,
)
from volt_assets.text import LONGEST_TEXT, clean_json

logger = logging.getLogger(__name__)

Response = httpx.Response
Transport = httpx.AsyncBaseTransport
MockTransport = httpx.MockTransport
# Around the machine's proxy, which is for the world outside.
DirectTransport = httpx.AsyncHTTPTransport

ATTEMPTS = 5
LONGEST_WAIT_SECONDS = 30.0
LONGEST_RETRY_AFTER_SECONDS = 120.0
LONGEST_MESSAGE = 300
NOT_JSON_ATTEMPTS = 2
NOT_JSON_WAIT_SECONDS = 1.0

# Toggl's hourly quota: 402 with "You have hit your hourly limit for API calls. Your quota will reset in 1838 seconds."
# (once: 429), and `X-Toggl-Quota-Remaining: 0`. Another 402 is a feature that the plan lacks, and trying again never
# helps: it can come with the quota's last request too.
_QUOTA_TEXT = re.compile(r"hourly limit|quota will reset", re.IGNORECASE)
_QUOTA_RESET = re.compile(r"reset in (\d+) seconds", re.IGNORECASE)
_FEATURE_TEXT = re.compile(r"\bfeatures?\b|\bpremium\b|\bonly (for|on|in)\b", re.IGNORECASE)
_DECODED = "volt.decoded"


@dataclass(frozen=True)
class RequestCount:
    """How many requests a run has sent, by service (toggl, fibery, openai), retries included.

    The counter stands in an object since Dagster copies every mapping that a resource is made with.
    """

    by_service: Counter[str] = field(default_factory=Counter)


class _Retriable(Exception):
    """An attempt that may succeed when made again."""

    def __init__(
        self,
        reason: str,
        *,
        retry_after: float | None = None,
        status: int | None = None,
        kind: type[ServiceUnreachable] = ServiceUnreachable,
    ):
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.status = status
        self.kind = kind


class Api:
    """One service over HTTP. An async context manager; open it once per `asyncio.run`.

    `base_url` is an origin; `refused_hint` tells people which settings to check; `requests` counts under
    `service.lower()` every request that was sent, retries included; `admit` is awaited before each, and may raise;
    `on_response` sees every response, errors too;
    `known_messages` is the form (a full match) of the service's error messages that may be quoted: such as can hold
    nothing personal; `transport` and `sleep` are seams for tests. Errors raised by `send`: ServiceRefused (401, 403),
    QuotaExhausted (402 or 429 for the quota), ServiceError (any other 4xx), UnexpectedAnswer (redirects; twice no
    JSON), ServiceUnreachable (network, timeouts, 408, 429 and 5xx after `attempts`;
    NotConnected and TimedOut are two kinds of it).

    Tokens come in by `basic_auth` (name, password) or an `Authorization` header, and leave only in requests. A token
    that no header can carry is ServiceRefused at once.
    """

    def __init__(
        self,
        service: str,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        basic_auth: tuple[str, str] | None = None,
        refused_hint: str = "Check the token and the workspace.",
        timeout_seconds: float = 60.0,
        attempts: int = ATTEMPTS,
        requests: Counter[str] | None = None,
        limiter: Limiter | None = None,
        admit: Callable[[], Awaitable[None]] | None = None,
        on_response: Callable[[Response], None] | None = None,
        known_messages: re.Pattern[str] | None = None,
        transport: Transport | None = None,
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ):
        self.service = service
        self.requests = Counter() if requests is None else requests
        self._refused_hint = refused_hint
        self._attempts = attempts
        self._limiter = limiter
        self._admit = admit
        self._on_response = on_response
        self._known_messages = known_messages
        self._sleep = asyncio.sleep if sleep is None else sleep
        self._timeout_seconds = timeout_seconds
        headers = {"User-Agent": f"volt/{__version__}", **(headers or {})}
        if not all(text.isascii() and text.isprintable() for text in (*headers.values(), *(basic_auth or ()))):
            raise ServiceRefused(service, f"the token holds characters that no token has. {refused_hint}")
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers=headers,
            auth=basic_auth,
            timeout=timeout_seconds,
            transport=transport,
            # The machine's proxy is for the world outside: it could not reach a sandbox on loopback.
            trust_env=not _is_loopback(base_url),
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._client.aclose()

    async def send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        attempts: int | None = None,
        timeouts: int | None = None,
    ) -> Response:
        """Send a request, trying again where that can help. Returns a 304 response, or a 2xx one that is JSON; raises
        as the class says.

        It is sent at most `attempts` times (the client's unless given), and not again after so many `timeouts`. What
        is sent as an answer but is none (a page of a proxy, JSON that was cut off) is requested once more.
        """
        attempts = self._attempts if attempts is None else attempts
        request = self._client.build_request(method, path, json=json, params=params, headers=headers)
        readings = min(NOT_JSON_ATTEMPTS, attempts)
        for reading in range(1, readings + 1):
            response = await self._answer(request, attempts, timeouts)
            try:
                response.extensions[_DECODED] = None if response.status_code == 304 else response.json()
                return response
            except (ValueError, RecursionError):
                if reading < readings:
                    logger.warning("%s: an answer that is not JSON; trying again", self.service)
                    await self._sleep(NOT_JSON_WAIT_SECONDS)
        raise UnexpectedAnswer(
            self.service,
            f"the answer to {path} is not JSON ({kind_of(response)}). Something on the way to {self.service} may have "
            "answered in its place. Try again later.",
            status=response.status_code,
        )

    async def _answer(self, request: httpx.Request, attempts: int, timeouts: int | None) -> Response:
        """A 2xx or 304 response, whatever it holds."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(_Retriable),
            stop=stop_any(stop_after_attempt(attempts), _StopAfterTimeouts(timeouts)),
            wait=_wait_seconds,
            sleep=self._sleep,
            before_sleep=partial(self._log_retry, attempts),
            reraise=True,
        )
        try:
            return await retrying(self._attempt, request)
        except _Retriable as error:
            made = retrying.statistics["attempt_number"]
            tried = f" after {made} attempts" if made > 1 else ""
            raise error.kind(
                self.service,
                f"no usable answer{tried} ({error.reason}). Try again later.",
                status=error.status,
                reason=error.reason,
            ) from None

    async def _attempt(self, request: httpx.Request) -> Response:
        if self._admit is not None:
            await self._admit()
        if self._limiter is not None:
            await self._limiter.try_acquire_async(self.service)
        self.requests[self.service.lower()] += 1
        try:
            # httpx's own limit is between two bytes: a server that trickles would be waited for without end.
            async with asyncio.timeout(self._timeout_seconds):
                response = await self._client.send(request)
        except TimeoutError:
            raise _Retriable(f"{request.url.host} did not answer in time", kind=TimedOut) from None
        except httpx.RequestError as error:
            raise _Retriable(_what_failed(error, request.url.host), kind=_kind(error)) from None
        logger.debug("%s %s %s -> %s", self.service, request.method, request.url.path, response.status_code)
        if self._on_response is not None:
            self._on_response(response)
        self._check(response)
        return response

    def _check(self, response: Response) -> None:
        status = response.status_code
        if response.is_success or status == 304:
            return
        if status in (402, 429) and _is_about_the_quota(response):
            resets_in = _quota_resets_in(response)
            when = "later" if resets_in is None else f"in {math.ceil(resets_in / 60)} minutes"
            raise QuotaExhausted(
                self.service, f"the hourly quota of requests is used up. Try again {when}.", resets_in_seconds=resets_in
            )
        if status in (408, 429) or status >= 500:
            raise _Retriable(f"HTTP {status}", retry_after=_retry_after(response), status=status)
        what = f"{response.request.method} {response.request.url.path}"
        if response.is_redirect:
            raise UnexpectedAnswer(
                self.service,
                f"{what} was redirected to {_redirected_to(response)}. Check the address in use.",
                status=status,
            )
        message = self._known_message(response)
        answer = f"HTTP {status}: {message}" if message else f"HTTP {status}, {kind_of(response)}"
        if status in (401, 403):
            raise ServiceRefused(
                self.service, f"access refused ({answer}). {self._refused_hint}", status=status, service_message=message
            )
        raise ServiceError(self.service, f"{what} was rejected ({answer})", status=status, service_message=message)

    def _known_message(self, response: Response) -> str | None:
        """The service's own message, where it has a form that may be quoted: a text, a JSON string, or a member."""
        if self._known_messages is None or len(response.content) > LONGEST_MESSAGE:
            return None
        try:
            answer = response.json()
        except (ValueError, RecursionError):
            answer = response.text
        candidates = [answer]
        if isinstance(answer, dict):
            inner = answer["error"] if isinstance(answer.get("error"), dict) else answer
            candidates = [inner.get(name) for name in ("message", "error", "error_description", "name")]
        for candidate in candidates:
            text = " ".join(candidate.split()) if isinstance(candidate, str) else ""
            if self._known_messages.fullmatch(text):
                return text
        return None

    def _log_retry(self, attempts: int, state: RetryCallState) -> None:
        error = _retriable(state)
        logger.warning(
            "%s: %s; trying again in %.1f s (attempt %d of %d)",
            self.service,
            error.reason,
            state.next_action.sleep if state.next_action is not None else 0.0,
            state.attempt_number + 1,
            attempts,
        )

    def json_of(self, response: Response, longest_text: int = LONGEST_TEXT) -> Any:
        """The JSON value of a response that `send` returned, its texts clean and no longer than `longest_text`."""
        return clean_json(response.extensions[_DECODED], longest_text)


def kind_of(response: Response) -> str:
    """What sort of answer came, for messages, which must not quote it: "text/html, 2048 bytes"."""
    content_type = re.match(r"[a-z]+/[a-z0-9.+-]{1,40}", response.headers.get("Content-Type", ""))
    return f"{content_type[0] if content_type else 'no content type'}, {len(response.content)} bytes"


def _redirected_to(response: Response) -> str:
    """The origin that a redirect leads to; what follows can hold anything."""
    try:
        target = response.request.url.join(response.headers.get("Location", ""))
    except httpx.InvalidURL:
        return "elsewhere"
    return f"{target.scheme}://{target.host}"


def _what_failed(error: httpx.RequestError, host: str) -> str:
    # The texts of httpx's errors are left out: one of them quotes header values.
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return f"no connection to {host}"
    if isinstance(error, httpx.TimeoutException):
        return f"{host} did not answer in time"
    return f"the connection to {host} broke: {type(error).__name__}"


def _kind(error: httpx.RequestError) -> type[ServiceUnreachable]:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return NotConnected
    return TimedOut if isinstance(error, httpx.TimeoutException) else ServiceUnreachable


class _StopAfterTimeouts(stop_base):
    """Stops where the latest attempt timed out, and the request was sent as often as it may be for that."""

    def __init__(self, limit: int | None):
        self.limit = limit

    def __call__(self, retry_state: RetryCallState) -> bool:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        timed_out = isinstance(error, _Retriable) and error.kind is TimedOut
        return timed_out and self.limit is not None and retry_state.attempt_number >= self.limit


def _retriable(state: RetryCallState) -> _Retriable:
    """The error of the latest attempt: it is tried again after no other."""
    error = state.outcome.exception() if state.outcome is not None else None
    return error if isinstance(error, _Retriable) else _Retriable("no answer")


_backoff = wait_exponential_jitter(initial=1, max=LONGEST_WAIT_SECONDS, jitter=1)


def _wait_seconds(state: RetryCallState) -> float:
    error = _retriable(state)
    if error.retry_after is not None:
        return min(error.retry_after, LONGEST_RETRY_AFTER_SECONDS)
    return _backoff(state)


def _retry_after(response: Response) -> float | None:
    """Seconds of a Retry-After header, given in seconds or as an HTTP date; None where absent or unreadable."""
    value = response.headers.get("Retry-After")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _is_about_the_quota(response: Response) -> bool:
    """Whether a 402 or 429 says that the hourly quota is used up: in words, or by the count of requests left."""
    if _QUOTA_TEXT.search(response.text):
        return True
    remaining = response.headers.get("X-Toggl-Quota-Remaining", "").strip()
    return bool(re.fullmatch(r"0|-\d+", remaining)) and not _FEATURE_TEXT.search(response.text)


def _quota_resets_in(response: Response) -> int | None:
    header = response.headers.get("X-Toggl-Quota-Resets-In", "")
    if header.isdecimal():
        return int(header)
    found = _QUOTA_RESET.search(response.text)
    return int(found.group(1)) if found else None


def _is_loopback(base_url: str) -> bool:
    host = httpx.URL(base_url).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
