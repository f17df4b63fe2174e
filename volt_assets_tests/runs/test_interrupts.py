"""Interrupting a real process that executes a run: the run is CANCELED, quickly, whatever its step is at."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from volt_assets.orchestration import run_records
from volt_assets.runs.cancel import cancel
from volt_assets.runs.interrupts import watch_interrupts

PACKAGE_PARENT = Path(__file__).parents[2]
# A step would take a minute; a process that is interrupted ends long before, also on a busy machine.
SOON = 240.0  # seconds, on a machine that does much else


class SlowRun:
    """A process whose run is at `what`."""

    def __init__(self, project: Path, what: str):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "volt_assets_tests.runs.a_slow_run", str(project), what],
            cwd=PACKAGE_PARENT,
            stdout=subprocess.PIPE,
            text=True,
        )
        lines = iter(self.process.stdout.readline, "")
        self.dagster_run_id = None if what == "no run yet" else next(lines).strip()
        assert next(lines) == "working\n"
        time.sleep(0.2)  # the step has said so just before it begins

    def ended(self) -> int:
        return self.process.wait(SOON)


@pytest.fixture
def slow_run(home, instance) -> Iterator[Callable[[str], SlowRun]]:
    started = []

    def start(what: str) -> SlowRun:
        started.append(SlowRun(home.project, what))
        return started[-1]

    yield start
    for run in started:
        run.process.kill()
        run.process.wait()
        run.process.stdout.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "signal_number"), [("sleep", signal.SIGINT), ("async", signal.SIGTERM), ("query", signal.SIGINT)]
)
def test_a_run_that_is_interrupted_is_cancelled_whatever_its_step_is_at(instance, slow_run, what, signal_number):
    run = slow_run(what)
    run.process.send_signal(signal_number)
    assert run.ended() == 3
    record = run_records.find_run(instance, run.dagster_run_id)
    assert record.dagster_run.status == dg.DagsterRunStatus.CANCELED
    assert run_records.error_of(instance, record) is None


@pytest.mark.slow
def test_a_run_is_cancelled_from_another_process(instance, slow_run):
    run = slow_run("async")
    record = cancel(instance, run_records.find_run(instance, run.dagster_run_id))
    assert record.dagster_run.status == dg.DagsterRunStatus.CANCELED
    assert run.ended() == 3


@pytest.mark.slow
def test_an_impatient_second_interrupt_changes_nothing_about_the_end(instance, slow_run):
    run = slow_run("async")
    run.process.send_signal(signal.SIGINT)
    run.process.send_signal(signal.SIGINT)
    assert run.ended() == 3
    assert run_records.status_of(run_records.find_run(instance, run.dagster_run_id)) == "canceled"


@pytest.mark.slow
@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_process_that_is_interrupted_before_it_has_a_run_ends_as_cancelled(instance, slow_run, signal_number):
    run = slow_run("no run yet")
    run.process.send_signal(signal_number)
    assert run.ended() == 3


@pytest.mark.slow
def test_a_run_that_is_killed_is_ended_as_failed(instance, slow_run):
    run = slow_run("sleep")
    run.process.kill()
    run.process.wait()
    assert [record.dagster_run.run_id for record in run_records.end_dead_runs(instance)] == [run.dagster_run_id]
    assert run_records.status_of(run_records.find_run(instance, run.dagster_run_id)) == "failed"


def test_watching_leaves_the_signals_of_the_process_as_they_were():
    def state() -> tuple[object, ...]:
        handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)]
        return *handlers, signal.pthread_sigmask(signal.SIG_BLOCK, ())

    before = state()
    with watch_interrupts(), watch_interrupts():
        assert signal.SIGINT in state()[-1]
    assert state() == before


def test_a_handler_of_someone_else_gets_the_interrupt():
    got = []
    before = signal.signal(signal.SIGINT, lambda number, frame: got.append(number))
    try:
        with watch_interrupts():
            # To the process, as a terminal does; other threads of the tests' process must not take it.
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(200):
                if got:
                    break
                time.sleep(0.01)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(got) == 1
