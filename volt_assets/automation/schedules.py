"""Schedules: runs at set times, without a look at what is stored."""

import dagster as dg

from volt_assets.automation.run_requests import run_request
from volt_assets.settings import Settings
from volt_assets.weeks import closed_weeks, local_day, week_of


def week_just_closed_schedule(settings: Settings, job_name: str, *, running: bool) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="week_just_closed",
        job_name=job_name,
        cron_schedule=settings.week_due.cron,
        execution_timezone=settings.volt_timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED,
        description=f"Runs the week that has just closed, each {settings.volt_week_due} (VOLT_WEEK_DUE). It catches "
        "nothing up: the sensor closed_weeks does.",
    )
    def week_just_closed(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        closed = closed_weeks(context.scheduled_execution_time, settings.volt_first_week, settings.zone)
        return run_request([closed[-1]]) if closed else dg.SkipReason("No week has closed since VOLT_FIRST_WEEK.")

    return week_just_closed


def open_week_schedule(settings: Settings, job_name: str) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="open_week",
        job_name=job_name,
        cron_schedule=settings.week_due.daily_cron,
        execution_timezone=settings.volt_timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Runs the open week each day (VOLT_OPEN_WEEK). Its reports say that it is open.",
    )
    def open_week(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        week = week_of(local_day(context.scheduled_execution_time, settings.zone))
        return run_request([week]) if week >= settings.volt_first_week else dg.SkipReason("VOLT_FIRST_WEEK is to come.")

    return open_week
