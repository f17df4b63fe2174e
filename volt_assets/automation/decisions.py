"""What to fetch automatically, and when: decisions as functions of records and the time, for `sensors.py`.

`toggl/late_edits.py` compares what Toggl holds with what is stored. No Dagster, SQL or HTTP here.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from volt_assets.weeks import Due, closed_weeks, unbroken

# A week that fails is requested again after 10 minutes, 40 minutes, 2 h 40 and so on, up to a day: six times in all.
FIRST_PAUSE = timedelta(minutes=10)
LONGEST_PAUSE = timedelta(days=1)
MOST_ATTEMPTS = 6
# Of the reasons against weeks, how many a tick shows.
MOST_REASONS = 4


@dataclass(frozen=True)
class Attempt:
    """A run that was requested for a week, alone or among others. `ended_at` (aware) is None while it is not over.

    `waits`: it ended because Toggl's hourly quota was used up, and the next one goes on there.
    """

    week: date
    run_key: str
    ended_at: datetime | None = None
    succeeded: bool = False
    cancelled: bool = False
    waits: bool = False


@dataclass(frozen=True)
class RunHistory:
    """What decisions need to know of runs.

    `attempts`: the runs that the same sensor has requested. `in_progress`: the weeks of all runs that are not over,
    whoever started them. `succeeded`: week -> when the latest run of it that succeeded ended (aware), whoever started
    it; needed after a failure alone.
    """

    attempts: Sequence[Attempt] = ()
    in_progress: AbstractSet[date] = frozenset()
    succeeded: Mapping[date, datetime] = field(default_factory=dict)


@dataclass
class Decision:
    """`run_keys` of the weeks to request now, oldest first, and for people: `why` each, and `others`: why not others.

    A week of `singly` gets a run of its own.
    """

    run_keys: dict[date, str] = field(default_factory=dict)
    why: dict[date, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    singly: set[date] = field(default_factory=set)

    @property
    def runs(self) -> list[list[date]]:
        """The weeks of each run, oldest first. Unbroken ones share one: it sends fewer requests than as many runs."""
        together = unbroken(week for week in self.run_keys if week not in self.singly)
        return sorted([*together, *([week] for week in self.run_keys if week in self.singly)])

    @property
    def reason(self) -> str:
        """Why not others, or why none, in short."""
        more = f" And {len(self.others) - MOST_REASONS} more weeks." if len(self.others) > MOST_REASONS else ""
        return " ".join(self.others[:MOST_REASONS]) + more

    def request(self, week: date, key: str, reason: str, state: "Backoff") -> None:
        """Request a week. `key` is its run key without the number of the attempt."""
        again = f" Attempt {state.failed + 1} of {MOST_ATTEMPTS}." if state.failed else ""
        self.run_keys[week] = f"{key}:{state.number}"
        self.why[week] = f"The week of {week} is requested: {reason}.{again}"
        if state.failed:
            self.singly.add(week)


@dataclass(frozen=True)
class Backoff:
    """Backoff state of one week. `number`: that of its next attempt, of all ever made, so that no run key is used
    twice; `failed`: how many attempts failed since the last success."""

    number: int
    running: bool = False
    given_up: bool = False
    not_before: datetime | None = None
    failed: int = 0


def backoff(attempts: Sequence[Attempt], now: datetime) -> Backoff:
    """Backoff state of one week, given all attempts at it: those that failed since the last success delay the next."""
    number = len(attempts) + 1
    if any(attempt.ended_at is None for attempt in attempts):
        return Backoff(number, running=True)
    ended = sorted(attempts, key=_end_of)
    successes = [n for n, attempt in enumerate(ended, 1) if attempt.succeeded]
    failures = [attempt for attempt in ended[max(successes, default=0) :] if not attempt.waits]
    failed = len(failures)
    if failed >= MOST_ATTEMPTS:
        return Backoff(number, given_up=True, failed=failed)
    if failed:
        again = _end_of(failures[-1]) + min(FIRST_PAUSE * 4 ** (failed - 1), LONGEST_PAUSE)
        return Backoff(number, not_before=again if again > now else None, failed=failed)
    return Backoff(number)


def unfinished(history: RunHistory) -> dict[date, Attempt]:
    """The weeks whose last attempt failed, with that, unless a run of theirs has succeeded since, whoever started it.

    The failed one may have stored the week and then broken off, or have left it out because of another week of its
    range.
    """
    last: dict[date, Attempt] = {}
    for attempt in history.attempts:
        known = last.get(attempt.week)
        if known is None or _end_of(attempt) > _end_of(known):
            last[attempt.week] = attempt
    return {
        week: attempt
        for week, attempt in last.items()
        if attempt.ended_at is not None
        and not attempt.succeeded
        and not attempt.cancelled
        and not (week in history.succeeded and history.succeeded[week] >= attempt.ended_at)
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
    history: RunHistory,
) -> Decision:
    """Which closed weeks to fetch now: those not complete, and those that a run of ours has failed to bring to its end.

    `complete`: stored week -> whether it is. `history`: of this decision. At most `at_a_time` of our own are under way
    at once.
    """
    missing = missing_weeks(now, first_week, zone, complete)
    closed = set(closed_weeks(now, first_week, zone))
    broken_off = {week for week in unfinished(history) if week in closed and complete.get(week)}
    if not missing and not broken_off:
        return Decision(others=["Every closed week is complete." if complete else "No week has closed yet."])
    under_way = sum(attempt.ended_at is None for attempt in history.attempts)
    decision = Decision()
    for week in sorted({*missing, *broken_off}):
        state = backoff([attempt for attempt in history.attempts if attempt.week == week], now)
        if state.running or week in history.in_progress:
            decision.others.append(_being_run(week))
        elif now < due.of(week, zone):
            decision.others.append(f"The week of {week} is due {when(due.of(week, zone), zone)}.")
        elif delay := _delay(week, state, zone):
            decision.others.append(delay)
        elif under_way + len(decision.run_keys) >= at_a_time:
            decision.others.append(f"The week of {week} waits for its turn: {at_a_time} at a time (VOLT_CATCH_UP).")
        else:
            decision.request(week, f"{week}", _why_closed(week, complete, broken_off), state)
    return decision


def changed_weeks_to_fetch(
    now: datetime, zone: ZoneInfo, evidence: Mapping[date, str], changes: Mapping[date, str], history: RunHistory
) -> Decision:
    """Which weeks to fetch again, given why: the same reason leads to one fetch that succeeds, or to some that fail.

    `evidence` is short: it becomes part of the run key, week:evidence:attempt. `changes` describes it for people.
    Weeks that a run of ours has failed to bring to its end are fetched again without new evidence: what it has stored
    differs no longer. `history`: of this decision.
    """
    broken_off = {
        week: attempt.run_key.split(":")[1]
        for week, attempt in unfinished(history).items()
        if attempt.run_key.count(":") == 2
    }
    evidence = {**broken_off, **evidence}
    if not evidence:
        return Decision(others=["Toggl holds what is stored."])
    decision = Decision()
    for week in sorted(evidence):
        key = f"{week}:{evidence[week]}"
        made = [attempt for attempt in history.attempts if attempt.run_key.rpartition(":")[0] == key]
        state = backoff(made, now)
        if state.running or week in history.in_progress:
            decision.others.append(_being_run(week))
        elif any(attempt.succeeded for attempt in made):
            decision.others.append(
                f"The week of {week} was fetched again, and still differs from Toggl's reports; it is left alone until "
                "something else changes in it."
            )
        elif delay := _delay(week, state, zone):
            decision.others.append(delay)
        else:
            decision.request(week, key, changes.get(week, "its run failed after it was fetched"), state)
    return decision


def waiting_for_quota(decision: Decision, reset: datetime | None, zone: ZoneInfo) -> Decision:
    """The decision while Toggl's hourly quota is used up until `reset` (None: it is not): its weeks wait for that."""
    if reset is None or not decision.run_keys:
        return decision
    weeks = len(decision.run_keys)
    waiting = f"{weeks} {'week waits' if weeks == 1 else 'weeks wait'} for Toggl's hourly quota, {when(reset, zone)}."
    return Decision(others=[waiting, *decision.others])


def _why_closed(week: date, complete: Mapping[date, bool], broken_off: AbstractSet[date]) -> str:
    if week in broken_off:
        return "it is stored, but its run failed"
    if week in complete:
        return "it was stored before its end, or not for everybody"
    return "it has closed and is not stored"


def _being_run(week: date) -> str:
    return f"The week of {week} is being run."


def _delay(week: date, state: Backoff, zone: ZoneInfo) -> str | None:
    """Why a week that failed is not requested now; None where it may be."""
    if state.given_up:
        return (
            f"The week of {week} failed {MOST_ATTEMPTS} times and is not tried again automatically. See why in the log "
            "of its last run, and materialize the week."
        )
    if state.not_before is not None:
        return f"The week of {week} failed; it is tried again {when(state.not_before, zone)}."
    return None


def when(instant: datetime, zone: ZoneInfo) -> str:
    """An instant for people: "on Monday 2025-10-13 at 06:00 (Europe/Berlin)"."""
    return f"{instant.astimezone(zone):on %A %Y-%m-%d at %H:%M} ({zone.key})"
