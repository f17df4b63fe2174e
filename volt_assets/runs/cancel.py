"""Cancelling a run from another process, whoever executes it: a terminal, Dagster's daemon, or nobody yet.

`interrupts.py`, or Dagster, is what then ends the run in the executing process.
"""

import os
import signal
import time
from contextlib import suppress

import dagster as dg
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.storage.tags import GRPC_INFO_TAG

from volt_assets.errors import BadInput
from volt_assets.orchestration import run_records

_STARTED = (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
# Seconds to wait for a process to claim a run that has begun, as its record has it.
_PATIENCE = 30.0
# Seconds that a process here has to stop before --force kills it.
_FORCE_PATIENCE = 10.0
_POLL = 0.05


def cancel(instance: dg.DagsterInstance, record: dg.RunRecord, *, force: bool = False) -> dg.RunRecord:
    """Cancel a run, in whatever process it is, wait until it has ended, and return its record then.

    With `force` it ends in any case: a process here that does not stop in time is killed, and one that cannot be
    reached is not waited for. Raises BadInput for a run that has ended already or, without `force`, that another host
    executes.
    """
    dagster_run_id = record.dagster_run.run_id
    if record.dagster_run.is_finished:
        run_id = run_records.run_id_of(instance, record)
        raise BadInput(
            f"The run {run_id} has ended already: it is {run_records.status_of(record)}.", code="run_finished"
        )
    requested = False
    deadline = time.monotonic() + (_FORCE_PATIENCE if force else _PATIENCE)
    while not record.dagster_run.is_finished:
        late = time.monotonic() > deadline
        if force and late:
            _end(instance, record)
        elif not requested or run_records.why_dead(instance, record) is not None:
            try:
                requested = _request_stop(instance, record, give_up=late) or requested
            except BadInput:
                if not force:
                    raise
                _end(instance, record)
        time.sleep(_POLL)
        latest = instance.get_run_record_by_id(dagster_run_id)
        if latest is None:
            raise BadInput(f"The run {dagster_run_id} was deleted meanwhile.", code="unknown_run")
        record = latest
    return record


def _end(instance: dg.DagsterInstance, record: dg.RunRecord) -> None:
    """End a run without its process's consent; where that is here, kill it first."""
    process = run_records.claim_of(record)
    if process is not None and process.is_here and not process.is_gone:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process.pid, signal.SIGKILL)
    _report_canceled(instance, record.dagster_run.run_id, "Ended by volt cancel-run --force.")


def _report_canceled(instance: dg.DagsterInstance, dagster_run_id: str, message: str) -> None:
    """Record that a run was cancelled whose process is gone, unless that process had still ended the run."""
    run = instance.get_run_by_id(dagster_run_id)
    if run is not None and not run.is_finished:
        instance.report_run_canceled(run, message)


def _request_stop(instance: dg.DagsterInstance, record: dg.RunRecord, *, give_up: bool) -> bool:
    """Do what stops the run at this point of its life; false where nothing can yet be done."""
    run = record.dagster_run
    process = run_records.claim_of(record)
    queued = run.status == dg.DagsterRunStatus.QUEUED
    if queued or (run.status == dg.DagsterRunStatus.NOT_STARTED and process is None):
        instance.report_run_canceling(run, "Cancelled before it started.")
        instance.report_run_canceled(run, "Cancelled before it started.")
        return True
    dead = run_records.why_dead(instance, record)
    if process is not None and not process.is_here and dead is None:
        raise BadInput(
            f"This run is executed on another machine, {process.host}: cancel it there. It gave its last sign of life "
            f"at {run_records.last_sign_of(instance, record):%Y-%m-%d %H:%M:%S} UTC; --force ends it in any case.",
            code="run_elsewhere",
        )
    if dead is not None:
        _report_canceled(instance, run.run_id, "Cancelled; its process is gone.")
        return True
    if process is not None and run.status in _STARTED:
        if run.status != dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceling(run, "Cancelled by volt cancel-run.")
        try:
            os.kill(process.pid, signal.SIGINT)
        except PermissionError:
            raise BadInput(
                f"This run belongs to another user's process ({process.pid}): only they can cancel it.",
                code="run_elsewhere",
            ) from None
        except ProcessLookupError:
            return False
        return True
    if process is None and run.status == dg.DagsterRunStatus.STARTED and GRPC_INFO_TAG in run.tags:
        try:
            if instance.run_launcher.terminate(run.run_id):
                return True
        except DagsterUserCodeUnreachableError:
            pass  # the code server that launched it is gone
    if give_up:
        # No process has claimed this run: there is none to stop.
        instance.report_run_canceled(run, "Cancelled; no process was found that executes it.")
        return True
    return False
