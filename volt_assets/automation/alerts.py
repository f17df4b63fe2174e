"""What people who are not looking are alerted to: decisions as functions of records, for `alert_sensors.py`.

A trouble is reported once, and once more when it is over. Trouble: a run that failed and whose weeks were not run
since, a check of severity error that fails, a closed week that has not become complete in time. No Dagster, SQL or
network here; `notification.py` sends the messages.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel

from volt_assets.orchestration.failed_checks import FailedCheck
from volt_assets.weeks import Due, closed_weeks, weeks_between

# Of the troubles found at once, how many have messages of their own: more are one message.
MOST_MESSAGES = 5
_WEEK_KEYS = "week:"


@dataclass(frozen=True)
class Trouble:
    """Something wrong: `key` is the same while it is the same trouble. `page` is its path in the UI."""

    key: str
    what: str
    do: str
    page: str


@dataclass(frozen=True)
class Message:
    """What is sent: a title of one line, and a body in Markdown."""

    title: str
    body: str


@dataclass(frozen=True)
class EndedRun:
    """A run that ended uncancelled; `days` (both included) are None for a run that was for no weeks.

    `waits`: for Toggl's hourly quota, so that the next one goes on there, and nobody need look.
    """

    dagster_run_id: str
    run_id: str
    days: tuple[date, date] | None
    ended_at: datetime
    succeeded: bool
    error: str | None = None
    waits: bool = False

    @property
    def weeks(self) -> list[date]:
        return weeks_between(*self.days) if self.days else []

    @property
    def key(self) -> str:
        """Runs for the same days fail as one trouble."""
        return f"run:{self.days[0]}:{self.days[1]}" if self.days else "run"


class Reported(BaseModel):
    """What has been reported and is not over, by the key of its trouble: in words, and when. A sensor's cursor."""

    troubles: dict[str, tuple[str, AwareDatetime]] = {}


def run_troubles(ended: Iterable[EndedRun]) -> dict[str, Trouble]:
    """The failed runs after which some of their weeks were not run with success, the latest for each range of days."""
    runs = sorted(ended, key=lambda run: run.ended_at)
    found = {}
    for index, run in enumerate(runs):
        if run.succeeded or run.waits or _superseded(run, runs[index + 1 :]):
            continue
        found[run.key] = Trouble(
            run.key,
            f"The run {run.run_id}{_for_days(run.days)} failed: {run.error or 'see its log.'}",
            "See its log; when the reason is gone, run the weeks again, or leave it to the sensor.",
            f"/runs/{run.dagster_run_id}",
        )
    return found


def _superseded(failed: EndedRun, later: Iterable[EndedRun]) -> bool:
    """Whether later runs have succeeded for all weeks of the failed one."""
    successes = [run for run in later if run.succeeded]
    if not failed.days:
        return bool(successes)
    return set(failed.weeks) <= {week for run in successes for week in run.weeks}


def _for_days(days: tuple[date, date] | None) -> str:
    return f" for {days[0]} to {days[1]}" if days else ""


def check_troubles(failing: Iterable[FailedCheck]) -> dict[str, Trouble]:
    """The failing checks, each of its weeks a trouble of its own."""
    return {
        f"check:{asset}:{name}:{week}": Trouble(
            f"check:{asset}:{name}:{week}",
            f"The check {name} of {asset} fails for the week of {week}.",
            "Its page names ids. Run the week again; a week that still fails is a defect worth reporting.",
            f"/assets/{asset}?view=checks&checkDetail={name}",
        )
        for asset, name, week in failing
    }


def week_key(week: date) -> str:
    """The key of the trouble of a week that stays incomplete."""
    return f"{_WEEK_KEYS}{week}"


def stuck_weeks(
    now: datetime, first_week: date, zone: ZoneInfo, due: Due, complete: Mapping[date, bool], patience: timedelta
) -> dict[str, Trouble]:
    """Closed weeks that are not complete although they were due `patience` ago, from the first stored week on."""
    if not complete:
        return {}
    return {
        week_key(week): Trouble(
            week_key(week),
            f"The week of {week} closed and is not complete: its reports are missing, or lack entries.",
            f"Run it: volt run --start-date {week} --end-date {week + timedelta(days=6)}",
            f"/assets/toggl_time_entries?view=partitions&partition={week}",
        )
        for week in closed_weeks(now, first_week, zone)
        if week >= min(complete) and not complete.get(week) and due.of(week, zone) + patience <= now
    }


def stuck_weeks_as_reported(reported: Reported) -> dict[str, Trouble]:
    """The stuck weeks that were reported before, in place of `stuck_weeks` where the warehouse cannot be read: which
    weeks are complete is not known then, so none is over, and none is new."""
    weeks = {key: what for key, (what, _) in reported.troubles.items() if key.startswith(_WEEK_KEYS)}
    return {key: Trouble(key, what, "", "") for key, what in weeks.items()}


def messages(
    troubles: Mapping[str, Trouble], reported: Reported, now: datetime, ui: str, held_back: Set[str] = frozenset()
) -> tuple[list[Message], Reported]:
    """What to send now, and what has been reported once that is sent. `ui` is the origin of the UI's pages.

    `held_back`: keys of troubles that a run may be ending at this moment. They are neither reported nor over.
    """
    new = [trouble for key, trouble in troubles.items() if key not in reported.troubles and key not in held_back]
    over = [what for key, (what, _) in reported.troubles.items() if key not in troubles]
    sent = [Message(f"Volt: {_short(trouble.what)}", _body(trouble, ui)) for trouble in new]
    if len(sent) > MOST_MESSAGES:
        sent = [Message(f"Volt: {len(new)} new troubles", _list(new, ui))]
    if over:
        lines = "\n".join(f"- {what}" for what in over)
        sent.append(Message("Volt: it works again", f"What was reported before is over:\n\n{lines}\n\n{ui}"))
    kept = {key: value for key, value in reported.troubles.items() if key in troubles}
    return sent, Reported(troubles=kept | {trouble.key: (trouble.what, now) for trouble in new})


def _short(what: str) -> str:
    return what if len(what) <= 100 else what[:99] + "…"


def _body(trouble: Trouble, ui: str) -> str:
    return f"{trouble.what}\n\n{trouble.do}\n\n{ui}{trouble.page}"


def _list(troubles: Sequence[Trouble], ui: str) -> str:
    """The troubles by what is to be done about them: a defect may concern a year's weeks at once."""
    by_action: dict[str, list[Trouble]] = {}
    for trouble in troubles:
        by_action.setdefault(trouble.do, []).append(trouble)
    return "\n\n".join(
        "\n".join(f"- {trouble.what} {ui}{trouble.page}" for trouble in of_action) + f"\n\n{action}"
        for action, of_action in by_action.items()
    )
