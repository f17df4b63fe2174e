"""Cancelling, from outside, runs that nobody executes; a run in a process of its own is in test_interrupts.py."""

import threading
import time

import dagster as dg
import pytest

from volt_assets import cancelling, runs
from volt_assets.errors import BadInput
from volt_assets_tests.recorded import dead_process, record_run

Status = dg.DagsterRunStatus


@pytest.mark.parametrize("status", [Status.QUEUED, Status.NOT_STARTED])
def test_a_run_that_waits_for_its_turn_is_cancelled_at_once(instance, status):
    assert runs.status_of(cancelling.cancel(instance, record_run(instance, status))) == "canceled"


def test_a_run_whose_process_has_gone_is_cancelled(instance):
    record = record_run(instance, Status.CANCELING, dead_process())
    assert runs.status_of(cancelling.cancel(instance, record)) == "canceled"


def test_a_run_that_no_process_speaks_for_is_cancelled_after_a_while(instance, monkeypatch):
    monkeypatch.setattr(cancelling, "_PATIENCE", 0.1)
    assert runs.status_of(cancelling.cancel(instance, record_run(instance, Status.STARTED))) == "canceled"


def test_a_run_that_ends_by_itself_while_it_is_waited_for_keeps_its_end(instance):
    record = record_run(instance, Status.STARTING)
    result = []
    waiting = threading.Thread(target=lambda: result.append(cancelling.cancel(instance, record)))
    waiting.start()
    time.sleep(0.05)
    instance.report_run_failed(record.dagster_run, "It did not start.")
    waiting.join(10)
    assert runs.status_of(result[0]) == "failed"


@pytest.mark.parametrize("status", [Status.SUCCESS, Status.FAILURE, Status.CANCELED])
def test_a_run_that_has_ended_cannot_be_cancelled(instance, status):
    record = record_run(instance, status)
    with pytest.raises(BadInput, match="has ended already: it is") as refused:
        cancelling.cancel(instance, record)
    assert refused.value.code == "run_finished"
    assert instance.get_run_by_id(record.dagster_run.run_id).status == status


def test_a_run_on_another_machine_is_left_to_that_one(instance):
    tags = runs.process_tags() | {runs.HOST: "another-machine"}
    record = record_run(instance, Status.STARTED, tags)
    with pytest.raises(BadInput, match="another-machine: cancel it there"):
        cancelling.cancel(instance, record)
    assert instance.get_run_by_id(record.dagster_run.run_id).status == Status.STARTED
    instance.delete_run(record.dagster_run.run_id)
