"""What runs without being requested: sensors, as thin wrappers around decisions, and all automation on one page.

`decisions.py` decides on what `records.py` reads and `late_edits_search.py` finds. What cannot be read is never taken
for empty: the tick is skipped with the reason.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

import dagster as dg

from volt_assets.automation.decisions import changed_weeks_to_fetch, closed_weeks_to_fetch, waiting_for_quota, when
from volt_assets.automation.late_edits_search import continue_search, current_search, evidence_by_week
from volt_assets.automation.message_sensors import alerts_sensor, digest_sensor
from volt_assets.automation.records import complete_by_week, quota_reset, run_history
from volt_assets.automation.run_requests import sensor_result
from volt_assets.automation.schedules import open_week_schedule, week_just_closed_schedule
from volt_assets.errors import VoltError
from volt_assets.orchestration import run_records
from volt_assets.reports.people_config import people_config
from volt_assets.settings import Settings
from volt_assets.toggl.late_edits import summed_up

Clock = Callable[[], datetime]


class Automation(NamedTuple):
    sensors: list[dg.SensorDefinition]
    schedules: list[dg.ScheduleDefinition]


def build_automation(
    settings: Settings,
    job_name: str,
    clock: Clock = lambda: datetime.now(UTC),
    error_checks: Sequence[dg.AssetCheckKey] = (),
) -> Automation:
    """The sensors and schedules, which request runs of the job `job_name`. Started by VOLT_AUTOMATION, or in the UI.

    `error_checks` are those whose failure is reported (VOLT_ALERT_URLS).
    """
    chosen = settings.volt_automation
    schedules = [week_just_closed_schedule(settings, job_name, running=chosen == "schedule")]
    if settings.volt_open_week == "daily":
        schedules.append(open_week_schedule(settings, job_name))
    sensors = [
        _closed_weeks(settings, job_name, clock, running=chosen == "sensors"),
        _late_edits(settings, job_name, clock, running=chosen == "sensors"),
        _dead_runs(),
    ]
    if settings.volt_alert_urls:
        sensors.append(alerts_sensor(settings, settings.volt_alert_urls, error_checks, clock))
    people = people_config(settings)
    if settings.volt_digest_urls or people.notifies:
        sensors.append(digest_sensor(settings, people, clock))
    return Automation(sensors, schedules)


def _closed_weeks(settings: Settings, job_name: str, clock: Clock, *, running: bool) -> dg.SensorDefinition:
    @dg.sensor(
        name="closed_weeks",
        job_name=job_name,
        minimum_interval_seconds=60,
        default_status=_sensor_status(running),
        description="Requests every closed week that is not complete, oldest first, a few at a time (VOLT_CATCH_UP), "
        "from the first stored week on. A week that fails is requested again, at growing intervals; one for which "
        "Toggl's hourly quota is used up, when that is reset.",
    )
    def closed_weeks_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        try:
            complete = complete_by_week(settings)
            reset = quota_reset(settings, clock())
        except VoltError as error:
            return dg.SensorResult(skip_reason=error.message)
        decision = closed_weeks_to_fetch(
            clock(),
            settings.volt_first_week,
            settings.zone,
            settings.week_due,
            complete,
            settings.volt_catch_up,
            run_history(context),
        )
        return sensor_result(waiting_for_quota(decision, reset, settings.zone), context)

    return closed_weeks_sensor


def _late_edits(settings: Settings, job_name: str, clock: Clock, *, running: bool) -> dg.SensorDefinition:
    @dg.sensor(
        name="late_edits",
        job_name=job_name,
        minimum_interval_seconds=900,
        default_status=_sensor_status(running),
        description="Requests the weeks, of the last ones that are complete (VOLT_LOOKBACK_WEEKS), in which entries "
        "were added, edited, deleted or moved since. Sends Toggl at most three requests a tick, and goes on at the "
        "next where that is not enough.",
    )
    def late_edits_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        try:
            settings.require_toggl()
            search = current_search(settings, clock(), context.cursor)
            if search is None:
                weeks = settings.volt_lookback_weeks
                return dg.SensorResult(skip_reason=f"None of the last {weeks} closed weeks is complete yet.")
            if reset := quota_reset(settings, clock()):
                waits = f"The search waits for Toggl's hourly quota, {when(reset, settings.zone)}."
                return dg.SensorResult(skip_reason=waits)
        except VoltError as error:
            return dg.SensorResult(skip_reason=error.message)
        after, findings, problem = asyncio.run(continue_search(settings, search))
        decision = changed_weeks_to_fetch(
            clock(),
            settings.zone,
            evidence_by_week(findings),
            summed_up(findings),
            run_history(context),
        )
        others = list(decision.others)
        if problem is not None:
            context.log.warning(problem.message)
            others = [problem.message]
        elif not after.done:
            others.append("That is so far: the search continues at the next tick.")
        cursor = "" if after.done else after.model_dump_json()
        return sensor_result(replace(decision, others=others), context, cursor)

    return late_edits_sensor


def _dead_runs() -> dg.SensorDefinition:
    @dg.sensor(
        name="dead_runs",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Ends, as failed, runs of this machine whose process is gone: they would keep the others waiting "
        "for ever. The commands of `volt` do the same.",
    )
    def dead_runs_sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        ended = run_records.end_dead_runs(context.instance)
        if not ended:
            return dg.SkipReason("Every run in progress has its process.")
        named = ", ".join(record.dagster_run.run_id for record in ended)
        context.log.warning(f"Ended as failed, as their process is gone: {named}")
        return dg.SkipReason(f"Ended as failed, as their process is gone: {named}")

    return dead_runs_sensor


def _sensor_status(running: bool) -> dg.DefaultSensorStatus:
    return dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED
