"""The records that decisions need, read for each tick: runs from Dagster, stored weeks from the warehouse.

What cannot be read is never taken for empty: it is a VoltError, and a tick waits for the warehouse for seconds only.
"""

import json
from datetime import UTC, date, datetime

import dagster as dg

from volt_assets.automation.alerts import EndedRun
from volt_assets.automation.decisions import Attempt, RunHistory
from volt_assets.orchestration import run_records
from volt_assets.settings import Settings
from volt_assets.toggl.quota import Quota, stored_pool
from volt_assets.warehouse import Warehouse
from volt_assets.weeks import weeks_between

# Seconds that a tick waits for the warehouse: Dagster gives a tick a minute.
LOCK_WAIT = 10.0
# People, totals and a page.
REQUESTS_OF_A_WEEK = 3
# How many of the latest runs a decision looks at.
LATEST_RUNS = 500


def run_history(context: dg.SensorEvaluationContext) -> RunHistory:
    """The runs that this sensor has requested, the weeks in progress and, after a failure, the last successes."""
    attempts = _attempts(context)
    failed = any(attempt.ended_at is not None and not attempt.succeeded for attempt in attempts)
    return RunHistory(
        attempts, weeks_in_progress(context.instance), _last_successes(context.instance) if failed else {}
    )


def _attempts(context: dg.SensorEvaluationContext) -> list[Attempt]:
    """The latest runs that this sensor has requested, one attempt for each of a run's weeks."""
    records = context.instance.get_run_records(
        dg.RunsFilter(tags={run_records.SENSOR_NAME: context.sensor_name}), limit=LATEST_RUNS
    )
    return [attempt for record in records for attempt in _attempts_of(record)]


def _attempts_of(record: dg.RunRecord) -> list[Attempt]:
    run = record.dagster_run
    if run_records.RUN_KEYS in run.tags:
        # Each begins with its week.
        keys = {date.fromisoformat(key.partition(":")[0]): key for key in json.loads(run.tags[run_records.RUN_KEYS])}
    elif run_records.PARTITION in run.tags:
        keys = {date.fromisoformat(run.tags[run_records.PARTITION]): run.tags.get(run_records.RUN_KEY, "")}
    else:
        return []
    cancelled = run.status == dg.DagsterRunStatus.CANCELED
    waits = run_records.waits_for_quota(record)
    return [Attempt(week, key, _end_of(record), run.is_success, cancelled, waits) for week, key in keys.items()]


def _end_of(record: dg.RunRecord) -> datetime | None:
    return _time_of_end(record) if record.dagster_run.is_finished else None


def _time_of_end(record: dg.RunRecord) -> datetime:
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


def ended_runs(instance: dg.DagsterInstance) -> list[EndedRun]:
    """The latest runs that completed or failed, oldest first; cancelled ones were meant to end."""
    statuses = [*run_records.STATUSES[run_records.COMPLETED], *run_records.STATUSES[run_records.FAILED]]
    records = instance.get_run_records(dg.RunsFilter(statuses=statuses), limit=LATEST_RUNS)
    return [
        EndedRun(
            record.dagster_run.run_id,
            run_records.run_id_of(instance, record) if not record.dagster_run.is_success else "",
            run_records.days_of(record),
            _time_of_end(record),
            record.dagster_run.is_success,
            None if record.dagster_run.is_success else (run_records.error_of(instance, record) or {}).get("message"),
            run_records.waits_for_quota(record),
        )
        for record in reversed(records)
    ]


def weeks_in_progress(instance: dg.DagsterInstance) -> set[date]:
    """The weeks of all runs that are not over, whoever started them."""
    weeks: set[date] = set()
    for record in instance.get_run_records(dg.RunsFilter(statuses=run_records.STATUSES[run_records.IN_PROGRESS])):
        days = run_records.days_of(record)
        if days is not None:
            weeks.update(weeks_between(*days))
    return weeks


def warehouse_of(settings: Settings) -> Warehouse:
    """The warehouse, for a tick."""
    return Warehouse(database=str(settings.warehouse_path), lock_wait=min(settings.volt_lock_wait, LOCK_WAIT))


def quota_reset(settings: Settings, now: datetime) -> datetime | None:
    """When (aware) Toggl's hourly quota is reset, where what is left is not enough for a week; None where it is."""
    if settings.toggl_api_token is None or settings.toggl_workspace_id is None:
        return None
    reserve = settings.volt_toggl_reserve + REQUESTS_OF_A_WEEK - 1
    return Quota(stored_pool(settings, warehouse_of(settings)), reserve=reserve, clock=lambda: now).waits_until()


def complete_by_week(settings: Settings) -> dict[date, bool]:
    """All stored weeks, and whether each is complete. A warehouse that was never made is an empty one."""
    if not settings.warehouse_path.exists():
        return {}
    with warehouse_of(settings).get_connection() as connection:
        return dict(connection.execute("SELECT week, complete FROM toggl_weeks").fetchall())
