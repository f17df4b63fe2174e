"""`volt ui`: Dagster's webserver and daemon, as two child processes that end with this one."""

import contextlib
import errno
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click
from pydantic import SecretStr

from volt_assets.cli.config_watch import ConfigWatch, reload_definitions
from volt_assets.cli.instance import opened_instance
from volt_assets.cli.progress import waiting
from volt_assets.errors import BadInput, VoltError
from volt_assets.orchestration.instance import UI_RECORD, refuse_two_orders
from volt_assets.settings import DEFAULTS, Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

HOST = "127.0.0.1"
# Of the project, else the one that comes with Volt: what sensors are switched on is kept by the name in it.
WORKSPACE = "workspace.yaml"
# In Dagster's home: what the children printed.
LOG = "volt-ui.log"
# Seconds.
START_PATIENCE, STOP_PATIENCE, POLL = 120.0, 30.0, 0.2


@click.command("ui")
@click.option("--run-id", metavar="ID", help="Open the page of this run, by Volt's id or Dagster's.")
@click.option(
    "--host",
    metavar="HOST",
    default=HOST,
    show_default=True,
    help="Address to listen on; 0.0.0.0: all. Beyond this machine it needs VOLT_UI_PASSWORD.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=3000, show_default=True, help="Port; 0: any.")
@click.option("--no-open", is_flag=True, help="Only print the address; do not open a browser.")
def command(run_id: str | None, host: str, port: int, no_open: bool) -> int | None:
    """Open Dagster's UI, with its daemon, on this machine.

    Prints the address when it can be opened, and serves until Ctrl-C. Where it is being served already, prints that
    address and ends. Runs that were started from the UI and are in progress go on after Ctrl-C.

    \b
    Examples:
      volt ui
      volt ui --run-id run_2025-10-13-06-00-00
      VOLT_UI_PASSWORD=... volt ui --host 0.0.0.0 --no-open
    """
    settings = Settings.load()
    from volt_assets.cli import access
    from volt_assets.fibery.configuration import load_enrichment_config
    from volt_assets.orchestration import run_records

    access.require_protection(host, settings)
    load_enrichment_config(settings.enrichment_config_path)  # better told here than by a page that does not load
    with opened_instance(settings) as instance:
        refuse_two_orders(settings)
        page = f"/runs/{run_records.find_run(instance, run_id).dagster_run.run_id}" if run_id else ""
        with (settings.dagster_home / UI_RECORD).open("a+") as record:
            if not _lock(record):
                with waiting("Waiting for the other volt ui to be ready"):
                    url = _url_of_other(record)
                _show(url + page, no_open)
                return None
            return _serve(settings, instance, record, host, port, page, no_open)


def _serve(
    settings: Settings, instance: "DagsterInstance", record: TextIO, host: str, port: int, page: str, no_open: bool
) -> int | None:
    from volt_assets.cli.access import authorization, url_of

    _stop_leftovers(record)
    port = _free_port(host, port)
    url = url_of(host, port)
    if settings.trusted_proxies and settings.volt_ui_password is None:
        # This process is no proxy, and asks its webserver, too.
        settings = settings.model_copy(update={"volt_ui_password": SecretStr(secrets.token_urlsafe())})
    # Also where a shell started this in the background, with Ctrl-C ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    children = {}
    log = settings.dagster_home / LOG
    try:
        # Before the daemon starts: its first messages link to this address.
        _write(record, url, children)
        with log.open("w") as output:
            children = _start(settings, host, port, output)
        _write(record, url, children)
        with waiting("Starting Dagster"):
            _wait_until_ready(instance, url, children)
        _show(url + page, no_open)
        if sys.stderr.isatty():
            click.echo("Ctrl-C stops it.", err=True)
        watch = ConfigWatch(settings)
        while True:
            _check_alive(children)
            if watch.changed():
                reload_definitions(url, authorization(settings))
            time.sleep(POLL)
    except KeyboardInterrupt:
        return None
    except VoltError as error:
        raise VoltError(f"{error.message} What it said is in {log}; it ends with:\n{_tail(log)}") from None
    finally:
        _stop(list(children.values()))
        _write(record, None, {})


def _start(settings: Settings, host: str, port: int, output: TextIO) -> dict[str, subprocess.Popen]:
    own = settings.project / WORKSPACE
    target = ["--workspace", str(own if own.is_file() else DEFAULTS / WORKSPACE)]
    commands = {
        "webserver": ["volt_assets.cli.webserver", "--host", host, "--port", str(port)],
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
            # Ctrl-C in the terminal is for this process, which stops the two in turn.
            start_new_session=True,
        )
        for name, command in commands.items()
    }


