"""Signs of life of the processes that execute runs, in Dagster's instance, where every other process reads them.

A process on another host, or in another container, cannot be looked up: its run is taken for dead when the last sign is
older than `LIMIT`. A thread writes them, so a process that is busy (DuckDB computes without Python's lock) is not taken
for dead, and one that is stopped or killed falls silent. One small row per run stays in the instance's key-value table,
which no event, sensor or page reads. The clocks of two hosts may differ by less than `LIMIT`.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import dagster as dg

logger = logging.getLogger(__name__)

# Seconds between two signs: a dozen can be missed, as where the instance's database is in use for long.
INTERVAL = 15.0
LIMIT = timedelta(seconds=12 * INTERVAL)

_beating: set[str] = set()


@contextmanager
def beating(instance: dg.DagsterInstance, dagster_run_id: str) -> Iterator[None]:
    """Within, this process gives signs of life for the run. Inside of itself it does nothing."""
    if dagster_run_id in _beating:
        yield
        return
    stopped = threading.Event()
    thread = threading.Thread(
        target=_beat_until, args=(stopped, instance, dagster_run_id), name="volt-heartbeat", daemon=True
    )
    _beating.add(dagster_run_id)
    beat(instance, dagster_run_id)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
        _beating.discard(dagster_run_id)


def _beat_until(stopped: threading.Event, instance: dg.DagsterInstance, dagster_run_id: str) -> None:
    while not stopped.wait(INTERVAL):
        beat(instance, dagster_run_id)


def beat(instance: dg.DagsterInstance, dagster_run_id: str) -> None:
    """Write a sign of life. What keeps it from being written is no reason to end the run: the next one follows."""
    try:
        instance.daemon_cursor_storage.set_cursor_values({_key(dagster_run_id): repr(time.time())})
    except Exception as error:
        logger.debug("No sign of life written for %s: %s", dagster_run_id, error)


def last_beats(instance: dg.DagsterInstance, dagster_run_ids: Iterable[str]) -> dict[str, datetime]:
    """The last signs of life of these runs, as instants (UTC); without those that gave none."""
    keys = {_key(dagster_run_id): dagster_run_id for dagster_run_id in dagster_run_ids}
    if not keys:
        return {}
    values = instance.daemon_cursor_storage.get_cursor_values(set(keys))
    return {keys[key]: datetime.fromtimestamp(float(value), UTC) for key, value in values.items()}


def _key(dagster_run_id: str) -> str:
    return f"volt/heartbeat/{dagster_run_id}"
