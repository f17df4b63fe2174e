"""Who serves a home's UI: the file `volt-ui.json` in Dagster's home, which the `volt ui` that serves it keeps locked.

It holds the address and the processes, by id and start, so that what a killed `volt ui` left behind is found.
"""

import contextlib
import fcntl
import json
import os
import signal
import time
from typing import Any, TextIO

import psutil

from volt_assets.cli.ui.client import is_answering
from volt_assets.cli.ui.processes import POLL, START_PATIENCE, STOP_PATIENCE, Processes
from volt_assets.errors import VoltError

# Seconds: Linux records a process's start to the second, and clocks are corrected while it runs.
_START_TOLERANCE = 2.0


def lock(record: TextIO) -> bool:
    """Whether this process now is the one that serves the home. The lock ends with the process, however that ends."""
    try:
        fcntl.flock(record, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write(record: TextIO, url: str | None, children: Processes) -> None:
    """Record the address at which the UI is served (None: nowhere) and the processes that serve it."""
    processes = [[child.pid, psutil.Process(child.pid).create_time()] for child in children.values()]
    record.seek(0)
    record.truncate()
    json.dump({"url": url, "children": processes}, record)
    record.flush()


def _read(record: TextIO) -> dict[str, Any]:
    record.seek(0)
    try:
        return json.loads(record.read())
    except ValueError:
        return {"url": None, "children": []}  # new, or just being written


def url_of_other(record: TextIO) -> str:
    """The address of the `volt ui` that has the lock, once that answers. VoltError where it does not in time."""
    deadline = time.monotonic() + START_PATIENCE
    while time.monotonic() < deadline:
        url = _read(record)["url"]
        if url and is_answering(url):
            return url
        time.sleep(POLL)
    raise VoltError("Another volt ui is running in this home, but does not answer. Stop it and try again.")


def stop_leftovers(record: TextIO) -> None:
    """Stop what a `volt ui` that was killed has left behind: two daemons on one home would disturb each other."""
    for pid, started in _read(record)["children"]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if abs(process.create_time() - started) > _START_TOLERANCE:
                continue  # another process by now
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_PATIENCE)
            except psutil.TimeoutExpired:
                os.killpg(pid, signal.SIGKILL)
