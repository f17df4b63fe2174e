"""What runs by itself: sensors and schedules, as thin wrappers around decisions.

What is decided, and why, stands in `decisions.py` and `toggl/late_edits.py`. Here: the records they need, read for each
tick, and run requests made of what they say. What cannot be read is never taken for empty: the tick is skipped with the
reason. A tick waits for the warehouse for seconds only, and sends Toggl at most three requests.
"""

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import dagster as dg
from pydantic import SecretStr, ValidationError

from volt_assets.automation.alerts import (
    EndedRun,
    Message,
    Told,
    check_troubles,
    messages,
    run_troubles,
    stuck_weeks,
    week_key,
)
from volt_assets.automation.decisions import Attempt, Decision, changed_weeks_to_fetch, closed_weeks_to_fetch
from volt_assets.automation.digest import digest_of
from volt_assets.automation.notification import send
from volt_assets.errors import UnexpectedAnswer, VoltError
from volt_assets.http import RequestCount
from volt_assets.orchestration import run_records
from volt_assets.orchestration.checks import failing
from volt_assets.orchestration.instance import ui_origin
from volt_assets.settings import Settings
from volt_assets.toggl.client import PAGE_SIZE
from volt_assets.toggl.late_edits import Finding, Search, known_until, next_step, note_unchanged, searches, summed_up
from volt_assets.toggl.resource import TogglResource
from volt_assets.toggl.storage import refuse_other_zones, stored_weeks
from volt_assets.warehouse import Warehouse, read_rows
from volt_assets.weeks import closed_weeks, last_day, local_day, week_of, weeks_between

REQUESTS_PER_TICK = 3
# Seconds that a tick waits for the warehouse, and for Toggl: Dagster gives a tick a minute.
LOCK_WAIT = 10.0
TOGGL_WAIT = 40.0

# Of a sensor's earlier runs, how many a decision looks at.
LATEST_RUNS = 500

SENSOR_NAME, RUN_KEY = "dagster/sensor_name", "dagster/run_key"

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
    """The sensors and schedules, which ask for runs of the job `job_name`. Started by VOLT_AUTOMATION, or in the UI.

    `error_checks` are those whose failure is told (VOLT_ALERT_URLS).
    """
    chosen = settings.volt_automation
    schedules = [_week_just_closed(settings, job_name, running=chosen == "schedule")]
    if settings.volt_open_week == "daily":
        schedules.append(_open_week(settings, job_name))
    sensors = [
        _closed_weeks(settings, job_name, clock, running=chosen == "sensors"),
        _late_edits(settings, job_name, clock, running=chosen == "sensors"),
        _dead_runs(),
    ]
    if settings.volt_alert_urls:
        sensors.append(_alerts(settings, settings.volt_alert_urls, error_checks, clock))
    if settings.volt_digest_urls:
        sensors.append(_digest(settings, settings.volt_digest_urls, clock))
    return Automation(sensors, schedules)


# Sensors


def _closed_weeks(settings: Settings, job_name: str, clock: Clock, *, running: bool) -> dg.SensorDefinition:
    @dg.sensor(
        name="closed_weeks",
        job_name=job_name,
        minimum_interval_seconds=60,
        default_status=_sensor_status(running),
        description="Asks for every closed week that is not complete, oldest first, a few at a time (VOLT_CATCH_UP), "
        "from the first stored week on. A week that fails is asked for again, at growing intervals.",
    )
    def closed_weeks_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        try:
            complete = _complete_by_week(settings)
        except VoltError as error:
            return dg.SensorResult(skip_reason=error.message)
        decision = closed_weeks_to_fetch(
            clock(),
            settings.volt_first_week,
            settings.zone,
            settings.week_due,
            complete,
            settings.volt_catch_up,
            **_runs_so_far(context),
        )
        return _asking_for(decision, context)

    return closed_weeks_sensor


