"""Fibery's HTTP API: the schema, arrays of commands, batches of documents, searches of the history. One call is one
request, but for those searches.

What is requested, and why, is elsewhere: `sending.py` puts requests together. Facts: docs/fibery-api.md.
"""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self

from pyrate_limiter import InMemoryBucket, Limiter, Rate, SingleBucketFactory

from volt_assets.errors import NotConnected, ServiceError, ServiceRefused, UnexpectedAnswer
from volt_assets.fibery.refusals import envelope_of
from volt_assets.fibery.schema import Schema
from volt_assets.http import ATTEMPTS, Api, Response, Transport, kind_of
from volt_assets.settings import FiberyAccess

SERVICE = "Fibery"
COMMANDS_PER_REQUEST = 50
DOCUMENTS_PER_REQUEST = 100
HISTORY_PER_PAGE = 1000
# Names of Fibery's errors, such as entity.error/query-timeout. Its messages can hold values, so they are not quoted.
_KNOWN_MESSAGES = re.compile(r"[a-z]+([.-][a-z]+)*/[a-z]+(-[a-z]+)*|Unauthorized")
LONGEST_DOCUMENT = 100_000  # characters, where names and fields get volt_assets.text.LONGEST_TEXT

# Fibery takes 3 requests a second of a token, so all clients of the process share this. Requests do not arrive at the
# distances that they are sent at, so a second is taken as 1.2. (With a bucket of its own: the one that Limiter
# makes starts a thread to tidy it.)
PACE = Limiter(SingleBucketFactory(InMemoryBucket([Rate(3, 1200)]), schedule_leak=False))

# How often a request is sent that may be too much for Fibery, in all and after time-outs: a first one as often as any,
# and `brief` ones, once something has failed for good, only often enough to pass over an accident.
_PATIENT = {"attempts": ATTEMPTS, "timeouts": 2}
_BRIEF = {"attempts": 2, "timeouts": 1}


