"""`volt ui`, the command: serve the UI until Ctrl-C, or show the address at which it is being served already.

Dagster takes a second to import, so what needs it is imported only after the settings are known to be sound.
"""

import errno
import secrets
import signal
import socket
import sys
import time
import webbrowser
from typing import TYPE_CHECKING, TextIO

import click
from pydantic import SecretStr

from volt_assets.cli.instance import opened_instance
from volt_assets.cli.progress import waiting
from volt_assets.errors import BadInput, VoltError
from volt_assets.orchestration.instance import UI_RECORD, refuse_two_orders
from volt_assets.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

HOST = "127.0.0.1"


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
    from volt_assets.cli.ui import access, record
    from volt_assets.fibery.configuration import load_enrichment_config
    from volt_assets.orchestration import run_records

    access.require_protection(host, settings)
    load_enrichment_config(settings.enrichment_config_path)  # an error here is better than a page that does not load
    with opened_instance(settings) as instance:
        refuse_two_orders(settings)
        page = f"/runs/{run_records.find_run(instance, run_id).dagster_run.run_id}" if run_id else ""
        with (settings.dagster_home / UI_RECORD).open("a+") as file:
            if not record.lock(file):
                with waiting("Waiting for the other volt ui to be ready"):
                    url = record.url_of_other(file)
                _show(url + page, no_open)
                return None
            return _serve(settings, instance, file, host, port, page, no_open)


def _serve(
    settings: Settings, instance: "DagsterInstance", file: TextIO, host: str, port: int, page: str, no_open: bool
) -> int | None:
    from volt_assets.cli.ui import processes, record
    from volt_assets.cli.ui.access import authorization, url_of
    from volt_assets.cli.ui.client import reload_definitions
    from volt_assets.cli.ui.last_run import LastRunSnapshot
    from volt_assets.cli.ui.watch import ConfigWatch

    record.stop_leftovers(file)
    port = _free_port(host, port)
    url = url_of(host, port)
    if settings.trusted_proxies and settings.volt_ui_password is None:
        # This process is no proxy, and needs a way in to its webserver, too.
        settings = settings.model_copy(update={"volt_ui_password": SecretStr(secrets.token_urlsafe())})
    # Also where a shell started this in the background, with Ctrl-C ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    children: processes.Processes = {}
    log = settings.dagster_home / processes.LOG
    try:
        # Before the daemon starts: its first messages link to this address.
        record.write(file, url, children)
        with log.open("w") as output:
            children = processes.start(settings, host, port, output)
        record.write(file, url, children)
        with waiting("Starting Dagster"):
            processes.wait_until_ready(instance, url, children)
        _show(url + page, no_open)
        if sys.stderr.isatty():
            click.echo("Ctrl-C stops it.", err=True)
        watch, last_run = ConfigWatch(settings), LastRunSnapshot(settings, instance)
        while True:
            processes.check_alive(children)
            if watch.changed():
                reload_definitions(url, authorization(settings))
            last_run.renew()
            time.sleep(processes.POLL)
    except KeyboardInterrupt:
        return None
    except VoltError as error:
        raise VoltError(f"{error.message} Its output is in {log}, which ends with:\n{processes.tail(log)}") from None
    finally:
        processes.stop(children)
        record.write(file, None, {})


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
