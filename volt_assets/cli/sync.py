"""`volt sync`: make the stored weeks again in which entries were added, edited, deleted or moved.

Dagster takes a second to import, so what needs it is imported only once the options are known to be sound.
"""

from typing import TYPE_CHECKING, Any

import click

from volt_assets.cli.options import json_option
from volt_assets.cli.output import print_json
from volt_assets.cli.progress import terminal_progress
from volt_assets.cli.results import fail_unless_completed, report_failed_checks
from volt_assets.errors import BadInput
from volt_assets.orchestration.failed_checks import by_check
from volt_assets.settings import Settings
from volt_assets.weeks import parse_week

if TYPE_CHECKING:
    from volt_assets.runs.sync import Synced


@click.command("sync")
@click.option(
    "--from", "first", metavar="WEEK", help="First week: any of its days, or 2025-W41. Default: the last weeks."
)
@click.option("--to", "last", metavar="WEEK", help="Last week, included.")
@json_option
def command(first: str | None, last: str | None, as_json: bool) -> int:
    """Run again the stored weeks in which entries have changed.

    Without --from and --to: of the last weeks (VOLT_LOOKBACK_WEEKS), those that are stored. Each unbroken range of
    changed weeks is one run. What changed is kept in the table time_entry_changes.

    \b
    Examples:
      volt sync
      volt sync --from 2025-W01 --to 2025-W41 --json
    """
    begin, end = (parse_week(week) if week else None for week in (first, last))
    if (begin is None) != (end is None):
        raise BadInput("Give both --from and --to, or neither.", code="usage")
    if begin and end and end < begin:
        raise BadInput(f"The week of {end} is before the week of {begin}.", code="bad_date")
    settings = Settings.load()
    from volt_assets.runs.sync import sync

    with terminal_progress() as progress:
        done = sync(settings, begin, end, progress)
    code = fail_unless_completed(done.failed, done.failed_checks)
    if code:
        return code
    if as_json:
        print_json(_as_json(done))
    else:
        _print(done)
    report_failed_checks(done.failed_checks)
    return 0


def _as_json(done: "Synced") -> dict[str, Any]:
    return {
        "changed_weeks": [week.isoformat() for week in done.changed_weeks],
        "changes": [
            change | {name: change[name] and change[name].isoformat() for name in ("week", "new_week")}
            for change in done.changes
        ],
        "requests": dict(done.requests),
        "run_ids": done.run_ids,
        "failed_checks": by_check(done.failed_checks),
    }


def _print(done: "Synced") -> None:
    if not done.changed_weeks:
        click.echo("No entry has changed.")
    for change in done.changes:
        where = f"week of {change['week']}" + (f" to week of {change['new_week']}" if change["new_week"] else "")
        click.echo(f"{change['kind']:<8}{change['entry_id']:>14}  {where}")
    for run_id in done.run_ids:
        click.echo(f"{run_id} completed")
