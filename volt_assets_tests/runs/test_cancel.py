"""Cancelling, from outside, runs that nobody executes; a run in a process of its own is in test_interrupts.py."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import dagster as dg
import psutil
import pytest

from volt_assets.errors import BadInput
from volt_assets.orchestration import heartbeat, run_records
from volt_assets.runs import cancel
from volt_assets_tests.toggl.recorded import dead_process, record_run, silent_since

Status = dg.DagsterRunStatus


@pytest.mark.parametrize("status", [Status.QUEUED, Status.NOT_STARTED])
def test_a_run_that_waits_for_its_turn_is_cancelled_at_once(instance, status):
    assert run_records.status_of(cancel.cancel(instance, record_run(instance, status))) == "canceled"


def test_a_run_whose_process_has_gone_is_cancelled(instance):
    record = record_run(instance, Status.CANCELING, dead_process())
    assert run_records.status_of(cancel.cancel(instance, record)) == "canceled"


def test_a_run_that_no_process_speaks_for_is_cancelled_after_a_while(instance, monkeypatch):
    monkeypatch.setattr(cancel, "_PATIENCE", 0.1)
    assert run_records.status_of(cancel.cancel(instance, record_run(instance, Status.STARTED))) == "canceled"


def test_a_run_that_ends_by_itself_while_it_is_waited_for_keeps_its_end(instance):
    record = record_run(instance, Status.STARTING)
    result = []
    waiting = threading.Thread(target=lambda: result.append(cancel.cancel(instance, record)))
    waiting.start()
    time.sleep(0.05)
    instance.report_run_failed(record.dagster_run, "It did not start.")
    waiting.join(10)
    assert run_records.status_of(result[0]) == "failed"


@pytest.mark.parametrize("status", [Status.SUCCESS, Status.FAILURE, Status.CANCELED])
def test_a_run_that_has_ended_cannot_be_cancelled(instance, status):
    record = record_run(instance, status)
    with pytest.raises(BadInput, match="has ended already: it is") as refused:
        cancel.cancel(instance, record)
    assert refused.value.code == "run_finished"
    assert instance.get_run_by_id(record.dagster_run.run_id).status == status


@pytest.fixture
def elsewhere(instance) -> Iterator[dg.RunRecord]:
    """A run in progress on another machine, which has just given a sign of life."""
    record = record_run(instance, Status.STARTED, run_records.process_tags() | {run_records.HOST: "another-machine"})
    heartbeat.beat(instance, record.dagster_run.run_id)
    yield record
    instance.delete_run(record.dagster_run.run_id)


def test_a_run_that_lives_on_another_machine_is_left_to_that_one(instance, elsewhere):
    with pytest.raises(BadInput, match="another-machine: cancel it there.*sign of life at.*--force"):
        cancel.cancel(instance, elsewhere)
    assert instance.get_run_by_id(elsewhere.dagster_run.run_id).status == Status.STARTED


def test_a_run_of_a_machine_that_gives_no_sign_of_life_is_cancelled(instance, elsewhere):
    silent_since(instance, elsewhere, heartbeat.LIMIT + timedelta(seconds=1))
    assert run_records.status_of(cancel.cancel(instance, elsewhere)) == "canceled"


def test_force_ends_a_run_on_another_machine_whatever_it_does(instance, elsewhere):
    assert run_records.status_of(cancel.cancel(instance, elsewhere, force=True)) == "canceled"


def test_force_kills_a_process_here_that_does_not_stop(instance, monkeypatch):
    monkeypatch.setattr(cancel, "_FORCE_PATIENCE", 0.2)
    deaf = "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); print(); sys.stdin.read()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", deaf], **pipes) as process:
        process.stdout.readline()
        started = repr(psutil.Process(process.pid).create_time())
        tags = run_records.process_tags() | {run_records.PID: str(process.pid), run_records.PROCESS_STARTED: started}
        record = cancel.cancel(instance, record_run(instance, Status.STARTED, tags), force=True)
        assert run_records.status_of(record) == "canceled"
        assert process.wait(30) == -signal.SIGKILL
