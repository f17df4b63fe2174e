"""The sensors that send messages to people: alerts and the weekly digest."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import dagster as dg
from pydantic import SecretStr

from volt_assets.automation.alerts import (
    Reported,
    Trouble,
    check_troubles,
    messages,
    run_troubles,
    stuck_weeks,
    stuck_weeks_as_reported,
    week_key,
)
from volt_assets.automation.digest import team_summary
from volt_assets.automation.notification import send
from volt_assets.automation.records import complete_by_week, ended_runs, weeks_in_progress
from volt_assets.errors import VoltError
from volt_assets.orchestration.checks import failing
from volt_assets.orchestration.instance import ui_origin
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


def digest_sensor(settings: Settings, addresses: SecretStr, clock: Callable[[], datetime]) -> dg.SensorDefinition:
    """The sensor `digest`."""

    @dg.sensor(
        name="digest",
        minimum_interval_seconds=300,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Sends the team's summary of the newest closed week to the addresses of VOLT_DIGEST_URLS, once, "
        "when the week is complete and reported on.",
    )
    def digest(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        closed = closed_weeks(clock(), settings.volt_first_week, settings.zone)
        if not closed or context.cursor == closed[-1].isoformat():
            return dg.SensorResult(skip_reason="The newest closed week was sent." if closed else "No week has closed.")
        try:
            message = team_summary(settings, closed[-1])
            if message is None:
                return dg.SensorResult(skip_reason=f"The week of {closed[-1]} is not complete and reported on yet.")
            send(addresses, "VOLT_DIGEST_URLS", [message])
        except VoltError as error:
            return dg.SensorResult(skip_reason=error.message)
        return dg.SensorResult(skip_reason=f"Sent the week of {closed[-1]}.", cursor=closed[-1].isoformat())

    return digest