def _wait_until_ready(instance: "DagsterInstance", url: str, children: dict[str, subprocess.Popen]) -> None:
    started = time.time()
    while not (_answers(url) and _daemon_beats(instance, since=started)):
        _check_alive(children)
        if time.time() > started + START_PATIENCE:
            raise VoltError(f"Dagster did not start within {START_PATIENCE:g} seconds.")
        time.sleep(POLL)


def _answers(url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{url}/server_info", timeout=5) as answer:
            return answer.status == 200
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code == 401  # it asks for the password
    except OSError:
        return False


def _daemon_beats(instance: "DagsterInstance", since: float) -> bool:
    """Whether every daemon that the instance needs has given a sign of life since then (Unix seconds)."""
    beats = instance.get_daemon_heartbeats()
    return all(kind in beats and beats[kind].timestamp >= since for kind in instance.get_required_daemon_types())


def _check_alive(children: dict[str, subprocess.Popen]) -> None:
    for name, process in children.items():
        if process.poll() is not None:
            raise VoltError(f"Dagster's {name} has ended by itself (exit code {process.returncode}).")


def _stop(processes: list[subprocess.Popen]) -> None:
    """Interrupt the processes and wait. Those that take too long, or all on another Ctrl-C, are killed."""
    deadline = time.monotonic() + STOP_PATIENCE
    try:
        for process in processes:
            process.send_signal(signal.SIGINT)
        for process in processes:
            process.wait(max(0.0, deadline - time.monotonic()))
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        for process in processes:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _show(url: str, no_open: bool) -> None:
    click.echo(url)
    if not no_open:
        webbrowser.open(url)


def _free_port(host: str, port: int) -> int:
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise BadInput(f"{host} is no address of this machine.", code="usage") from None
            raise BadInput(
                f"Port {port} is in use. Choose another with --port, or --port 0 for any.", code="port_in_use"
            ) from None
        return probe.getsockname()[1]


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


# The record


def _lock(record: TextIO) -> bool:
    """Whether this process now is the one that serves the home. The lock ends with the process, however that ends."""
    try:
        fcntl.flock(record, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(record: TextIO, url: str | None, children: dict[str, subprocess.Popen]) -> None:
    import psutil

    processes = [[child.pid, psutil.Process(child.pid).create_time()] for child in children.values()]
    record.seek(0)
    record.truncate()
    json.dump({"url": url, "children": processes}, record)
    record.flush()


def _read(record: TextIO) -> dict:
    record.seek(0)
    try:
        return json.loads(record.read())
    except ValueError:
        return {"url": None, "children": []}  # new, or just being written


def _url_of_other(record: TextIO) -> str:
    deadline = time.monotonic() + START_PATIENCE
    while time.monotonic() < deadline:
        url = _read(record)["url"]
        if url and _answers(url):
            return url
        time.sleep(POLL)
    raise VoltError("Another volt ui is running in this home, but does not answer. Stop it and try again.")


def _stop_leftovers(record: TextIO) -> None:
    """Stop what a `volt ui` that was killed has left behind: two daemons on one home would disturb each other."""
    import psutil

    for pid, started in _read(record)["children"]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if abs(process.create_time() - started) > 2:
                continue  # another process by now
            process.send_signal(signal.SIGINT)
            try:
                process.wait(STOP_PATIENCE)
            except psutil.TimeoutExpired:
                os.killpg(pid, signal.SIGKILL)
