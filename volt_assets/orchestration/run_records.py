"""Runs, as Dagster recorded them: their ids, statuses, stages and days, and which process executes each.

Whoever started a run (`volt run`, the UI, a sensor, a backfill), it is described here alike, for the command line and
for `run_metadata.json`. Starting and stopping runs is the subject of `volt_assets/runs/`.

What Dagster does not know of a run stands in its tags: `volt/*`, which its UI shows, and for bookkeeping
`.dagster/volt_*`, which it hides. Tags are kept for ever: they hold Toggl's user ids, never names or addresses.
"""

import json
import os
import re
import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import dagster as dg
import psutil

from volt_assets.errors import BadInput, QuotaExhausted, VoltError
from volt_assets.orchestration.dagster_private import RunStepKeyStatsSnapshot, StepEventStatus
from volt_assets.orchestration.heartbeat import LIMIT, last_beats
from volt_assets.weeks import last_day

# The stages in order (the groups of assets), and the steps that they consist of.
STEPS_OF_STAGES = {
    "toggl": {"toggl_time_entries", "tracked_time", "toggl_summary"},
    "fibery": {"fibery_schema", "entity_references", "enriched_entities"},
    "reports": {"reports"},
}
STAGES = tuple(STEPS_OF_STAGES)

COMPLETED, FAILED, IN_PROGRESS, CANCELED = "completed", "failed", "in_progress", "canceled"
_ENDS = {
    dg.DagsterRunStatus.SUCCESS: COMPLETED,
    dg.DagsterRunStatus.FAILURE: FAILED,
    dg.DagsterRunStatus.CANCELED: CANCELED,
}
# Ours to Dagster's.
STATUSES = {
    **{ours: [dagsters] for dagsters, ours in _ENDS.items()},
    IN_PROGRESS: [status for status in dg.DagsterRunStatus if status not in _ENDS],
}

# Shown in Dagster's UI; PROSE is also typed by people.
RUN_ID = "volt/run_id"
START_DATE, END_DATE = "volt/start_date", "volt/end_date"
PROSE = "volt/prose"  # sentences by the model were requested for all weeks of the run
# Hidden by it. Runs of earlier versions have them under _VISIBLE: `tag` reads both.
_HIDDEN, _VISIBLE = ".dagster/volt_", "volt/"
PID, PROCESS_STARTED = f"{_HIDDEN}pid", f"{_HIDDEN}process_started"
HOST, PID_NAMESPACE = f"{_HIDDEN}host", f"{_HIDDEN}pid_namespace"
USER_IDS = f"{_HIDDEN}user_ids"
START_FROM, BASED_ON = f"{_HIDDEN}start_from", f"{_HIDDEN}based_on"
REQUESTS, STATISTICS, ERROR = f"{_HIDDEN}requests", f"{_HIDDEN}statistics", f"{_HIDDEN}error"
ENTRIES_VERSION = f"{_HIDDEN}entries_version"
OUTPUT_DIR = f"{_HIDDEN}output_dir"  # where the run's own folder was made
BACKFILL = f"{_HIDDEN}backfill"
REASON, RUN_KEYS = f"{_HIDDEN}reason", f"{_HIDDEN}run_keys"
# Dagster's own.
SENSOR_NAME, SCHEDULE_NAME, RUN_KEY = "dagster/sensor_name", "dagster/schedule_name", "dagster/run_key"
DAGSTER_BACKFILL = "dagster/backfill"
PARTITION = "dagster/partition"
RANGE = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"

_RUN_ID = re.compile(r"run_(\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?:-([2-9]|[1-9]\d+))?")
_RUN_ID_TIME = "%Y-%m-%d-%H-%M-%S"

# Linux gives a process's start to the second, and clocks are corrected while it runs.
_START_TOLERANCE = 2.0


def range_tags(first: date, last: date) -> dict[str, str]:
    """Dagster's tags of a run for the weeks from the Monday `first` to the Monday `last`."""
    return dict(zip(RANGE, (first.isoformat(), last.isoformat()), strict=True))


def tag(tags: Mapping[str, str], name: str) -> str | None:
    """The value of one of our tags, also where an earlier version wrote it under its visible name."""
    return tags.get(name, tags.get(name.replace(_HIDDEN, _VISIBLE)))


