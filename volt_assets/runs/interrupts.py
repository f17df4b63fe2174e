"""Interrupts of a process that executes runs: Ctrl-C, `volt cancel-run` and SIGTERM cancel its run.

To Dagster, a run is cancelled only if it was marked as canceling before its process got the signal; a bare Ctrl-C is a
failure (measured with 1.13). Dagster takes the handler of SIGINT away while it executes, so signals are caught before
any handler runs: they are blocked in all threads, and a thread of ours waits for them, marks the run, and only then
interrupts the main thread. DuckDB starts a thread when it is imported, so nothing here imports it, nor Dagster.

`cancel.py` interrupts the run of another process.
"""

import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster import DagsterInstance

_CAUGHT = frozenset({signal.SIGINT, signal.SIGTERM})
# How the waiting thread interrupts the main thread.
_FORWARD = signal.SIGUSR1

# Seconds to wait for a created run to start.
_START_PATIENCE = 5.0
_POLL = 0.02


class _Watch:
    """The thread that waits for signals, and the run, if any, that it marks first."""

    def __init__(self) -> None:
        self.run: tuple[DagsterInstance, str] | None = None  # and its id
        self.interrupted = False
        self._stopping = False
        self._main = threading.get_ident()
        self._thread = threading.Thread(target=self._wait, name="volt-interrupts", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        if self._thread.ident is not None:
            signal.pthread_kill(self._thread.ident, _FORWARD)
        self._thread.join()

    def _wait(self) -> None:
        while True:
            received = signal.sigwait(_CAUGHT | {_FORWARD})
            if received == _FORWARD:
                if self._stopping:
                    return
                continue
            self.interrupted = True
            try:
                self._mark_run()
            finally:
                signal.pthread_kill(self._main, _FORWARD)

    def _mark_run(self) -> None:
        if self.run is None:
            return
        from dagster import DagsterRunStatus as Status

        instance, dagster_run_id = self.run
        deadline = time.monotonic() + _START_PATIENCE
        run = instance.get_run_by_id(dagster_run_id)
        # The start of a run undoes the mark: it has to come first.
        while run is not None and run.status in (Status.NOT_STARTED, Status.STARTING) and time.monotonic() < deadline:
            time.sleep(_POLL)
            run = instance.get_run_by_id(dagster_run_id)
        if run is not None and not run.is_finished and run.status != Status.CANCELING:
            instance.report_run_canceling(run, "The run was interrupted.")


_watch: _Watch | None = None


@contextmanager
def watch_interrupts() -> Iterator[None]:
    """Within: SIGINT (Ctrl-C) and SIGTERM raise KeyboardInterrupt in the main thread or, in a run, cancel the run.

    A thread that began before could get the signal instead: enter it in the main thread, before anything starts one.
    """
    # Where an interrupt arrives while SQLAlchemy closes a connection, its pool logs a traceback and goes on.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    with _watched():
        yield


@contextmanager
def _watched() -> Iterator[_Watch]:
    """The watch in force, or a new one."""
    global _watch
    if _watch is not None:
        yield _watch
        return
    watch = _Watch()
    forwarded_before = signal.signal(_FORWARD, _interrupt)
    # A thread begins with the signals blocked that its parent blocks.
    mask_before = signal.pthread_sigmask(signal.SIG_BLOCK, _CAUGHT | {_FORWARD})
    watch.start()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {_FORWARD})
    _watch = watch
    try:
        yield watch
    finally:
        _watch = None
        watch.stop()
        signal.pthread_sigmask(signal.SIG_SETMASK, mask_before)
        signal.signal(_FORWARD, forwarded_before)


@contextmanager
def cancel_on_interrupt(instance: "DagsterInstance", dagster_run_id: str) -> Iterator[None]:
    """Within, this process creates and executes the run: an interrupt cancels it, and it ends as CANCELED.

    Where the run does not exist or has not begun, KeyboardInterrupt is raised instead; a run that this leaves
    unfinished is CANCELED too.
    """
    with _watched() as watch:
        watch.run, watch.interrupted = (instance, dagster_run_id), False
        try:
            yield
        finally:
            watch.run = None
            if watch.interrupted:
                run = instance.get_run_by_id(dagster_run_id)
                if run is not None and not run.is_finished:
                    instance.report_run_canceled(run, "The run was interrupted.")


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    """Call the handler of Ctrl-C that is in force: Dagster's own during a run."""
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):
        raise KeyboardInterrupt
    handler(signal_number, frame)
