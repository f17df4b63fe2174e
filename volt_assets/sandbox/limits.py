"""How many requests are let through: Fibery's window of a second, Toggl's hourly quota and its leaky bucket.

Pure counting over a clock that is passed in; the services decide which answer a refused request gets.
"""

import time
from collections import deque
from collections.abc import Callable

Clock = Callable[[], float]


class SlidingWindow:
    """At most `limit` let through in any second. A refused request does not count."""

    def __init__(self, clock: Clock = time.monotonic):
        self._clock = clock
        self._times: deque[float] = deque()

    def room(self, limit: int) -> bool:
        now = self._clock()
        while self._times and now - self._times[0] >= 1.0:
            self._times.popleft()
        return len(self._times) < limit

    def take(self) -> None:
        self._times.append(self._clock())


class HourlyQuota:
    """A fixed window of 60 minutes, opened by the first request."""

    def __init__(self, clock: Clock = time.monotonic):
        self._clock = clock
        self._opened: float | None = None
        self.used = 0

    def take(self, limit: int) -> bool:
        """Count a request; false if the window's requests are used up."""
        now = self._clock()
        if self._opened is None or now - self._opened >= 3600:
            self._opened, self.used = now, 0
        if self.used >= limit:
            return False
        self.used += 1
        return True

    def resets_in(self) -> int:
        """Whole seconds until the window ends, at least 1."""
        return 3600 if self._opened is None else max(1, int(self._opened + 3600 - self._clock()))


class LeakyBucket:
    """Holds a burst and leaks one request a second."""

    def __init__(self, clock: Clock = time.monotonic):
        self._clock = clock
        self._level = 0.0
        self._at = clock()

    def take(self, size: int) -> bool:
        now = self._clock()
        self._level = max(0.0, self._level - (now - self._at))
        self._at = now
        if self._level + 1 > size:
            return False
        self._level += 1
        return True