# Ids


def find_run(instance: dg.DagsterInstance, text: str) -> dg.RunRecord:
    """The run with this id, ours or Dagster's. Raises BadInput."""
    match = _RUN_ID.fullmatch(text)
    records: Sequence[dg.RunRecord]
    if match:
        try:
            second = datetime.strptime(match[1], _RUN_ID_TIME).replace(tzinfo=UTC)
        except ValueError:
            records = []
        else:
            records = _created_in(instance, second)[int(match[2] or 1) - 1 :]
    else:
        records = instance.get_run_records(dg.RunsFilter(run_ids=[text]), limit=1)
    if not records:
        raise BadInput(f"There is no run {text}. `volt list-runs` shows those there are.", code="unknown_run")
    return records[0]


def run_id_of(instance: dg.DagsterInstance, record: dg.RunRecord) -> str:
    """Our id of a run: run_YYYY-MM-DD-HH-MM-SS in UTC; -2, -3 and so on for later ones of the same second."""
    second = _created_second(record)
    earlier = sum(other.storage_id < record.storage_id for other in _created_in(instance, second))
    return f"run_{second:{_RUN_ID_TIME}}" + (f"-{earlier + 1}" if earlier else "")


def _created_second(record: dg.RunRecord) -> datetime:
    return record.create_timestamp.astimezone(UTC).replace(microsecond=0)


def _created_in(instance: dg.DagsterInstance, second: datetime) -> list[dg.RunRecord]:
    """All runs created in this second, in the order they were stored."""
    # The bounds are exclusive, and what they mean within a second depends on the storage.
    around = dg.RunsFilter(created_after=second - timedelta(seconds=1), created_before=second + timedelta(seconds=2))
    records = [record for record in instance.get_run_records(around) if _created_second(record) == second]
    return sorted(records, key=lambda record: record.storage_id)


# What a run is, and how far it came


def status_of(record: dg.RunRecord) -> str:
    return _ENDS.get(record.dagster_run.status, IN_PROGRESS)


def duration_of(record: dg.RunRecord, now: datetime | None = None) -> float | None:
    """Seconds from the run's start to its end, or to `now` (aware) while in progress; None where it never started."""
    if record.start_time is None:
        return None
    if record.end_time is not None:
        end = record.end_time
    elif status_of(record) == IN_PROGRESS:
        end = (now or datetime.now(UTC)).timestamp()
    else:
        return None
    return round(max(0.0, end - record.start_time), 1)


def days_of(record: dg.RunRecord) -> tuple[date, date] | None:
    """The days requested, both included; of a run that named weeks, from the first Monday to the last Sunday."""
    tags = record.dagster_run.tags
    if START_DATE in tags:
        return date.fromisoformat(tags[START_DATE]), date.fromisoformat(tags[END_DATE])
    first, last = (tags.get(name, tags.get(PARTITION)) for name in RANGE)
    if first is None or last is None:
        return None
    try:
        return date.fromisoformat(first), last_day(date.fromisoformat(last))
    except ValueError:
        return None  # partitions that are none of ours


def user_ids_of(record: dg.RunRecord) -> list[int] | None:
    """Toggl ids of the people that the run was limited to; None: everybody."""
    run = record.dagster_run
    ids = tag(run.tags, USER_IDS)
    if ids:
        return [int(user_id) for user_id in ids.split(",")]
    # A run that Dagster's UI launched again has its configuration, and of its tags only those that the UI shows.
    config: Mapping[str, Any] = run.run_config
    scope = config.get("resources", {}).get("fetch_scope", {}).get("config", {})
    return list(scope.get("user_ids", ())) or None


def is_automated(tags: Mapping[str, str]) -> bool:
    """Whether nobody waits for just this run: a sensor, a schedule or a backfill requested it."""
    automated = (BACKFILL, DAGSTER_BACKFILL, SENSOR_NAME, SCHEDULE_NAME)
    return any(tag(tags, name) is not None for name in automated)


