"""Dagster's webserver with the reports beside it, under /reports: `python -m volt_assets.cli.webserver` instead of
`dagster-webserver`, with the same options.

One origin for both, so that links between them need no port. `volt ui` starts it, and the daemon.
"""

from dagster_webserver import app
from dagster_webserver.cli import main
from dagster_webserver.webserver import DagsterWebserver
from starlette.routing import BaseRoute

from volt_assets.reports.site import routes
from volt_assets.settings import Settings


class Webserver(DagsterWebserver):
    """Dagster's, with the reports' pages before its own catch-all."""

    def build_routes(self) -> list[BaseRoute]:
        return [*routes(Settings.load().reports_path), *super().build_routes()]


if __name__ == "__main__":
    # The command builds its application from this name.
    app.DagsterWebserver = Webserver
    main()
