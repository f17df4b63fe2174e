"""Finding what in a request cannot be answered: all that can be is, in order, and at a bounded number of requests."""

import asyncio
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt_assets.errors import (
    NotConnected,
    ServiceError,
    ServiceRefused,
    ServiceUnreachable,
    TimedOut,
    UnexpectedAnswer,
)
from volt_assets.fibery.refusals import CommandRefused
from volt_assets.fibery.splitting import FAILURES_AT_MOST, Patience, in_pieces

DOWN = ServiceUnreachable("Fibery", "down", status=500)


def sent(items: Sequence[int], bad: set[int], error: ServiceError = DOWN, patience: Patience | None = None):
    """The pieces of items of which each bad one fails whatever it is sent with, and what was sent."""
    requests: list[Sequence[int]] = []

    async def send(some: Sequence[int]) -> list[int]:
        requests.append(some)
        if bad.intersection(some):
            raise error
        return list(some)

    return asyncio.run(in_pieces(send, items, patience or Patience())), requests


@given(
    st.integers(1, 300).flatmap(lambda count: st.tuples(st.just(count), st.sets(st.integers(0, count - 1), max_size=4)))
)
def test_each_item_has_an_answer_or_an_error_in_order_and_the_bad_ones_alone_fail(case: tuple[int, set[int]]):
    count, bad = case
    items = range(count)
    patience = Patience(left=10_000)
    pieces, requests = sent(items, bad, patience=patience)
    assert [item for some, _ in pieces for item in some] == list(items)
    failed = {item for some, answer in pieces if isinstance(answer, ServiceError) for item in some}
    assert failed == (set(items) if {0, count // 2, count - 1} <= bad else bad)
    assert all(answer == list(some) for some, answer in pieces if not isinstance(answer, ServiceError))
    assert len(requests) <= 1 + 3 + 2 + len(bad) * 2 * (1 + math.ceil(math.log2(count)))


def test_where_neither_the_first_nor_the_middle_nor_the_last_is_answered_the_rest_is_not_tried():
    pieces, requests = sent(range(500), set(range(500)))
    assert pieces == [(tuple(range(500)), DOWN)]
    assert [len(some) for some in requests] == [500, 1, 1, 1]


@pytest.mark.parametrize("error", [DOWN, TimedOut("Fibery", "slow"), UnexpectedAnswer("Fibery", "cut off")])
def test_however_much_fails_it_ends_soon(error: ServiceError):
    patience = Patience()
    pieces, requests = sent(range(500), {number for number in range(500) if number % 2}, error, patience)
    assert sum(len(some) for some, _ in pieces) == 500
    assert len(requests) < 3 * FAILURES_AT_MOST
    again, more = sent(range(500), {7}, error, patience)
    assert again == [(tuple(range(500)), error)]
    assert len(more) == 1


@pytest.mark.parametrize(
    "error",
    [
        NotConnected("Fibery", "nobody"),
        ServiceRefused("Fibery", "no", status=401),
        ServiceUnreachable("Fibery", "too many", status=429),
        ServiceError("Fibery", "no", status=404),
    ],
)
def test_what_no_smaller_request_would_change_is_raised(error: ServiceError):
    with pytest.raises(type(error)):
        sent(range(4), {3}, error)


@pytest.mark.parametrize(
    "error",
    [
        *(ServiceUnreachable("Fibery", "x", status=status) for status in (408, 500, 502, 503, 504)),
        *(ServiceError("Fibery", "x", status=status) for status in (400, 413)),
        ServiceUnreachable("Fibery", "the connection broke"),
        TimedOut("Fibery", "x"),
        UnexpectedAnswer("Fibery", "x", status=200),
        CommandRefused("x"),
    ],
)
def test_what_a_smaller_request_may_change_is_sent_in_pieces(error: ServiceError):
    pieces, _ = sent(range(4), {3}, error)
    assert [some for some, answer in pieces if isinstance(answer, ServiceError)] == [(3,)]