def requested_of(record: dg.RunRecord) -> tuple[date, date, list[int] | None]:
    """First and last day and people of a run, for another to be based on. Raises BadInput for a run without weeks."""
    days = days_of(record)
    if days is None:
        raise BadInput(
            f"The run {record.dagster_run.run_id} was not for any weeks. Give --start-date and --end-date instead.",
            code="unknown_run",
        )
    return *days, user_ids_of(record)


def person_key(email: str | None, user_id: int) -> str:
    """How a person is named in exports: by address, or by id where there is none."""
    return email or str(user_id)


class StageProgress(NamedTuple):
    """The stages of a run in order: planned, completed, and failed (broken off included)."""

    planned: list[str]
    completed: list[str]
    failed: list[str]


def stage_progress(
    planned_steps: Sequence[str], stats: Sequence[RunStepKeyStatsSnapshot], status: str
) -> StageProgress:
    """How far the stages came. One is completed when all its planned steps succeeded.

    In a failed run, a stage with a step that was begun and did not succeed has failed; in a cancelled one, none has.
    """
    outcome = {step.step_key: step.status for step in stats}
    progress = StageProgress([], [], [])
    for stage, steps in STEPS_OF_STAGES.items():
        planned = steps.intersection(planned_steps)
        if not planned:
            continue
        progress.planned.append(stage)
        succeeded = {step for step in planned if outcome.get(step) == StepEventStatus.SUCCESS}
        if succeeded == planned:
            progress.completed.append(stage)
        elif status == FAILED and any(
            outcome.get(step) in (StepEventStatus.FAILURE, StepEventStatus.IN_PROGRESS) for step in planned
        ):
            progress.failed.append(stage)
    return progress


def progress_of(instance: dg.DagsterInstance, record: dg.RunRecord) -> StageProgress:
    """`stage_progress` of a recorded run. Reads a few events per step, however many weeks there are."""
    run = record.dagster_run
    if run.execution_plan_snapshot_id is None:
        return StageProgress([], [], [])
    plan = instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id)
    return stage_progress(plan.step_keys_to_execute, instance.get_run_step_stats(run.run_id), status_of(record))


def error_of(instance: dg.DagsterInstance, record: dg.RunRecord) -> dict[str, str] | None:
    """{code, message} of a failed run, the message without a traceback; None for others."""
    if status_of(record) != FAILED:
        return None
    run = record.dagster_run
    kept = tag(run.tags, ERROR)
    if kept is not None:
        return json.loads(kept)
    failures = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    messages = [
        _failure_message(entry.get_dagster_event()) for entry in instance.all_logs(run.run_id, of_type=failures)
    ]
    return {"code": VoltError.code, "message": messages[0] if messages else "The run failed."}


def waits_for_quota(record: dg.RunRecord) -> bool:
    """Whether a run failed because Toggl's hourly quota was used up: the next one goes on where it ended."""
    kept = tag(record.dagster_run.tags, ERROR)
    return status_of(record) == FAILED and kept is not None and json.loads(kept)["code"] == QuotaExhausted.code


def _failure_message(event: dg.DagsterEvent) -> str:
    data = event.event_specific_data
    failure = getattr(data, "user_failure_data", None)
    error = getattr(data, "error", None)
    while error is not None and error.cause is not None:
        error = error.cause
    text = (failure and failure.description) or (error and error.message) or event.message or "The run failed."
    return text.strip().splitlines()[0]


def run_metadata(
    instance: dg.DagsterInstance, record: dg.RunRecord, emails: Sequence[str] | None = None
) -> dict[str, Any]:
    """Everything known of a run, as in `run_metadata.json`: times in UTC, durations in seconds, null where not known.

    `emails` are the addresses of the people that the run was limited to; without them these are named by their ids.
    """
    run = record.dagster_run
    status = status_of(record)
    progress = progress_of(instance, record)
    start_from, based_on, totals, requests = (
        tag(run.tags, name) for name in (START_FROM, BASED_ON, STATISTICS, REQUESTS)
    )
    first_stage = progress.planned[0] if progress.planned else None
    known = summary(instance, record, emails)
    return {
        **{key: known[key] for key in ("run_id", "dagster_run_id", "status", "created_at")},
        "completed_at": None if status == IN_PROGRESS or record.end_time is None else _instant(record.end_time),
        **{key: known[key] for key in ("duration_seconds", "start_date", "end_date", "users")},
        "start_from": start_from or first_stage,
        "based_on": _id_of_earlier(instance, based_on) if based_on else None,
        "completed_stages": progress.completed,
        "failed_stages": progress.failed,
        "error": error_of(instance, record),
        "statistics": json.loads(totals) if totals else None,
        "requests": json.loads(requests) if requests else None,
    }