def _late_edits(settings: Settings, job_name: str, clock: Clock, *, running: bool) -> dg.SensorDefinition:
    @dg.sensor(
        name="late_edits",
        job_name=job_name,
        minimum_interval_seconds=900,
        default_status=_sensor_status(running),
        description="Asks for the weeks, of the last ones that are complete (VOLT_LOOKBACK_WEEKS), in which entries "
        "were added, edited, deleted or moved since. Sends Toggl at most three requests a tick, and goes on at the "
        "next where that is not enough.",
    )
    def late_edits_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        try:
            settings.require_toggl()
            search = _search(settings, clock(), context.cursor)
            if search is None:
                weeks = settings.volt_lookback_weeks
                return dg.SensorResult(skip_reason=f"None of the last {weeks} closed weeks is complete yet.")
        except VoltError as error:
            return dg.SensorResult(skip_reason=error.message)
        after, findings, error = asyncio.run(_search_on(settings, search))
        decision = changed_weeks_to_fetch(
            clock(),
            settings.zone,
            _digests(findings),
            summed_up(findings),
            **_runs_so_far(context),
        )
        others = list(decision.others)
        if error is not None:
            context.log.warning(error.message)
            others = [error.message]
        elif not after.done:
            others.append("That is so far: the search goes on at the next tick.")
        cursor = "" if after.done else after.model_dump_json()
        return _asking_for(replace(decision, others=others), context, cursor)

    return late_edits_sensor


def _dead_runs() -> dg.SensorDefinition:
    @dg.sensor(
        name="dead_runs",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Ends, as failed, runs of this machine whose process is gone: they would keep the others waiting "
        "for ever. Commands of `volt` do the same.",
    )
    def dead_runs_sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        ended = run_records.end_dead_runs(context.instance)
        if not ended:
            return dg.SkipReason("Every run in progress has its process.")
        named = ", ".join(record.dagster_run.run_id for record in ended)
        context.log.warning(f"Ended as failed, as their process is gone: {named}")
        return dg.SkipReason(f"Ended as failed, as their process is gone: {named}")

    return dead_runs_sensor


