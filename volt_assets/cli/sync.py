"""`volt sync`: make the stored weeks again in which entries were added, edited, deleted or moved."""

import click

from volt_assets.cli.output import print_json, report_error
from volt_assets.cli.run import CANCELLED, report_failed_checks, terminal_progress
from volt_assets.errors import BadInput
from volt_assets.settings import Settings
from volt_assets.weeks import parse_week


@click.command("sync")
@click.option(
    "--from", "first", metavar="WEEK", help="First week: any of its days, or 2025-W41. Default: the last weeks."
)
@click.option("--to", "last", metavar="WEEK", help="Last week, included.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def command(first: str | None, last: str | None, as_json: bool) -> int:
    """Run again the stored weeks in which entries have changed.

    Without --from and --to: of the last weeks (VOLT_LOOKBACK_WEEKS), those that are stored. Each unbroken range of
    changed weeks is one run. What changed is kept in the table time_entry_changes.

    \b
    Examples:
      volt sync
      volt sync --from 2025-W01 --to 2025-W41 --json
    """
    if (first is None) != (last is None):
        raise BadInput("Give both --from and --to, or neither.", code="usage")
    weeks = (parse_week(first), parse_week(last)) if first and last else (None, None)
    if weeks[0] and weeks[1] and weeks[1] < weeks[0]:
        raise BadInput(f"The week of {weeks[1]} is before the week of {weeks[0]}.", code="bad_date")
    settings = Settings.load()
    # Dagster takes a second to import: not before what is asked for is known to be sound.
    from volt_assets.orchestration.failed_checks import by_check
    from volt_assets.runs.sync import sync

    with terminal_progress() as progress:
        done = sync(settings, *weeks, progress)
    if done.failed is not None:
        error = done.failed.error
        report_error(error.code, error.message, run_id=done.failed.run_id)
        return CANCELLED if done.failed.status == "canceled" else error.exit_code
    if as_json:
        told = {
            "changed_weeks": [week.isoformat() for week in done.changed_weeks],
            "changes": [
                change | {name: change[name] and change[name].isoformat() for name in ("week", "new_week")}
                for change in done.changes
            ],
            "requests": dict(done.requests),
            "run_ids": done.run_ids,
            "failed_checks": by_check(done.failed_checks),
        }
        print_json(told)
        report_failed_checks(done.failed_checks)
        return 0
    if not done.changed_weeks:
        click.echo("No entry has changed.")
    for change in done.changes:
        where = f"week of {change['week']}" + (f" to week of {change['new_week']}" if change["new_week"] else "")
        click.echo(f"{change['kind']:<8}{change['entry_id']:>14}  {where}")
    for run_id in done.run_ids:
        click.echo(f"{run_id} completed")
    report_failed_checks(done.failed_checks)
    return 0