def summary(instance: dg.DagsterInstance, record: dg.RunRecord, emails: Sequence[str] | None = None) -> dict[str, Any]:
    """What a list shows of a run; its stages come from `progress_of`."""
    days = days_of(record)
    user_ids = user_ids_of(record)
    if emails is None and user_ids is not None:
        emails = [str(user_id) for user_id in user_ids]
    return {
        "run_id": run_id_of(instance, record),
        "dagster_run_id": record.dagster_run.run_id,
        "status": status_of(record),
        "created_at": _instant(record.create_timestamp.timestamp()),
        "duration_seconds": duration_of(record),
        "start_date": days[0].isoformat() if days else None,
        "end_date": days[1].isoformat() if days else None,
        "users": list(emails) if emails is not None else None,
    }


def _id_of_earlier(instance: dg.DagsterInstance, dagster_run_id: str) -> str:
    try:
        return run_id_of(instance, find_run(instance, dagster_run_id))
    except BadInput:
        return dagster_run_id  # it has been deleted since


def _instant(timestamp: float) -> str:
    """Unix seconds as 2025-10-10T15:30:45Z."""
    return f"{datetime.fromtimestamp(int(timestamp), UTC):%Y-%m-%dT%H:%M:%SZ}"


# What a run records of itself


def record_error(instance: dg.DagsterInstance, dagster_run_id: str, error: VoltError) -> None:
    """Keep an error's code and message with the run."""
    _tag(instance, dagster_run_id, {ERROR: json.dumps({"code": error.code, "message": error.message})})


def record_requests(instance: dg.DagsterInstance, dagster_run_id: str, requests: Mapping[str, int]) -> None:
    """Keep with the run how many requests it sent so far, retries included."""
    counts = {service: requests.get(service, 0) for service in ("toggl", "fibery", "openai")}
    _tag(instance, dagster_run_id, {REQUESTS: json.dumps(counts)})


def record_statistics(
    instance: dg.DagsterInstance, dagster_run_id: str, statistics: Mapping[str, Any], entries_version: str
) -> None:
    """Keep with the run the totals, and a digest of the entries, of the days and people that it was for."""
    _tag(instance, dagster_run_id, {STATISTICS: json.dumps(statistics), ENTRIES_VERSION: entries_version})


def _tag(instance: dg.DagsterInstance, dagster_run_id: str, tags: Mapping[str, str]) -> None:
    """Add tags to a run, where there is one (not in a test that calls an asset by itself) and they are new."""
    run = instance.get_run_by_id(dagster_run_id)
    if run is not None and not tags.items() <= run.tags.items():
        instance.add_run_tags(dagster_run_id, tags)


# The process that executes a run


class Claim(NamedTuple):
    """The process that said it executes a run. `started` in Unix seconds: ids of processes are used again.

    `namespace` is that of the process's id, None where the system has none: containers can have one host name.
    """

    pid: int
    started: float
    host: str
    namespace: str | None = None

    @property
    def is_here(self) -> bool:
        """Whether this process can look that one up."""
        return self.host == socket.gethostname() and self.namespace in (None, _pid_namespace())

    @property
    def is_gone(self) -> bool:
        """Whether the process has ended; never true of one that cannot be looked up here."""
        if not self.is_here:
            return False
        try:
            process = psutil.Process(self.pid)
            return (
                abs(process.create_time() - self.started) > _START_TOLERANCE or process.status() == psutil.STATUS_ZOMBIE
            )
        except psutil.NoSuchProcess:
            return True


def _pid_namespace() -> str | None:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return None


def process_tags() -> dict[str, str]:
    """The tags by which this process claims a run that it creates."""
    tags = {
        PID: str(os.getpid()),
        PROCESS_STARTED: repr(psutil.Process().create_time()),
        HOST: socket.gethostname(),
    }
    namespace = _pid_namespace()
    return tags if namespace is None else tags | {PID_NAMESPACE: namespace}


