"""Sending what may be too much for Fibery, or holds one thing that it cannot answer: in pieces, at a bounded cost.

The items of a request are whatever it is made of: commands, ids, parts of a query, documents. A request without a
usable answer is sent in pieces only where the first, the middle or the last item is answered alone: where none is, the
rest is not tried.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from volt_assets.errors import NotConnected, ServiceError, ServiceUnreachable, TimedOut, UnexpectedAnswer
from volt_assets.fibery.refusals import CommandRefused

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Piece = tuple[tuple[Item, ...], Answer | ServiceError]

FAILURES_AT_MOST = 40
# A request that is not answered takes a minute.
FAILURES_PER_TIMEOUT = 4
_TOO_MANY_REQUESTS = 429
# The answers to a request that is too large, or holds something that the service cannot process.
_OF_THE_REQUEST = (400, 413, 422)


@dataclass
class Patience:
    """How many more requests of a run may remain without a usable answer before nothing is sent in pieces any more."""

    left: int = FAILURES_AT_MOST

    @property
    def is_new(self) -> bool:
        """Whether every request has had an answer so far."""
        return self.left == FAILURES_AT_MOST

    def spend(self, error: ServiceError) -> None:
        """Count a request's failure. A command that was refused has cost nothing."""
        if not isinstance(error, CommandRefused):
            self.left -= FAILURES_PER_TIMEOUT if isinstance(error, TimedOut) else 1


async def in_pieces(
    send: Callable[[Sequence[Item]], Awaitable[Answer]], items: Sequence[Item], patience: Patience
) -> list[Piece[Item, Answer]]:
    """The answer to all items, or to each piece of them, in their order. A piece without an answer has its error.

    Raises errors that a smaller request would get, too: of the token, the address, the connection, too many requests.
    """
    answer = await _sent(send, items, patience)
    if isinstance(answer, ServiceError):
        return await divided(send, items, answer, patience)
    return [(tuple(items), answer)]


async def divided(
    send: Callable[[Sequence[Item]], Awaitable[Answer]],
    items: Sequence[Item],
    error: ServiceError,
    patience: Patience,
) -> list[Piece[Item, Answer]]:
    """The same, where all items together are known to fail with `error`."""

    async def halved(some: Sequence[Item], error: ServiceError) -> list[Piece[Item, Answer]]:
        if patience.left <= 0:
            return [(tuple(some), error)]
        answer = await _sent(send, some, patience)
        if not isinstance(answer, ServiceError) or len(some) == 1:
            return [(tuple(some), answer)]
        middle = len(some) // 2
        halves = await at_once(halved(half, answer) for half in (some[:middle], some[middle:]))
        return [piece for half in halves for piece in half]

    if len(items) == 1 or patience.left <= 0:
        return [(tuple(items), error)]
    probes = sorted({0, len(items) // 2, len(items) - 1})
    alone = await at_once(halved(items[index : index + 1], error) for index in probes)
    if all(isinstance(answer, ServiceError) for ((_, answer),) in alone):
        return [(tuple(items), error)]
    between = [items[index + 1 : following] for index, following in zip(probes, [*probes[1:], len(items)], strict=True)]
    rest = await at_once(halved(some, error) for some in between if some)
    found = dict(zip([index for index, some in zip(probes, between, strict=True) if some], rest, strict=True))
    return [piece for index, own in zip(probes, alone, strict=True) for piece in (*own, *found.get(index, ()))]


async def _sent(
    send: Callable[[Sequence[Item]], Awaitable[Answer]], items: Sequence[Item], patience: Patience
) -> Answer | ServiceError:
    try:
        return await send(items)
    except ServiceError as error:
        if not _may_be_part_of_it(error):
            raise
        patience.spend(error)
        return error


def _may_be_part_of_it(error: ServiceError) -> bool:
    """Whether a failure can be due to a part of what was sent."""
    if isinstance(error, ServiceUnreachable):
        return not isinstance(error, NotConnected) and error.status != _TOO_MANY_REQUESTS
    return isinstance(error, CommandRefused | UnexpectedAnswer) or error.status in _OF_THE_REQUEST


async def at_once(work: Iterable[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Do all at once; the first failure ends the others and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
