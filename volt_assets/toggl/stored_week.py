"""One stored week: how it was fetched, whether it is complete, whether to fetch it again. No SQL here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class StoredWeek:
    """A row of `toggl_weeks`. `fetched_at` is UTC without a zone, of the part that was fetched first."""

    week: date
    timezone: str
    fetched_at: datetime
    everybody: bool
    after_its_end: bool

    @property
    def complete(self) -> bool:
        """Everybody's entries were fetched after the week's end."""
        return self.everybody and self.after_its_end


def weeks_wanted(
    weeks: Sequence[date],
    known: Mapping[date, StoredWeek],
    *,
    unless_since: datetime | None = None,
    only_incomplete: bool = False,
) -> list[date]:
    """Those of `weeks` to fetch: not the ones fetched at or after `unless_since` (UTC without a zone), nor, with
    `only_incomplete`, those that are complete."""

    def is_wanted(week: date) -> bool:
        if week not in known:
            return True
        if unless_since is not None and known[week].fetched_at >= unless_since:
            return False
        return not (only_incomplete and known[week].complete)

    return [week for week in weeks if is_wanted(week)]


def merged(before: StoredWeek | None, fetched: StoredWeek) -> StoredWeek:
    """What is known of a week after `fetched` was stored over `before`.

    A fetch for everybody replaces the week. One for some people keeps everybody else's rows, and with them what was
    known.
    """
    if before is None or fetched.everybody:
        return fetched
    return StoredWeek(
        week=fetched.week,
        timezone=fetched.timezone,
        fetched_at=min(before.fetched_at, fetched.fetched_at),
        everybody=before.everybody,
        after_its_end=before.after_its_end and fetched.after_its_end,
    )
