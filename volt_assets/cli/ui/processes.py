"""The two processes of `volt ui`, Dagster's webserver and its daemon: started, watched and stopped together."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from volt_assets.cli.ui.client import is_answering
from volt_assets.errors import VoltError
from volt_assets.settings import DEFAULTS, Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

# Of the project, else the one that comes with Volt: the name in it is the key by which Dagster keeps which sensors run.
WORKSPACE = "workspace.yaml"
# In Dagster's home: what the processes printed.
LOG = "volt-ui.log"
# Seconds.
START_PATIENCE, STOP_PATIENCE, POLL = 120.0, 30.0, 0.2

Processes = dict[str, subprocess.Popen[bytes]]


def start(settings: Settings, host: str, port: int, output: TextIO) -> Processes:
    """Start both; what they print goes to `output`. The password reaches them in the environment alone."""
    own = settings.project / WORKSPACE
    target = ["--workspace", str(own if own.is_file() else DEFAULTS / WORKSPACE)]
    commands = {
        "webserver": ["volt_assets.cli.ui.server", "--host", host, "--port", str(port)],
        "daemon": ["dagster._daemon", "run"],
    }
    environment = os.environ | {"DAGSTER_HOME": str(settings.dagster_home)}
    if settings.volt_ui_password:
        environment["VOLT_UI_PASSWORD"] = settings.volt_ui_password.get_secret_value()
    return {
        name: subprocess.Popen(
            [sys.executable, "-m", *command, *target],
            cwd=settings.project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C in the terminal is for this process, which stops both.
            start_new_session=True,
        )
        for name, command in commands.items()
    }


def wait_until_ready(instance: "DagsterInstance", url: str, processes: Processes) -> None:
    """Until the webserver answers and every daemon has given a sign of life. VoltError where that takes too long."""
    started = time.time()
    while not (_daemon_beats(instance, since=started) and is_answering(url)):
        check_alive(processes)
        if time.time() > started + START_PATIENCE:
            raise VoltError(f"Dagster did not start within {START_PATIENCE:g} seconds.")
        time.sleep(POLL)


def _daemon_beats(instance: "DagsterInstance", since: float) -> bool:
    """Whether every daemon that the instance needs has given a sign of life since then (Unix seconds)."""
    beats = instance.get_daemon_heartbeats()
    return all(kind in beats and beats[kind].timestamp >= since for kind in instance.get_required_daemon_types())


def check_alive(processes: Processes) -> None:
    """Raises VoltError where one of them has ended."""
    for name, process in processes.items():
        if process.poll() is not None:
            raise VoltError(f"Dagster's {name} has ended unexpectedly (exit code {process.returncode}).")


def stop(processes: Processes) -> None:
    """Interrupt the processes and wait. Those that take too long, or all on another Ctrl-C, are killed."""
    deadline = time.monotonic() + STOP_PATIENCE
    try:
        for process in processes.values():
            process.send_signal(signal.SIGINT)
        for process in processes.values():
            process.wait(max(0.0, deadline - time.monotonic()))
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        for process in processes.values():
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of the log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
