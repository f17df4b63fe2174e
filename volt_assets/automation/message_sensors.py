"""The sensors that send messages to people: alerts and the weekly digest."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import dagster as dg
from pydantic import BaseModel, SecretStr

from volt_assets.automation.alerts import (
    Message,
    Reported,
    Trouble,
    check_troubles,
    messages,
    run_troubles,
    stuck_weeks,
    stuck_weeks_as_reported,
    week_key,
)
from volt_assets.automation.digest import own_digests, team_digest
from volt_assets.automation.notification import send
from volt_assets.automation.records import complete_by_week, ended_runs, weeks_in_progress
from volt_assets.errors import VoltError
from volt_assets.orchestration.checks import failing
from volt_assets.orchestration.instance import ui_origin
from volt_assets.reports.people_config import PeopleConfig
from volt_assets.settings import Settings
from volt_assets.weeks import closed_weeks


def alerts_sensor(
    settings: Settings,
    addresses: SecretStr,
    error_checks: Sequence[dg.AssetCheckKey],
    clock: Callable[[], datetime],
) -> dg.SensorDefinition:
    """The sensor `alerts`. `error_checks` are those whose failure is reported."""

    @dg.sensor(
        name="alerts",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reports to the addresses of VOLT_ALERT_URLS, once each, runs that failed, checks that fail and "
        "weeks that do not become complete, and when that is over.",
    )
    def alerts(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        reported = Reported.model_validate_json(context.cursor) if context.cursor else Reported()
        now = clock()
        stuck, unreadable = _stuck_weeks(settings, now, reported)
        troubles = {
            **run_troubles(ended_runs(context.instance)),
            **check_troubles(failing(context.instance, error_checks)),
            **stuck,
        }
        being_run = {week_key(week) for week in weeks_in_progress(context.instance)}
        sent, reported_now = messages(troubles, reported, now, ui_origin(settings), held_back=being_run)
        try:
            send(addresses, "VOLT_ALERT_URLS", sent)
        except VoltError as error:
            return dg.SensorResult(skip_reason=error.message)
        reason = f"{len(sent)} reported." if sent else "Nothing new to report."
        return dg.SensorResult(
            skip_reason=" ".join(filter(None, [reason, unreadable])), cursor=reported_now.model_dump_json()
        )

    return alerts


def _stuck_weeks(settings: Settings, now: datetime, reported: Reported) -> tuple[dict[str, Trouble], str | None]:
    """The weeks that do not become complete; where the warehouse cannot be read, those reported before, and why."""
    try:
        complete = complete_by_week(settings)
    except VoltError as error:
        return stuck_weeks_as_reported(reported), error.message
    patience = timedelta(hours=settings.volt_stuck_after)
    return stuck_weeks(now, settings.volt_first_week, settings.zone, settings.week_due, complete, patience), None


class _Sent(BaseModel):
    """What a digest's cursor holds: the week, who has its digest (people by Toggl's id, None for the team), and whether
    that is everybody.
    """

    week: date | None = None
    to: list[int | None] = []
    all: bool = False

    @classmethod
    def read(cls, cursor: str | None) -> "_Sent":
        """A cursor of an earlier program is the day of a week that the team was sent."""
        if cursor is None or cursor.startswith("{"):
            return cls.model_validate_json(cursor or "{}")
        return cls(week=date.fromisoformat(cursor), to=[None], all=True)


def digest_sensor(settings: Settings, people: PeopleConfig, clock: Callable[[], datetime]) -> dg.SensorDefinition:
    """The sensor `digest`."""

    @dg.sensor(
        name="digest",
        minimum_interval_seconds=300,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Sends the digest of the newest closed week, once, when the week is complete and reported on: the "
        "team's to the addresses of VOLT_DIGEST_URLS, and people theirs where people.yaml says so (notify).",
    )
    def digest(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        closed = closed_weeks(clock(), settings.volt_first_week, settings.zone)
        if not closed:
            return dg.SensorResult(skip_reason="No week has closed.")
        week, sent = closed[-1], _Sent.read(context.cursor)
        if sent.week == week and sent.all:
            return dg.SensorResult(skip_reason="The newest closed week was sent.")
        if sent.week != week:
            sent = _Sent(week=week)
        try:
            team = team_digest(settings, week)
            if team is None:
                return dg.SensorResult(skip_reason=f"The week of {week} is not complete and reported on yet.")
            wanted = [each for each in _receivers(settings, people, week, team) if each[0] not in sent.to]
        except VoltError as error:
            return dg.SensorResult(skip_reason=error.message)
        problems = []
        for to, address, name, message in wanted:
            try:
                send(address, name, [message])
                sent.to.append(to)
            except VoltError as error:
                problems.append(f"{error.message} It is tried again at the next tick.")
        sent.all = not problems
        reason = " ".join(problems) or f"Sent the week of {week}."
        return dg.SensorResult(skip_reason=reason, cursor=sent.model_dump_json())

    return digest


def _receivers(
    settings: Settings, people: PeopleConfig, week: date, team: Message
) -> list[tuple[int | None, SecretStr, str, Message]]:
    """To whom a week's digests go: Toggl's id (None: the team), the address, what sets it, and the message."""
    found: list[tuple[int | None, SecretStr, str, Message]] = []
    if settings.volt_digest_urls:
        found.append((None, settings.volt_digest_urls, "VOLT_DIGEST_URLS", team))
    if people.notifies:
        for user_id, (email, message) in own_digests(settings, week).items():
            if (address := people.notify(email)) is not None:
                found.append((user_id, address, f"notify of {user_id} in people.yaml", message))
    return found
