"""What both APIs share: sending a request with retries, pace and counting, and turning failures into typed errors.

The only module that imports httpx. It knows nothing of what is asked: paths, bodies and cursors belong to
`toggl/client.py` and `fibery/client.py`.
"""

import asyncio
import ipaddress
import logging
import math
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
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

logger = logging.getLogger(__name__)

Response = httpx.Response
Transport = httpx.AsyncBaseTransport
MockTransport = httpx.MockTransport

ATTEMPTS = 5
LONGEST_WAIT_SECONDS = 30.0
LONGEST_RETRY_AFTER_SECONDS = 120.0
LONGEST_EXCERPT = 200

# Toggl's hourly quota: 402 with "You have hit your hourly limit for API calls. Your quota will reset in 1838 seconds."
# (once: 429). A 402 without it is a feature that the plan lacks, and trying again never helps.
_QUOTA_TEXT = re.compile(r"hourly limit|quota will reset", re.IGNORECASE)
_QUOTA_RESET = re.compile(r"reset in (\d+) seconds", re.IGNORECASE)


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
    `service.lower()` every request that was sent, retries included; `on_response` sees every response, errors too;
    `transport` and `sleep` are seams for tests. Errors raised by `send`: ServiceRefused (401, 403), QuotaExhausted
    (402 with quota wording), ServiceError (any other 4xx), UnexpectedAnswer (redirects), ServiceUnreachable (network,
    timeouts, 408, 429 and 5xx after `attempts`; NotConnected and TimedOut are two kinds of it).

    Tokens come in by `basic_auth` (name, password) or an `Authorization` header, and leave only in requests: what a
    service says goes into messages without them. A token that no header can carry is ServiceRefused at once.
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
        on_response: Callable[[Response], None] | None = None,
        transport: Transport | None = None,
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ):
        self.service = service
        self.requests = Counter() if requests is None else requests
        self._refused_hint = refused_hint
        self._attempts = attempts
        self._limiter = limiter
        self._on_response = on_response
        self._sleep = asyncio.sleep if sleep is None else sleep
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
        await self._client.__aexit__(*error)

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
        """Send a request, trying again where that can help. Returns a 2xx or 304 response; raises as the class says.

        It is sent at most `attempts` times (the client's unless given), and not again after so many `timeouts`.
        """
        attempts = self._attempts if attempts is None else attempts
        request = self._client.build_request(method, path, json=json, params=params, headers=headers)
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
        if self._limiter is not None:
            await self._limiter.try_acquire_async(self.service)
        self.requests[self.service.lower()] += 1
        try:
            response = await self._client.send(request)
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
        if status in (402, 429) and _QUOTA_TEXT.search(response.text):
            resets_in = _quota_resets_in(response)
            when = "later" if resets_in is None else f"in {math.ceil(resets_in / 60)} minutes"
            raise QuotaExhausted(
                self.service, f"the hourly quota of requests is used up. Try again {when}.", resets_in_seconds=resets_in
            )
        if status in (408, 429) or status >= 500:
            raise _Retriable(f"HTTP {status}", retry_after=_retry_after(response), status=status)
        what = f"{response.request.method} {response.request.url.path}"
        if response.is_redirect:
            where = _said(response.headers.get("Location", "elsewhere").partition("?")[0], response.request)
            raise UnexpectedAnswer(
                self.service, f"{what} was redirected to {where}. Check the address in use.", status=status
            )
        answer = f"HTTP {status}{excerpt(response)}"
        if status in (401, 403):
            raise ServiceRefused(self.service, f"access refused ({answer}). {self._refused_hint}", status=status)
        raise ServiceError(self.service, f"{what} was rejected ({answer})", status=status)

    def _log_retry(self, attempts: int, state: RetryCallState) -> None:
        error = state.outcome.exception()
        logger.warning(
            "%s: %s; trying again in %.1f s (attempt %d of %d)",
            self.service,
            error.reason,
            state.next_action.sleep,
            state.attempt_number + 1,
            attempts,
        )

    def json_of(self, response: Response) -> Any:
        """The response's JSON value. Raises UnexpectedAnswer where the body is not JSON."""
        try:
            return response.json()
        except ValueError:
            raise UnexpectedAnswer(
                self.service,
                f"the answer to {response.request.url.path} is not JSON{excerpt(response)}",
                status=response.status_code,
            ) from None


def excerpt(response: Response) -> str:
    """What a response says, after a colon, to end a message with; "" where it says nothing, or sends a page of HTML."""
    text = _said(response.text, response.request)
    return f": {text}" if text and not text.startswith("<") else ""


def _said(text: str, request: httpx.Request) -> str:
    """What a service said, fit for a message: on one line, not long, without the token that it may have sent back."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    secrets = [credentials]
    if scheme == "Basic":
        # Of name:password Toggl's token is the name; its password is a word that everybody knows.
        secrets.append(b64decode(credentials).decode().partition(":")[0])
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_EXCERPT else text[:LONGEST_EXCERPT] + "…"


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


_backoff = wait_exponential_jitter(initial=1, max=LONGEST_WAIT_SECONDS, jitter=1)


def _wait_seconds(state: RetryCallState) -> float:
    error = state.outcome.exception()
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
