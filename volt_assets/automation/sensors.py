"""What runs without being requested: sensors, as thin wrappers around decisions, and all automation on one page.

`decisions.py` and `toggl/late_edits.py` decide, on what `records.py` reads. What cannot be read is never taken for
empty: the tick is skipped with the reason. A tick sends Toggl at most three requests.
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import NamedTuple

import dagster as dg
from pydantic import ValidationError

from volt_assets.automation.decisions import changed_weeks_to_fetch, closed_weeks_to_fetch
from volt_assets.automation.message_sensors import alerts_sensor, digest_sensor
from volt_assets.automation.records import complete_by_week, run_history, warehouse_of
from volt_assets.automation.run_requests import sensor_result
from volt_assets.automation.schedules import open_week_schedule, week_just_closed_schedule
from volt_assets.errors import UnexpectedAnswer, VoltError
from volt_assets.http import RequestCount
from volt_assets.orchestration import run_records
from volt_assets.settings import Settings
from volt_assets.toggl.client import PAGE_SIZE
from volt_assets.toggl.late_edits import Finding, Search, known_until, next_step, note_unchanged, searches, summed_up
from volt_assets.toggl.resource import TogglResource
from volt_assets.toggl.storage import refuse_other_zones, stored_weeks
from volt_assets.weeks import closed_weeks

REQUESTS_PER_TICK = 3
# Seconds that a tick waits for Toggl: Dagster gives a tick a minute.
TOGGL_WAIT = 40.0

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
    if settings.volt_digest_urls:
        sensors.append(digest_sensor(settings, settings.volt_digest_urls, clock))
    return Automation(sensors, schedules)


def _closed_weeks(settings: Settings, job_name: str, clock: Clock, *, running: bool) -> dg.SensorDefinition:
    @dg.sensor(
        name="closed_weeks",
        job_name=job_name,
        minimum_interval_seconds=60,
        default_status=_sensor_status(running),
        description="Requests every closed week that is not complete, oldest first, a few at a time (VOLT_CATCH_UP), "
        "from the first stored week on. A week that fails is requested again, at growing intervals.",
    )
    def closed_weeks_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        try:
            complete = complete_by_week(settings)
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
        return sensor_result(decision, context)

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
            search = _search(settings, clock(), context.cursor)
            if search is None:
                weeks = settings.volt_lookback_weeks
                return dg.SensorResult(skip_reason=f"None of the last {weeks} closed weeks is complete yet.")
        except VoltError as error:
            return dg.SensorResult(skip_reason=error.message)
        after, findings, problem = asyncio.run(_search_on(settings, search))
        decision = changed_weeks_to_fetch(
            clock(),
            settings.zone,
            _digests(findings),
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


def _search(settings: Settings, now: datetime, cursor: str | None) -> Search | None:
    """The search that `cursor` holds, or a new one of the last closed weeks that are complete; None without any."""
    weeks = closed_weeks(now, settings.volt_first_week, settings.zone)[-settings.volt_lookback_weeks :]
    if not settings.warehouse_path.exists():
        return None
    with warehouse_of(settings).get_connection() as connection:
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
    warehouse = warehouse_of(settings)
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
        # A position in the pages that Toggl no longer knows must not be requested again.
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
