"""Toggl's hourly quota: what its answers say of it, how long to wait for more, and its row in the warehouse.

A quota is a window of an hour that its first request opens, shared by whatever uses the same Toggl user. Here is what
follows from it before a request is sent; the client asks, and `http.py` sends.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from volt_assets.errors import QuotaExhausted, WarehouseBusy
from volt_assets.settings import Settings, TogglAccess
from volt_assets.warehouse import Connection, Warehouse, warehouse_of
from volt_assets.weeks import naive_utc

logger = logging.getLogger(__name__)

# By plan: free, starter, premium. Others are known only by what is left of them.
POOLS = (30, 240, 600)
HOUR = timedelta(hours=1)
# The clocks of two machines differ, and Toggl rounds: a reset is waited for this much longer.
MARGIN = timedelta(seconds=2)
# How old the warehouse's figure may be while requests are left: writing it takes as long as a page does.
KEPT_EACH = timedelta(seconds=10)
# Seconds that noting the quota waits for the warehouse: the next answer is noted as well.
LOCK_WAIT = 2.0


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Pool:
    """The hour's requests: how many there are, how many are left, and when (aware) all are there again."""

    an_hour: int
    left: int
    resets_at: datetime

    def left_at(self, now: datetime) -> int:
        return self.left if now < self.resets_at else self.an_hour


def seen(before: Pool | None, left: int, resets_in: int, now: datetime) -> Pool:
    """The pool after an answer that leaves `left` requests for `resets_in` seconds.

    No answer says how many there are in all: at least one more than are left, so the smallest plan that has as many, or
    what an earlier answer has shown. Where the answer opened the hour, that is exact.
    """
    at_least = max(left + 1, 1)
    an_hour = next((pool for pool in POOLS if pool >= at_least), at_least)
    opened = resets_in >= HOUR.total_seconds() - 1
    if before is not None and not opened:
        an_hour = max(an_hour, before.an_hour)
    return Pool(an_hour, left, now + timedelta(seconds=resets_in))


class Quota:
    """The quota while requests are sent: `admit` before each, `note` after each, `close` after the last.

    `reserve` requests of each hour are left to people, but not the last one. `longest_wait` is how long `admit` waits
    for a reset; further away, it raises QuotaExhausted. `keep` gets the state now and then, at once when nothing is
    left to send, and at the end. `clock` and `sleep` are seams for tests.
    """

    def __init__(
        self,
        pool: Pool | None = None,
        *,
        reserve: int = 0,
        longest_wait: timedelta = timedelta(0),
        zone: ZoneInfo = ZoneInfo("UTC"),  # noqa: B008 - immutable
        keep: Callable[[Pool], None] | None = None,
        clock: Callable[[], datetime] | None = None,
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ):
        self.pool = pool
        self._reserve, self._longest_wait, self._zone = reserve, longest_wait, zone
        self._keep, self._clock = keep, clock or utc_now
        self._sleep = asyncio.sleep if sleep is None else sleep
        self._kept: Pool | None = pool
        self._kept_at: datetime | None = None

    def waits_until(self) -> datetime | None:
        """The reset that the next request has to wait for; None where it may be sent now."""
        now = self._clock()
        if self.pool is None or now >= self.pool.resets_at:
            return None
        reserved = min(self._reserve, self.pool.an_hour - 1)
        return None if self.pool.left > reserved else self.pool.resets_at

    async def admit(self) -> None:
        """Wait until a request may be sent. Raises QuotaExhausted where that is further away than `longest_wait`."""
        reset = self.waits_until()
        if reset is None:
            return
        wait = reset - self._clock() + MARGIN
        if wait > self._longest_wait + MARGIN:
            raise self.exhausted(reset)
        logger.warning("Toggl: %s Waiting for it.", self.in_words(reset))
        await self._sleep(wait.total_seconds())

    def note(self, left: int | None, resets_in: int | None) -> None:
        """Take in what an answer says; None for what it does not say."""
        if left is None or resets_in is None:
            return
        now = self._clock()
        self.pool = seen(self.pool, left, resets_in, now)
        if self._kept_at is None or now - self._kept_at >= KEPT_EACH or self.waits_until() is not None:
            self.close()

    def close(self) -> None:
        """Keep what is known."""
        if self._keep is not None and self.pool is not None and self.pool != self._kept:
            self._keep(self.pool)
            self._kept, self._kept_at = self.pool, self._clock()

    def exhausted(self, reset: datetime) -> QuotaExhausted:
        """The error of a run that does not wait for `reset`."""
        return QuotaExhausted(
            "Toggl",
            f"{self.in_words(reset)} What was fetched is kept: run it again then, and it goes on there. A run waits by "
            "itself for as long as VOLT_MAX_WAIT says.",
            resets_in_seconds=math.ceil((reset - self._clock()).total_seconds()),
        )

    def in_words(self, reset: datetime) -> str:
        """That the quota is used up, and until when: a sentence."""
        left = self.pool.left if self.pool else 0
        reserved = f", but for {left} left to people (VOLT_TOGGL_RESERVE)" if left > 0 else ""
        minutes = math.ceil((reset - self._clock()).total_seconds() / 60)
        at = f"{reset.astimezone(self._zone):%H:%M} ({self._zone.key})"
        return (
            f"the hourly quota of requests is used up{reserved}. It resets at {at}, in {minutes} "
            f"{'minute' if minutes == 1 else 'minutes'}."
        )


def kept_quota(settings: Settings, *, reserve: int, longest_wait: timedelta, warehouse: Warehouse) -> Quota:
    """The quota of the settings' workspace as `warehouse` knows it, which is told of each change."""
    access = settings.require_toggl()
    quick = Warehouse(database=warehouse.database, lock_wait=min(warehouse.lock_wait, LOCK_WAIT))

    def keep(pool: Pool) -> None:
        if not settings.warehouse_path.exists():
            return
        try:
            with quick.get_connection() as connection:
                store_pool(connection, access, pool)
        except WarehouseBusy:
            logger.debug("The warehouse is in use; Toggl's quota is noted with the next answer")

    pool = stored_pool(settings, warehouse)
    return Quota(pool, reserve=reserve, longest_wait=longest_wait, zone=settings.zone, keep=keep)


def stored_pool(settings: Settings, warehouse: Warehouse | None = None) -> Pool | None:
    """What is stored of the quota of the settings' workspace; None where nothing is."""
    access = settings.require_toggl()
    if not settings.warehouse_path.exists():
        return None
    with (warehouse or warehouse_of(settings)).get_connection() as connection:
        row = connection.execute(
            "SELECT an_hour, requests_left, resets_at FROM toggl_quota WHERE api = ? AND workspace_id = ?",
            [access.url, access.workspace_id],
        ).fetchone()
    return None if row is None else Pool(row[0], row[1], row[2].replace(tzinfo=UTC))


def store_pool(connection: Connection, access: TogglAccess, pool: Pool) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO toggl_quota (api, workspace_id, an_hour, requests_left, resets_at) "
        "VALUES (?, ?, ?, ?, ?)",
        [access.url, access.workspace_id, pool.an_hour, pool.left, naive_utc(pool.resets_at)],
    )
