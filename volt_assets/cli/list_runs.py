"""`volt list-runs`: the runs of the Dagster instance, however they were started.

Dagster takes a second to import, so it is imported only after the settings are known to be sound.
"""

from typing import Any

import click

from volt_assets.cli.instance import addresses, opened_instance
from volt_assets.cli.output import duration, print_json, print_table
from volt_assets.settings import Settings


@click.command("list-runs")
@click.option(
    "--status",
    type=click.Choice(["completed", "failed", "in_progress", "canceled"]),
    help="Only runs with this status.",
)
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(status: str | None, limit: int, as_json: bool) -> None:
    """List runs, newest first.

    Lists all runs: those of `volt run` and `volt backfill`, of the UI and of sensors. Stages are the completed ones.

    \b
    Examples:
      volt list-runs
      volt list-runs --status failed --limit 3
    """
    settings = Settings.load()
    import dagster as dg

    from volt_assets.orchestration import run_records

    with opened_instance(settings) as instance:
        filters = dg.RunsFilter(statuses=run_records.STATUSES[status] if status else [])
        records = instance.get_run_records(filters, limit=limit)
        people = addresses(settings, records)
        listed = [
            run_records.summary(instance, record, people[record.dagster_run.run_id])
            | {"stages": run_records.progress_of(instance, record).completed}
            for record in records
        ]
    if as_json:
        print_json(listed)
    elif listed:
        print_table(["Run ID", "Status", "Created", "Duration", "Stages"], [_row(run) for run in listed])
    else:
        click.echo(f"No run is {status}." if status else "There are no runs yet. `volt run` makes one.")


def _row(run: dict[str, Any]) -> list[str]:
    created = run["created_at"].removesuffix("Z")[: len("2025-10-10T15:30")] + "Z"
    return [run["run_id"], run["status"], created, duration(run["duration_seconds"]), ", ".join(run["stages"])]
