"""Commands put into requests: as many as a request takes, as many at once as the configuration allows of a type.

What fails is sent again in pieces (`splitting.py`). What the commands are for, and what becomes of their answers, is in
`lookups.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence, Set
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from volt_assets.errors import ServiceError, ServiceUnreachable
from volt_assets.fibery.client import COMMANDS_PER_REQUEST, DOCUMENTS_PER_REQUEST, SERVICE, FiberyClient
from volt_assets.fibery.entity_query import EntityQuery, Row
from volt_assets.fibery.progress import ProgressQuery
from volt_assets.fibery.refusals import CommandRefused
from volt_assets.fibery.splitting import Patience, at_once, in_pieces
from volt_assets.formatting import listing

_NAMED_TYPES = 3

Item = TypeVar("Item")
AnyQuery = TypeVar("AnyQuery", EntityQuery, ProgressQuery)


class Command(Protocol):
    """A command about entities of one type; `body` is its JSON."""

    @property
    def type(self) -> str: ...

    @property
    def body(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class EntityCommand:
    """Requests everything that is wanted of entities of one type."""

    query: EntityQuery
    public_ids: tuple[str, ...]

    @property
    def type(self) -> str:
        return self.query.type

    @property
    def body(self) -> Mapping[str, Any]:
        return self.query.command(self.public_ids)


@dataclass(frozen=True, slots=True)
class QueryCommand(Generic[AnyQuery]):
    """Any other command of a query, which then reads the answer."""

    query: AnyQuery
    body: Mapping[str, Any]

    @property
    def type(self) -> str:
        return self.query.type


@dataclass(frozen=True, slots=True)
class SideCommand:
    """A command sent along with those for entities, in the same request. Without its answer a report knows less.

    `keep` takes the rows of the answer; `lack` takes, in words, why there are none.
    """

    type: str
    subject: str
    body: Mapping[str, Any]
    keep: Callable[[Iterable[Row]], None]
    lack: Callable[[str], None]


AnyCommand = TypeVar("AnyCommand", bound=Command)


class Sender:
    """Puts commands into requests and limits, by type, the requests in flight (`max_concurrent`).

    `on_progress(done, total)` counts what was to be looked up, entities and texts, as `advance` is called.
    """

    def __init__(
        self,
        client: FiberyClient,
        max_concurrent: Mapping[str, int],
        total: int = 0,
        on_progress: Callable[[int, int], None] | None = None,
    ):
        self.client = client
        self.gates = {name: asyncio.Semaphore(limit) for name, limit in max_concurrent.items()}
        self.done, self.total = 0, total
        self.on_progress = on_progress
        self.patience = Patience()
        self.is_answered = False

    async def outcomes(self, commands: Sequence[AnyCommand]) -> list[tuple[AnyCommand, list[Row] | ServiceError]]:
        """Each command with its rows or with what went wrong."""

        async def send(some: Sequence[AnyCommand]) -> list[list[Row] | ServiceError]:
            async with self._in_flight({command.type for command in some}):
                envelopes = await self.client.query([each.body for each in some], brief=not self.patience.is_new)
            return [
                _rows(envelope["result"]) if envelope["success"] else CommandRefused(envelope["result"])
                for envelope in envelopes
            ]

        batches = chunks(commands, COMMANDS_PER_REQUEST)
        pieces = [
            piece for of in await at_once(in_pieces(send, each, self.patience) for each in batches) for piece in of
        ]
        outcomes = [
            (command, outcome)
            for some, answer in pieces
            for command, outcome in zip(some, answer if isinstance(answer, list) else [answer] * len(some), strict=True)
        ]
        self.is_answered |= any(
            not isinstance(outcome, ServiceError) or isinstance(outcome, CommandRefused) for _, outcome in outcomes
        )
        return outcomes

    def require_an_answer(self, outcomes: Sequence[tuple[Command, list[Row] | ServiceError]]) -> None:
        """Raises what went wrong where Fibery has answered nothing, whatever the type: then no query is at fault."""
        errors = [outcome for _, outcome in outcomes if isinstance(outcome, ServiceError)]
        if self.is_answered or len(errors) < 2:
            return
        types = list(dict.fromkeys(command.type for command, _ in outcomes))
        more = [f"{len(types) - _NAMED_TYPES} more types"] if len(types) > _NAMED_TYPES else []
        requested = listing([*types[:_NAMED_TYPES], *more])
        reason = reason_of(errors[0]).rstrip(".")
        raise type(errors[0])(
            SERVICE, f"no usable answer to any query ({reason}). Requested were {requested}.", status=errors[0].status
        )

    async def rows(self, query: EntityQuery, public_ids: Sequence[str]) -> list[Row]:
        """The rows of one command, sent alone. Raises what is wrong with it."""
        ((_, outcome),) = await self.outcomes([EntityCommand(query, tuple(public_ids))])
        if isinstance(outcome, ServiceError):
            raise outcome
        return outcome

    async def documents(self, secrets: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        """The texts by secret, and for the secrets whose request was not answered, why.

        `secrets` maps each to the type of the entity that it belongs to.
        """
        self.total += len(secrets)
        texts: dict[str, str] = {}
        unread: dict[str, str] = {}

        async def send(some: Sequence[str]) -> dict[str, str]:
            async with self._in_flight({secrets[secret] for secret in some}):
                return await self.client.documents(some, brief=not self.patience.is_new)

        async def fetch(batch: Sequence[str]) -> None:
            for some, answer in await in_pieces(send, batch, self.patience):
                if isinstance(answer, ServiceError):
                    unread.update(dict.fromkeys(some, reason_of(answer)))
                else:
                    texts.update(answer)
            self.advance(len(batch))

        await at_once(fetch(batch) for batch in chunks(list(secrets), DOCUMENTS_PER_REQUEST))
        return texts, unread

    def advance(self, more: int) -> None:
        """Count `more` as looked up."""
        self.done += more
        if self.on_progress is not None:
            self.on_progress(self.done, self.total)

    @asynccontextmanager
    async def _in_flight(self, types: Set[str]) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            # In one order, so that no two requests wait for each other.
            for name in sorted(types & self.gates.keys()):
                await stack.enter_async_context(self.gates[name])
            yield


def reason_of(error: ServiceError) -> str:
    """What went wrong, without the name of the service."""
    if isinstance(error, ServiceUnreachable) and error.reason:
        return error.reason
    return error.message.removeprefix(f"{SERVICE}: ")


def chunks(items: Sequence[Item], size: int) -> list[tuple[Item, ...]]:
    """The items in tuples of `size`, the last one shorter perhaps."""
    return [tuple(items[start : start + size]) for start in range(0, len(items), size)]


def _rows(result: Iterable[Any]) -> list[Row]:
    # Some answers mix other values with their rows.
    return [row for row in result if isinstance(row, Mapping)]
