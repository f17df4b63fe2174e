"""Runs as Dagster records them, for tests of what is reported of them."""

import subprocess
import sys
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import dagster as dg
import psutil
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin

from volt_assets.orchestration import heartbeat, run_records

LAUNCHED_FROM_THE_UI = RemoteJobOrigin(
    RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("volt_assets"), "__repository__"), "job"
)
SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def record_run(
    instance: dg.DagsterInstance,
    status: dg.DagsterRunStatus = dg.DagsterRunStatus.SUCCESS,
    tags: Mapping[str, str] | None = None,
    *,
    created: datetime | None = None,
    **fields: object,
) -> dg.RunRecord:
    """A run with this status that nobody executed."""
    if status == dg.DagsterRunStatus.QUEUED:
        fields["remote_job_origin"] = LAUNCHED_FROM_THE_UI
    run = dg.DagsterRun(job_name="job", run_id=str(uuid.uuid4()), status=status, tags=tags or {}, **fields)
    if created is None:
        instance.add_run(run)
    else:
        with patch("dagster._time._mockable_get_current_datetime", return_value=created):
            instance.add_run(run)
    return instance.get_run_record_by_id(run.run_id)


def execute(
    instance: dg.DagsterInstance,
    *steps: str,
    failing: BaseException | None = None,
    tags: Mapping[str, str] | None = None,
) -> dg.RunRecord:
    """A run of assets of these names one after the other; the last one raises `failing`."""

    def made(name: str, before: str | None) -> dg.AssetsDefinition:
        @dg.asset(name=name, deps=[before] if before else [])
        def step() -> None:
            if failing is not None and name == steps[-1]:
                raise failing

        return step

    assets = [made(name, before) for before, name in zip((None, *steps), steps, strict=False)]
    defs = dg.Definitions(assets, jobs=[dg.define_asset_job("job")], executor=dg.in_process_executor)
    result = defs.resolve_job_def("job").execute_in_process(
        instance=instance, tags=dict(tags or {}), run_config=SILENT, raise_on_error=False
    )
    return instance.get_run_record_by_id(result.run_id)


def dead_process() -> dict[str, str]:
    """Tags of a claim by a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    tags = run_records.process_tags() | {
        run_records.PID: str(process.pid),
        run_records.PROCESS_STARTED: repr(psutil.Process(process.pid).create_time()),
    }
    process.communicate()
    return tags


def silent_since(instance: dg.DagsterInstance, record: dg.RunRecord, long: timedelta) -> None:
    """The run's process gave its last sign of life that long ago."""
    with patch("time.time", return_value=(datetime.now(UTC) - long).timestamp()):
        heartbeat.beat(instance, record.dagster_run.run_id)