def claim(instance: dg.DagsterInstance, dagster_run_id: str) -> None:
    """Say that this process executes the run, and our id of it and its days, which Dagster's list then shows."""
    record = instance.get_run_record_by_id(dagster_run_id)
    tags = process_tags()
    if record is not None and not (
        tags.items() <= record.dagster_run.tags.items() and RUN_ID in record.dagster_run.tags
    ):
        # A run that Dagster's UI launched again has those of the earlier one.
        tags[RUN_ID] = run_id_of(instance, record)
        days = days_of(record)
        if days is not None:
            tags |= {START_DATE: days[0].isoformat(), END_DATE: days[1].isoformat()}
    _tag(instance, dagster_run_id, tags)


def claim_of(record: dg.RunRecord) -> Claim | None:
    """The process that executes a run, where one has said so."""
    run = record.dagster_run
    pid, started, host = (tag(run.tags, name) for name in (PID, PROCESS_STARTED, HOST))
    try:
        found = Claim(int(pid or ""), float(started or ""), host or "", tag(run.tags, PID_NAMESPACE))
    except ValueError:
        return None
    # Dagster's UI copies tags when a run is launched again: those of a process older than the run are not its own.
    launched = run.remote_job_origin is not None
    if launched and found.started < record.create_timestamp.timestamp() - _START_TOLERANCE:
        return None
    return found


class Dead(NamedTuple):
    """Why a run's process is taken for dead. `last_sign` (UTC) is that of one that cannot be looked up here."""

    process: Claim
    last_sign: datetime | None = None

    def __str__(self) -> str:
        named = f"number {self.process.pid} on {self.process.host}"
        if self.last_sign is None:
            return (
                f"The process of this run ({named}) is gone: it was killed, or the machine was restarted. Run the same "
                "weeks again."
            )
        return (
            f"The process of this run ({named}) gave its last sign of life at {self.last_sign:%Y-%m-%d %H:%M:%S} UTC: "
            "it was killed, or its container or machine is gone. Run the same weeks again."
        )


def why_dead(instance: dg.DagsterInstance, record: dg.RunRecord, now: datetime | None = None) -> Dead | None:
    """Why the process that executes an unfinished run is taken for dead; None where it lives or none has claimed it.

    On this host its number decides, at once; of others the age, at `now` (aware), of their last sign of life.
    """
    process = claim_of(record)
    if process is None:
        return None
    if process.is_here:
        return Dead(process) if process.is_gone else None
    last = last_sign_of(instance, record)
    return Dead(process, last) if (now or datetime.now(UTC)) - last > LIMIT else None


def last_sign_of(instance: dg.DagsterInstance, record: dg.RunRecord) -> datetime:
    """When the process that executes the run last gave a sign of life, or Dagster last recorded something of it."""
    run_id = record.dagster_run.run_id
    return last_beats(instance, [run_id]).get(run_id, record.update_timestamp.astimezone(UTC))


def any_in_progress(instance: dg.DagsterInstance) -> bool:
    """Whether a run has begun and not ended. Queued runs have not begun."""
    begun = [status for status in STATUSES[IN_PROGRESS] if status != dg.DagsterRunStatus.QUEUED]
    return instance.get_runs_count(dg.RunsFilter(statuses=begun)) > 0


def end_dead_runs(instance: dg.DagsterInstance) -> list[dg.RunRecord]:
    """End as failed every unfinished run whose process is dead, and return those.

    Dagster's queue counts them as running otherwise, and starts nothing more. Queued runs have no process yet.
    """
    unfinished = [status for status in STATUSES[IN_PROGRESS] if status != dg.DagsterRunStatus.QUEUED]
    ended = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=unfinished)):
        dead = why_dead(instance, record)
        if dead is None:
            continue
        # It may have finished the run, and then itself, after the record was read.
        run = instance.get_run_by_id(record.dagster_run.run_id)
        if run is None or run.is_finished:
            continue
        error = VoltError(str(dead), code="process_gone")
        record_error(instance, run.run_id, error)
        instance.report_run_failed(run, error.message)
        ended.append(record)
    return ended