class FiberyClient:
    """An async context manager; open it once per `asyncio.run`.

    Every method raises ServiceRefused where the token or the workspace is wrong, ServiceUnreachable after all retries,
    UnexpectedAnswer where the answer is not what the API promises. With `pace=None` nothing limits how fast it sends.
    With `brief=True` a request is given up sooner, and none is sent more than `attempts` times. `on_response` sees
    every answer.
    """

    def __init__(
        self,
        access: FiberyAccess,
        *,
        timeout_seconds: float = 60.0,
        requests: Counter[str] | None = None,
        attempts: int = ATTEMPTS,
        on_response: Callable[[Response], None] | None = None,
        transport: Transport | None = None,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        pace: Limiter | None = PACE,
    ):
        self.url = access.url
        self._attempts = attempts
        self._api = Api(
            SERVICE,
            access.url,
            headers={"Authorization": f"Token {access.token.get_secret_value()}"},
            refused_hint="Check FIBERY_API_TOKEN, and that its workspace is FIBERY_WORKSPACE_NAME.",
            timeout_seconds=timeout_seconds,
            requests=requests,
            on_response=on_response,
            limiter=pace,
            known_messages=_KNOWN_MESSAGES,
            transport=transport,
            sleep=sleep,
        )

    async def __aenter__(self) -> Self:
        await self._api.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._api.__aexit__(*error)

    async def schema(self, etag: str | None = None) -> tuple[Schema | None, str | None]:
        """The schema and its ETag; None for the schema where it is still the one that `etag` came with."""
        response = await self._send(
            "GET",
            "/api/schema",
            params={"with-description": "false", "with-soft-deleted": "false"},
            headers={"If-None-Match": etag} if etag else None,
        )
        if response.status_code == 304:
            return None, etag
        try:
            return Schema.from_api(self._api.json_of(response)), response.headers.get("ETag")
        except (KeyError, TypeError, AttributeError):
            raise UnexpectedAnswer(
                SERVICE, f"the answer to /api/schema is not a schema ({kind_of(response)})"
            ) from None

    async def query(self, commands: Sequence[Mapping[str, Any]], *, brief: bool = False) -> list[dict[str, Any]]:
        """The envelopes {success, result} of up to 50 commands, in their order. A command can fail alone: `result` is
        then its error."""
        _at_most(COMMANDS_PER_REQUEST, commands)
        effort = _BRIEF if brief else _PATIENT
        response = await self._send("POST", "/api/commands", json=list(commands), **effort)
        answers = self._api.json_of(response)
        if isinstance(answers, dict) and len(commands) == 1 and not answers.get("success"):
            # The error of a single command comes without the array, too.
            answers = [answers]
        envelopes = [envelope_of(answer) for answer in answers] if isinstance(answers, list) else []
        fitting = [envelope for envelope in envelopes if envelope is not None]
        if len(fitting) != len(commands) or len(envelopes) != len(commands):
            raise UnexpectedAnswer(
                SERVICE, f"{len(commands)} commands were sent and the answer does not fit them ({kind_of(response)})"
            )
        return fitting

    async def documents(self, secrets: Sequence[str], *, brief: bool = False) -> dict[str, str]:
        """The Markdown of up to 100 documents by secret. Documents that Fibery does not give are absent."""
        _at_most(DOCUMENTS_PER_REQUEST, secrets)
        response = await self._send(
            "POST",
            "/api/documents/commands",
            params={"format": "md"},
            json={"command": "get-documents", "args": [{"secret": secret} for secret in secrets]},
            **(_BRIEF if brief else _PATIENT),
        )
        documents = self._api.json_of(response, longest_text=LONGEST_DOCUMENT)
        if not isinstance(documents, list):
            raise UnexpectedAnswer(SERVICE, f"the answer to get-documents is not a list ({kind_of(response)})")
        return {
            document["secret"]: document["content"]
            for document in documents
            if isinstance(document, dict) and isinstance(document.get("content"), str) and "secret" in document
        }

    async def history(
        self, type_id: str, public_ids: Sequence[str], start: datetime, end: datetime, *, brief: bool = False
    ) -> list[Any]:
        """The items of the history of these entities of a type, from `start` to `end` (aware, a year apart at most).

        A request for each page: pages may be short, and state whether there is another, which begins after the last
        item. Where the pages do not go on from there, it is an UnexpectedAnswer.
        """
        items: list[Any] = []
        cursors: set[str | int] = set()
        cursor: str | int | None = None
        while True:
            body = {
                "where": [
                    {"field": "typeId", "operator": "=", "value": type_id},
                    {"field": "entityPublicId", "operator": "in", "value": list(public_ids)},
                ],
                "timeframe": {"start": _instant(start), "end": _instant(end)},
                "limit": HISTORY_PER_PAGE,
                **({"sinceItem": cursor} if cursor is not None else {}),
            }
            response = await self._send("POST", "/api/history/v2/search", json=body, **(_BRIEF if brief else _PATIENT))
            page = self._api.json_of(response)
            if not isinstance(page, dict) or not isinstance(page.get("items"), list):
                raise UnexpectedAnswer(
                    SERVICE, f"the answer to a search of the history has no items ({kind_of(response)})"
                )
            items += page["items"]
            following = page.get("nextPage")
            if not page["items"] or not (isinstance(following, dict) and following.get("hasNext")):
                return items
            last = page["items"][-1]
            cursor = last.get("id") if isinstance(last, dict) else None
            if not isinstance(cursor, str | int) or cursor in cursors:
                raise UnexpectedAnswer(SERVICE, "the pages of the history do not go on from one to the next")
            cursors.add(cursor)

    async def probe(self, path: str, body: Any) -> Response:
        """The answer to a request that no run sends: more at once, or what does not exist."""
        return await self._send("POST", path, json=body, params={"format": "md"} if "documents" in path else None)

    async def _send(self, method: str, path: str, **request: Any) -> Response:
        """Send; where something else than Fibery answers, or nothing, the error names the setting of the address."""
        attempts = min(self._attempts, request.pop("attempts", ATTEMPTS))
        try:
            return await self._api.send(method, path, attempts=attempts, **request)
        except NotConnected as error:
            reason = error.message.removeprefix(f"{SERVICE}: ")
            raise NotConnected(
                SERVICE, f"{reason} If this stays so, check FIBERY_WORKSPACE_NAME: the address in use is {self.url}."
            ) from None
        except ServiceError as error:
            # An address without a workspace answers with a page or a redirection.
            if error.status == 404 or (error.status is not None and 300 <= error.status < 400):
                raise ServiceRefused(
                    SERVICE,
                    f"there is no Fibery workspace at {self.url} (HTTP {error.status}). Check FIBERY_WORKSPACE_NAME.",
                    status=error.status,
                ) from None
            raise


def _instant(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _at_most(limit: int, items: Sequence[object]) -> None:
    if len(items) > limit:
        raise ValueError(f"{len(items)} in one request; at most {limit} are sent")