def _alerts(
    settings: Settings, addresses: SecretStr, error_checks: Sequence[dg.AssetCheckKey], clock: Clock
) -> dg.SensorDefinition:
    @dg.sensor(
        name="alerts",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Tells the addresses of VOLT_ALERT_URLS, once each, of runs that failed, checks that fail and "
        "weeks that do not become complete, and when that is over.",
    )
    def alerts(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        told = Told.model_validate_json(context.cursor) if context.cursor else Told()
        now = clock()
        try:
            complete = _complete_by_week(settings)
            troubles = {
                **run_troubles(_ended_runs(context.instance)),
                **check_troubles(failing(context.instance, error_checks)),
                **stuck_weeks(
                    now,
                    settings.volt_first_week,
                    settings.zone,
                    settings.week_due,
                    complete,
                    timedelta(hours=settings.volt_stuck_after),
                ),
            }
            being_run = {week_key(week) for week in _weeks_in_progress(context.instance)}
            sent, told_now = messages(troubles, told, now, ui_origin(settings), held_back=being_run)
            send(addresses, "VOLT_ALERT_URLS", sent)
        except VoltError as error:
            return dg.SensorResult(skip_reason=error.message)
        reason = f"{len(sent)} told." if sent else "Nothing new to tell."
        return dg.SensorResult(skip_reason=reason, cursor=told_now.model_dump_json())

    return alerts


def _digest(settings: Settings, addresses: SecretStr, clock: Clock) -> dg.SensorDefinition:
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
            message = _team_summary(settings, closed[-1])
            if message is None:
                return dg.SensorResult(skip_reason=f"The week of {closed[-1]} is not complete and reported on yet.")
            send(addresses, "VOLT_DIGEST_URLS", [message])
        except VoltError as error:
            return dg.SensorResult(skip_reason=error.message)
        return dg.SensorResult(skip_reason=f"Sent the week of {closed[-1]}.", cursor=closed[-1].isoformat())

    return digest


def _sensor_status(running: bool) -> dg.DefaultSensorStatus:
    return dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED


# Schedules


def _week_just_closed(settings: Settings, job_name: str, *, running: bool) -> dg.ScheduleDefinition:
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
        return _request([closed[-1]]) if closed else dg.SkipReason("No week has closed since VOLT_FIRST_WEEK.")

    return week_just_closed


def _open_week(settings: Settings, job_name: str) -> dg.ScheduleDefinition:
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
        return _request([week]) if week >= settings.volt_first_week else dg.SkipReason("VOLT_FIRST_WEEK is to come.")

    return open_week


# Asking for runs


def _request(weeks: Sequence[date], run_keys: Sequence[str] = (), reason: str = "") -> dg.RunRequest:
    """A run of unbroken weeks. By `run_keys`, those of its weeks, later ticks count it as an attempt of each."""
    first, last = weeks[0].isoformat(), weeks[-1].isoformat()
    tags = {run_records.START_DATE: first, run_records.END_DATE: last_day(weeks[-1]).isoformat()}
    if reason:
        tags[run_records.REASON] = reason
    if len(weeks) == 1:
        return dg.RunRequest(run_key=run_keys[0] if run_keys else None, partition_key=first, tags=tags)
    digest = hashlib.sha256("\n".join(run_keys).encode()).hexdigest()[:12]
    tags |= {**dict(zip(run_records.RANGE, (first, last), strict=True)), run_records.RUN_KEYS: json.dumps(run_keys)}
    return dg.RunRequest(run_key=f"{first}..{last}:{digest}", tags=tags)


def _asking_for(decision: Decision, context: dg.SensorEvaluationContext, cursor: str | None = None) -> dg.SensorResult:
    """The decision as Dagster takes it; the tick's log says of each week why it is requested, or why not."""
    for line in [*decision.why.values(), *decision.others]:
        context.log.info(line)
    if not decision.run_keys:
        return dg.SensorResult(skip_reason=decision.reason, cursor=cursor)
    requests = [
        _request(weeks, [decision.run_keys[week] for week in weeks], " ".join(decision.why[week] for week in weeks))
        for weeks in decision.runs
    ]
    return dg.SensorResult(run_requests=requests, cursor=cursor)


# Records


def _runs_so_far(context: dg.SensorEvaluationContext) -> dict[str, Any]:
    """What decisions need to know of runs: this sensor's attempts, the weeks in progress, and, after a failure, the
    weeks' last successes."""
    attempts = _attempts(context)
    failed = any(attempt.ended_at is not None and not attempt.succeeded for attempt in attempts)
    return {
        "attempts": attempts,
        "in_progress": _weeks_in_progress(context.instance),
        "succeeded": _last_successes(context.instance) if failed else {},
    }


def _attempts(context: dg.SensorEvaluationContext) -> list[Attempt]:
    """The latest runs that this sensor has requested, one attempt for each of a run's weeks."""
    records = context.instance.get_run_records(
        dg.RunsFilter(tags={SENSOR_NAME: context.sensor_name}), limit=LATEST_RUNS
    )
    return [attempt for record in records for attempt in _attempts_of(record)]


def _attempts_of(record: dg.RunRecord) -> list[Attempt]:
    run = record.dagster_run
    if run_records.RUN_KEYS in run.tags:
        # Each begins with its week.
        keys = {date.fromisoformat(key.partition(":")[0]): key for key in json.loads(run.tags[run_records.RUN_KEYS])}
    elif run_records.PARTITION in run.tags:
        keys = {date.fromisoformat(run.tags[run_records.PARTITION]): run.tags.get(RUN_KEY, "")}
    else:
        return []
    cancelled = run.status == dg.DagsterRunStatus.CANCELED
    return [Attempt(week, key, _end_of(record), run.is_success, cancelled) for week, key in keys.items()]


def _end_of(record: dg.RunRecord) -> datetime | None:
    if not record.dagster_run.is_finished:
        return None
    # A run that was cancelled while it waited has neither start nor end.
    return datetime.fromtimestamp(record.end_time or record.update_timestamp.timestamp(), UTC)


def _last_successes(instance: dg.DagsterInstance) -> dict[date, datetime]:
    """By week, when the latest run for everybody ended that has succeeded, whoever started it."""
    filters = dg.RunsFilter(statuses=run_records.STATUSES[run_records.COMPLETED])
    ended: dict[date, datetime] = {}
    for record in instance.get_run_records(filters, limit=LATEST_RUNS):
        days, end = run_records.days_of(record), _end_of(record)
        if days is not None and end is not None and run_records.user_ids_of(record) is None:
            for week in weeks_between(*days):
                ended[week] = max(end, ended.get(week, end))
    return ended


def _ended_runs(instance: dg.DagsterInstance) -> list[EndedRun]:
    """The latest runs that completed or failed, oldest first; cancelled ones were meant to end."""
    statuses = [*run_records.STATUSES[run_records.COMPLETED], *run_records.STATUSES[run_records.FAILED]]
    records = instance.get_run_records(dg.RunsFilter(statuses=statuses), limit=LATEST_RUNS)
    return [
        EndedRun(
            record.dagster_run.run_id,
            run_records.run_id_of(instance, record) if not record.dagster_run.is_success else "",
            run_records.days_of(record),
            datetime.fromtimestamp(record.end_time or record.update_timestamp.timestamp(), UTC),
            record.dagster_run.is_success,
            None if record.dagster_run.is_success else (run_records.error_of(instance, record) or {}).get("message"),
        )
        for record in reversed(records)
    ]


def _team_summary(settings: Settings, week: date) -> Message | None:
    """The message about a week's team report; None where the week is not complete or has no report."""
    if not settings.warehouse_path.exists():
        return None
    with _warehouse(settings).get_connection() as connection:
        rows = read_rows(
            connection,
            "SELECT facts, prose FROM team_report JOIN toggl_weeks USING (week) WHERE complete AND week = ?",
            [week],
        )
    return digest_of(rows[0]["facts"], rows[0]["prose"], ui_origin(settings)) if rows else None


def _weeks_in_progress(instance: dg.DagsterInstance) -> set[date]:
    """The weeks of all runs that are not over, whoever started them."""
    weeks: set[date] = set()
    for record in instance.get_run_records(dg.RunsFilter(statuses=run_records.STATUSES[run_records.IN_PROGRESS])):
        days = run_records.days_of(record)
        if days is not None:
            weeks.update(weeks_between(*days))
    return weeks


def _warehouse(settings: Settings) -> Warehouse:
    return Warehouse(database=str(settings.warehouse_path), lock_wait=min(settings.volt_lock_wait, LOCK_WAIT))


def _complete_by_week(settings: Settings) -> dict[date, bool]:
    """All stored weeks, and whether each is complete. A warehouse that was never made is an empty one."""
    if not settings.warehouse_path.exists():
        return {}
    with _warehouse(settings).get_connection() as connection:
        return dict(connection.execute("SELECT week, complete FROM toggl_weeks").fetchall())


def _search(settings: Settings, now: datetime, cursor: str | None) -> Search | None:
    """The search that `cursor` holds, or a new one of the last closed weeks that are complete; None without any."""
    weeks = closed_weeks(now, settings.volt_first_week, settings.zone)[-settings.volt_lookback_weeks :]
    if not settings.warehouse_path.exists():
        return None
    with _warehouse(settings).get_connection() as connection:
        complete = {week: stored for week, stored in stored_weeks(connection, weeks).items() if stored.complete}
        refuse_other_zones(complete.values(), settings.volt_timezone)
        known = known_until(connection, list(complete))
    try:
        resting = Search.model_validate_json(cursor) if cursor else None
    except ValidationError:
        resting = None
    if resting is not None and not resting.done and known.keys() >= set(resting.weeks):
        return resting
    # Not more than 52 weeks: one search.
    return searches(known)[0] if known else None


async def _search_on(settings: Settings, search: Search) -> tuple[Search, list[Finding], VoltError | None]:
    """Take the search as far as a tick may. What was found before an error counts."""
    findings: list[Finding] = []
    requests = RequestCount()
    warehouse = _warehouse(settings)
    try:
        # A tick that fails is tried again by the next one.
        toggl = TogglResource(settings=settings, requests=requests, known_people=None)
        client = toggl.client(attempts=1, page_size=search.page_size or PAGE_SIZE)
        async with asyncio.timeout(TOGGL_WAIT), client:
            while not search.done and requests.by_service["toggl"] + search.most_requests <= REQUESTS_PER_TICK:
                search, found = await next_step(search, client, warehouse, settings.zone)
                findings += found
        if search.done:
            with warehouse.get_connection() as connection:
                note_unchanged(connection, search)
    except TimeoutError:
        slow = f"Toggl took more than {TOGGL_WAIT:g} seconds. If it always does, set VOLT_LOOKBACK_WEEKS lower."
        return search, findings, VoltError(slow)
    except UnexpectedAnswer as error:
        # A place in the pages that Toggl no longer knows must not be asked for again.
        return search.model_copy(update={"step": "done"}), findings, error
    except VoltError as error:
        return search, findings, error
    return search, findings, None


def _digests(findings: Iterable[Finding]) -> Mapping[date, str]:
    """Each week's evidence, short enough for a run key."""
    by_week: dict[date, set[str]] = defaultdict(set)
    for finding in findings:
        by_week[finding.week].add(finding.evidence)
    return {
        week: hashlib.sha256("\n".join(sorted(evidence)).encode()).hexdigest()[:12]
        for week, evidence in by_week.items()
    }
