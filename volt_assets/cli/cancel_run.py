"""`volt cancel-run`: cancel a run, in whatever process it is.

Dagster takes a second to import, so it is imported only after the settings are known to be sound.
"""

import click

from volt_assets.cli.instance import opened_instance
from volt_assets.cli.options import json_option
from volt_assets.cli.output import print_json
from volt_assets.cli.progress import waiting
from volt_assets.settings import Settings


@click.command("cancel-run")
@click.argument("run_id", metavar="ID")
@click.option("--force", is_flag=True, help="End it even if it does not stop, or if its machine is gone.")
@json_option
def command(run_id: str, force: bool, as_json: bool) -> None:
    """Cancel a run and wait until it has ended.

    ID is Volt's (run_2025-10-13-06-00-00) or Dagster's. Works for a run in another terminal and for one started from
    the UI. Weeks that the run has stored stay stored.

    \b
    Example:
      volt cancel-run run_2025-10-13-06-00-00
    """
    settings = Settings.load()
    from volt_assets.orchestration import run_records
    from volt_assets.runs.cancel import cancel

    with opened_instance(settings) as instance:
        record = run_records.find_run(instance, run_id)
        with waiting("Waiting for the run to end"):
            record = cancel(instance, record, force=force)
        run = {key: run_records.summary(instance, record)[key] for key in ("run_id", "dagster_run_id", "status")}
    if as_json:
        print_json(run)
    else:
        click.echo(f"{run['run_id']} {run['status']}")
