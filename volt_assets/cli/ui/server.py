"""Dagster's webserver with the reports beside it, under /reports, and `access.py` before both.

One origin for both, so that links between them need no port. `volt ui` starts it, and the daemon:
`python -m volt_assets.cli.ui.server --host 127.0.0.1 --port 3000 --workspace workspace.yaml`.
"""

import sys

import click
import dagster as dg
import uvicorn
from dagster._cli.workspace.cli_target import WorkspaceOpts, workspace_opts_to_load_target
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._utils.interrupts import setup_interrupt_handlers
from dagster._utils.log import configure_loggers
from dagster_shared.cli import workspace_options
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.cli import DEFAULT_DB_STATEMENT_TIMEOUT, DEFAULT_POOL_MAX_OVERFLOW, DEFAULT_POOL_RECYCLE
from dagster_webserver.version import __version__
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from volt_assets.cli.ui import access
from volt_assets.errors import VoltError
from volt_assets.private_files import make_files_private
from volt_assets.reports.files.site import routes
from volt_assets.settings import Settings

# As in `dagster-webserver`: milliseconds after which a page reads again what it shows live.
LIVE_DATA_POLL_RATE = 2000


def application(dagster: ASGIApp, host: str, settings: Settings) -> Starlette:
    """Dagster's application and the reports, for a server that listens on `host`."""
    return Starlette(
        routes=[*routes(settings.reports_path), Mount("/", dagster)], middleware=access.middleware(host, settings)
    )


@click.command()
@click.option("--host", required=True)
@click.option("--port", type=int, required=True)
@workspace_options
def main(host: str, port: int, **target: object) -> None:
    """Serve Dagster's instance of DAGSTER_HOME, and the reports, until interrupted."""
    make_files_private()
    try:
        settings = Settings.load()
        access.require_protection(host, settings)
    except VoltError as error:
        click.echo(error.message, err=True)
        sys.exit(error.exit_code)
    configure_loggers()
    setup_interrupt_handlers()
    with dg.DagsterInstance.get() as instance:
        instance.optimize_for_webserver(DEFAULT_DB_STATEMENT_TIMEOUT, DEFAULT_POOL_RECYCLE, DEFAULT_POOL_MAX_OVERFLOW)
        load_target = workspace_opts_to_load_target(WorkspaceOpts.extract_from_cli_options(target))
        with WorkspaceProcessContext(instance, load_target, __version__) as context:
            dagster = create_app_from_workspace_process_context(context, live_data_poll_rate=LIVE_DATA_POLL_RATE)
            # No header may claim where a request comes from: access.py decides by the connection.
            uvicorn.run(
                application(dagster, host, settings), host=host, port=port, log_level="warning", proxy_headers=False
            )


if __name__ == "__main__":
    main()
