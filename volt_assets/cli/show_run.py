"""`volt show-run`: all that is known of one run.

Dagster takes a second to import, so it is imported only after the settings are known to be sound.
"""

from collections.abc import Iterator
from typing import Any

import click

from volt_assets.cli.instance import addresses, opened_instance
from volt_assets.cli.output import duration, print_json
from volt_assets.settings import Settings


@click.command("show-run")
@click.argument("run_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with the keys of run_metadata.json.")
def command(run_id: str, as_json: bool) -> None:
    """Show a run's details.

    ID is Volt's (run_2025-10-13-06-00-00) or Dagster's.

    \b
    Example:
      volt show-run run_2025-10-13-06-00-00
    """
    settings = Settings.load()
    from volt_assets.orchestration import run_records

    with opened_instance(settings) as instance:
        record = run_records.find_run(instance, run_id)
        people = addresses(settings, [record])[record.dagster_run.run_id]
        metadata = run_records.run_metadata(instance, record, people)
        reason = run_records.tag(record.dagster_run.tags, run_records.REASON)
    if as_json:
        print_json(metadata)
    else:
        for name, value in [*_lines(metadata), ("Requested", reason)]:
            if value:
                click.echo(f"{name:<14}{value}")


def _lines(run: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Names and values for people; None or empty where there is none."""
    yield "Run ID", run["run_id"]
    yield "Dagster's ID", run["dagster_run_id"]
    yield "Status", run["status"]
    yield "Error", run["error"] and run["error"]["message"]
    yield "Days", run["start_date"] and f"{run['start_date']} to {run['end_date']}"
    yield "People", ", ".join(run["users"]) if run["users"] else "everybody"
    yield "Started from", run["start_from"]
    yield "Based on", run["based_on"]
    yield "Created", run["created_at"]
    yield "Ended", run["completed_at"]
    yield "Duration", duration(run["duration_seconds"])
    yield "Completed", ", ".join(run["completed_stages"])
    yield "Failed", ", ".join(run["failed_stages"])
    yield "Requests", _counts(run["requests"])
    yield "Statistics", _counts(run["statistics"])


def _counts(values: dict[str, Any] | None) -> str | None:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items()) if values else None
