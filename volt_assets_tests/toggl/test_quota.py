"""Toggl's hourly quota: what answers show of it, when no request is sent, and how long is waited for a reset."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from volt_assets.errors import QuotaExhausted
from volt_assets.http import MockTransport, Response
from volt_assets.settings import Settings, TogglAccess
from volt_assets.toggl.client import TogglClient
from volt_assets.toggl.quota import Pool, Quota, kept_quota, seen, stored_pool
from volt_assets.warehouse import warehouse_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Clock:
    """A clock that only waiting moves on."""

    def __init__(self) -> None:
        self.now = NOON
        self.waits: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("left", "resets_in", "before", "an_hour"),
    [
        (29, 3600, None, 30),
        (17, 1800, None, 30),
        (30, 1800, None, 240),
        (239, 3600, None, 240),
        (599, 3600, None, 600),
        (700, 1800, None, 701),
        (-4, 100, None, 30),
        (12, 1800, 240, 240),
        (29, 3600, 240, 30),
    ],
)
def test_the_hours_requests_are_the_smallest_plans_that_answers_show(left, resets_in, before, an_hour):
    known = None if before is None else Pool(before, before - 1, NOON)
    pool = seen(known, left, resets_in, NOON)
    assert pool == Pool(an_hour, left, NOON + timedelta(seconds=resets_in))


def test_an_hour_that_is_over_leaves_all_requests():
    pool = Pool(30, 0, NOON)
    assert pool.left_at(NOON - timedelta(seconds=1)) == 0
    assert pool.left_at(NOON) == 30


@pytest.mark.parametrize(
    ("left", "reserve", "waits"), [(5, 4, False), (4, 4, True), (0, 0, True), (1, 0, False), (29, 100, True)]
)
def test_a_request_that_would_take_the_last_ones_or_those_of_people_waits_for_the_reset(left, reserve, waits):
    clock = Clock()
    reset = NOON + timedelta(minutes=9)
    quota = Quota(
        Pool(30, left, reset), reserve=reserve, longest_wait=timedelta(minutes=10), clock=clock, sleep=clock.sleep
    )
    asyncio.run(quota.admit())
    assert clock.waits == ([9 * 60 + 2] if waits else [])


def test_a_reset_that_is_too_far_away_ends_the_run_with_its_time():
    clock = Clock()
    quota = Quota(Pool(30, 4, NOON + timedelta(minutes=38)), reserve=4, longest_wait=timedelta(minutes=10), clock=clock)
    with pytest.raises(QuotaExhausted, match="It resets at 12:38 .UTC., in 38 minutes") as raised:
        asyncio.run(quota.admit())
    assert "4 left to people (VOLT_TOGGL_RESERVE)" in raised.value.message
    assert (raised.value.exit_code, raised.value.resets_in_seconds) == (4, 38 * 60)


class Toggl:
    """A Toggl that gives the answers in turn, with a client over it."""

    def __init__(self, quota: Quota, *answers: Response):
        self.answers = list(answers)
        self.requests = 0
        self.client = TogglClient(
            TogglAccess("https://toggl.example", SecretStr("token"), 1),
            quota=quota,
            transport=MockTransport(self._answer),
            sleep=quota._sleep,
        )

    def _answer(self, _request: object) -> Response:
        self.requests += 1
        return self.answers.pop(0)

    def people(self) -> list:
        async def run() -> list:
            async with self.client:
                return await self.client.people()

        return asyncio.run(run())


def answer(status: int = 200, left: int | None = None, resets_in: int | None = None, **content: object) -> Response:
    headers = {} if left is None else {"X-Toggl-Quota-Remaining": str(left), "X-Toggl-Quota-Resets-In": str(resets_in)}
    return Response(status, headers=headers, **(content or {"json": [{"user_id": 1, "name": "Ana"}]}))


def waiting_quota(clock: Clock, pool: Pool | None = None, minutes: float = 60) -> Quota:
    return Quota(pool, reserve=4, longest_wait=timedelta(minutes=minutes), clock=clock, sleep=clock.sleep)


def test_no_request_is_sent_when_none_is_left_for_it():
    clock = Clock()
    toggl = Toggl(waiting_quota(clock, Pool(30, 3, NOON + timedelta(minutes=20)), minutes=10), answer())
    with pytest.raises(QuotaExhausted):
        toggl.people()
    assert toggl.requests == 0


def test_an_attempt_again_is_not_sent_either_when_the_failed_one_took_the_last_request():
    clock = Clock()
    toggl = Toggl(waiting_quota(clock, minutes=0), answer(502, left=4, resets_in=900), answer())
    with pytest.raises(QuotaExhausted):
        toggl.people()
    assert toggl.requests == 1


@pytest.mark.parametrize("headers", [{"left": 0, "resets_in": 120}, {}])
def test_a_refusal_for_the_quota_is_waited_out_and_the_request_sent_again(headers):
    clock = Clock()
    refusal = answer(402, text="You have hit your hourly limit. Your quota will reset in 120 seconds.", **headers)
    toggl = Toggl(waiting_quota(clock, minutes=10), refusal, answer(left=29, resets_in=3600))
    assert len(toggl.people()) == 1
    assert (toggl.requests, clock.waits) == (2, [122])


def test_a_second_refusal_for_the_quota_is_final():
    clock = Clock()
    refused = [answer(402, left=0, resets_in=120, text="hourly limit") for _ in range(3)]
    toggl = Toggl(waiting_quota(clock, minutes=10), *refused)
    with pytest.raises(QuotaExhausted):
        toggl.people()
    assert toggl.requests == 2


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    monkeypatch.setenv("TOGGL_API_TOKEN", "0" * 32)
    monkeypatch.setenv("TOGGL_WORKSPACE_ID", "1")
    return Settings.load(tmp_path)


def test_the_quota_is_kept_in_the_warehouse_for_whoever_comes_next(settings):
    warehouse = warehouse_of(settings)
    with warehouse.get_connection():
        pass
    assert stored_pool(settings) is None
    kept_quota(settings, reserve=4, longest_wait=timedelta(0), warehouse=warehouse).note(3, 1800)
    pool = stored_pool(settings)
    assert (pool.an_hour, pool.left) == (30, 3)
    following = kept_quota(settings, reserve=4, longest_wait=timedelta(0), warehouse=warehouse)
    assert following.waits_until() == pool.resets_at


def test_a_home_without_a_warehouse_gets_none_by_noting_the_quota(settings):
    kept_quota(settings, reserve=4, longest_wait=timedelta(0), warehouse=warehouse_of(settings)).note(3, 1800)
    assert not settings.warehouse_path.exists()
