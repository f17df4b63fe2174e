"""What is to be fetched by itself, and when: decisions as functions of records and the time, for `automation.py`.

What Toggl holds is compared with what is stored in `toggl/late_edits.py`. No Dagster, SQL or HTTP here.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from volt_assets.weeks import Due, closed_weeks, unbroken

# A week that fails is asked for again after 10 minutes, 40 minutes, 2 h 40 and so on, up to a day: six times in all.
FIRST_PAUSE = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(days=1)
MOST_ATTEMPTS = 6


@dataclass(frozen=True)
class Attempt:
    """A run that was requested for a week, alone or among others. `ended_at` (aware) is None while it is not over."""

    week: date
    run_key: str
    ended_at: datetime | None = None
    succeeded: bool = False
    cancelled: bool = False


@dataclass(frozen=True)
class Decision:
    """`run_keys` of the weeks to request now, oldest first, and for people: `why` each, and `others`: why not others.

    A week of `singly` gets a run of its own.
    """

    run_keys: Mapping[date, str]
    why: Mapping[date, str]
    others: Sequence[str]
    singly: AbstractSet[date] = frozenset()

    @property
    def runs(self) -> list[list[date]]:
        """The weeks of each run, oldest first. Unbroken ones share one: it sends fewer requests than as many runs."""
        together = unbroken(week for week in self.run_keys if week not in self.singly)
        return sorted([*together, *([week] for week in self.run_keys if week in self.singly)])

    @property
    def reason(self) -> str:
        """Why not others, or why none, in short."""
        return told(self.others)


@dataclass(frozen=True)
class _Turn:
    """Whether a week may be requested now. `number` counts all attempts, so that no run key comes twice; `failed` those
    since the last success."""

    number: int
    running: bool = False
    given_up: bool = False
    not_before: datetime | None = None
    failed: int = 0


def turn(attempts: Sequence[Attempt], now: datetime) -> _Turn:
    """Whose turn is what, given all attempts made at the same thing: failed ones since the last success hold it up."""
    number = len(attempts) + 1
    if any(attempt.ended_at is None for attempt in attempts):
        return _Turn(number, running=True)
    ended = sorted(attempts, key=_end_of)
    successes = [n for n, attempt in enumerate(ended, 1) if attempt.succeeded]
    failed = len(ended) - max(successes, default=0)
    if failed >= MOST_ATTEMPTS:
        return _Turn(number, given_up=True, failed=failed)
    if failed:
        again = _end_of(ended[-1]) + min(FIRST_PAUSE * 4 ** (failed - 1), LONGEST_PAUSE)
        return _Turn(number, not_before=again if again > now else None, failed=failed)
    return _Turn(number)


def unfinished(attempts: Iterable[Attempt], succeeded: Mapping[date, datetime]) -> dict[date, Attempt]:
    """The weeks whose last attempt failed, with that, unless a run of theirs has succeeded since, whoever started it.

    `succeeded`: week -> when the last such run ended (aware). The failed one may have stored the week and then broken
    off, or have left it out because of another week of its range.
    """
    last: dict[date, Attempt] = {}
    for attempt in attempts:
        known = last.get(attempt.week)
        if known is None or _end_of(attempt) > _end_of(known):
            last[attempt.week] = attempt
    return {
        week: attempt
        for week, attempt in last.items()
        if attempt.ended_at is not None
        and not attempt.succeeded
        and not attempt.cancelled
        and not (week in succeeded and succeeded[week] >= attempt.ended_at)
    }


def _end_of(attempt: Attempt) -> datetime:
    """When an attempt ended; one that is not over ends last."""
    return attempt.ended_at or datetime.max.replace(tzinfo=UTC)


def missing_weeks(now: datetime, first_week: date, zone: ZoneInfo, complete: Mapping[date, bool]) -> list[date]:
    """Closed weeks that are not complete, oldest first, given the stored weeks and which of them are.

    From the first stored week on; with nothing stored, the newest closed one alone.
    """
    closed = closed_weeks(now, first_week, zone)
    if not complete:
        return closed[-1:]
    return [week for week in closed if week >= min(complete) and not complete.get(week, False)]


def closed_weeks_to_fetch(
    now: datetime,
    first_week: date,
    zone: ZoneInfo,
    due: Due,
    complete: Mapping[date, bool],
    at_a_time: int,
    *,
    attempts: Iterable[Attempt],
    in_progress: AbstractSet[date],
    succeeded: Mapping[date, datetime],
) -> Decision:
    """Which closed weeks to fetch now: those not complete, and those that a run of ours has failed to bring to its end.

    `complete`: stored week -> whether it is. `attempts`: all runs that this decision led to before. `in_progress`: the
    weeks of all runs that are not over, whoever started them. `succeeded`: as in `unfinished`. At most `at_a_time` of
    our own are under way at once.
    """
    attempts = list(attempts)
    missing = missing_weeks(now, first_week, zone, complete)
    closed = set(closed_weeks(now, first_week, zone))
    broken_off = {week for week in unfinished(attempts, succeeded) if week in closed and complete.get(week)}
    if not missing and not broken_off:
        return Decision({}, {}, ["Every closed week is complete." if complete else "No week has closed yet."])
    by_week: dict[date, list[Attempt]] = {}
    for attempt in attempts:
        by_week.setdefault(attempt.week, []).append(attempt)
    under_way = sum(attempt.ended_at is None for attempt in attempts)
    chosen: dict[date, str] = {}
    why: dict[date, str] = {}
    others = []
    singly = set()
    for week in sorted({*missing, *broken_off}):
        turn_now = turn(by_week.get(week, ()), now)
        if turn_now.running or week in in_progress:
            others.append(f"The week of {week} is being run.")
        elif now < due.of(week, zone):
            others.append(f"The week of {week} is due {_when(due.of(week, zone), zone)}.")
        elif turn_now.given_up:
            others.append(given_up(week))
        elif turn_now.not_before is not None:
            others.append(f"The week of {week} failed; it is tried again {_when(turn_now.not_before, zone)}.")
        elif under_way + len(chosen) >= at_a_time:
            others.append(f"The week of {week} waits for its turn: {at_a_time} at a time (VOLT_CATCH_UP).")
        else:
            chosen[week] = f"{week}:{turn_now.number}"
            if week in broken_off:
                reason = "it is stored, but its run failed"
            elif week in complete:
                reason = "it was stored before its end, or not for everybody"
            else:
                reason = "it has closed and is not stored"
            why[week] = _requested(week, reason, turn_now)
            if turn_now.failed:
                singly.add(week)
    return Decision(chosen, why, others, singly)


def changed_weeks_to_fetch(
    now: datetime,
    zone: ZoneInfo,
    evidence: Mapping[date, str],
    changes: Mapping[date, str],
    *,
    attempts: Iterable[Attempt],
    in_progress: AbstractSet[date],
    succeeded: Mapping[date, datetime],
) -> Decision:
    """Which weeks to fetch again, given why: the same reason leads to one fetch that succeeds, or to some that fail.

    `evidence` is short: it becomes part of the run key, week:evidence:attempt. `changes` says for people what it is.
    Weeks that a run of ours has failed to bring to its end are fetched again without new evidence: what it has stored
    differs no longer. `in_progress` and `succeeded`: as in `closed_weeks_to_fetch`.
    """
    attempts = list(attempts)
    broken_off = {
        week: attempt.run_key.split(":")[1]
        for week, attempt in unfinished(attempts, succeeded).items()
        if attempt.run_key.count(":") == 2
    }
    evidence = {**broken_off, **evidence}
    if not evidence:
        return Decision({}, {}, ["Toggl holds what is stored."])
    chosen: dict[date, str] = {}
    why: dict[date, str] = {}
    others = []
    singly = set()
    for week in sorted(evidence):
        key = f"{week}:{evidence[week]}"
        made = [attempt for attempt in attempts if attempt.run_key.rpartition(":")[0] == key]
        turn_now = turn(made, now)
        if turn_now.running or week in in_progress:
            others.append(f"The week of {week} is being run.")
        elif any(attempt.succeeded for attempt in made):
            others.append(
                f"The week of {week} was fetched again, and still differs from what Toggl's reports say; "
                "it is left alone until something else changes in it."
            )
        elif turn_now.given_up:
            others.append(given_up(week))
        elif turn_now.not_before is not None:
            others.append(f"The week of {week} failed; it is tried again {_when(turn_now.not_before, zone)}.")
        else:
            chosen[week] = f"{key}:{turn_now.number}"
            why[week] = _requested(week, changes.get(week, "its run failed after it was fetched"), turn_now)
            if turn_now.failed:
                singly.add(week)
    return Decision(chosen, why, others, singly)


def _requested(week: date, reason: str, turn_now: _Turn) -> str:
    again = f" Attempt {turn_now.failed + 1} of {MOST_ATTEMPTS}." if turn_now.failed else ""
    return f"The week of {week} is requested: {reason}.{again}"


def given_up(week: date) -> str:
    return (
        f"The week of {week} failed {MOST_ATTEMPTS} times and is not tried again by itself. See why in the log of its "
        "last run, and materialize the week."
    )


def told(reasons: Sequence[str], most: int = 4) -> str:
    """Reasons as one text, the first few in full."""
    more = f" And {len(reasons) - most} more weeks." if len(reasons) > most else ""
    return " ".join(reasons[:most]) + more


def _when(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):on %A %Y-%m-%d at %H:%M} ({zone.key})"
