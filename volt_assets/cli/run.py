"""`volt run`: fetch, enrich and report on the weeks that the dates touch.

Dagster takes a second to import, so what needs it is imported only once the options are known to be sound.
"""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from volt_assets.cli.options import addresses_of, json_option, start_from_option, users_option
from volt_assets.cli.output import print_json
from volt_assets.cli.plan import show_estimate
from volt_assets.cli.progress import terminal_progress
from volt_assets.cli.refresh import refresh_stale_weeks
from volt_assets.cli.results import fail_unless_completed, report_failed_checks
from volt_assets.errors import BadInput
from volt_assets.runs.interrupts import watch_interrupts
from volt_assets.settings import Settings
from volt_assets.weeks import parse_day

if TYPE_CHECKING:
    from volt_assets.runs.run import RunResult


@click.command("run")
@click.option("--start-date", metavar="DATE", help="First day, YYYY-MM-DD.")
@click.option("--end-date", metavar="DATE", help="Last day, included.")
@users_option
@start_from_option
@click.option("--run-id", metavar="ID", help="Days and people of this earlier run, instead of dates and --users.")
@click.option(
    "--stale",
    is_flag=True,
    help="With --start-from fibery: only the weeks that use what was edited in the configuration.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Change nothing: estimate what the run would take, as `volt plan` does; with --stale, list those weeks.",
)
@click.option(
    "--prose",
    is_flag=True,
    help="Have the model (OPENAI_API_KEY) write the sentences for every week of the run: also for open weeks, and for "
    "more than two.",
)
@click.option(
    "--output-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("tmp/runs"),
    show_default=True,
    help="Folder that the run's own folder is made in.",
)
@json_option
@watch_interrupts()
def command(
    start_date: str | None,
    end_date: str | None,
    users: str | None,
    start_from: str,
    run_id: str | None,
    stale: bool,
    dry_run: bool,
    prose: bool,
    output_dir: Path,
    as_json: bool,
) -> int:
    """Fetch, enrich and report on the weeks that the dates touch.

    The weeks are stored whole; the run's folder shows exactly the requested days and people.

    \b
    Examples:
      volt run --start-date 2025-10-06 --end-date 2025-10-12
      volt run --start-date 2025-10-06 --end-date 2025-10-12 --users ana@example.com,bo@example.com
      volt run --start-date 2025-10-06 --end-date 2025-10-12 --dry-run
      volt run --start-from fibery --run-id run_2025-10-13-06-00-00
      volt run --start-from fibery --stale --dry-run
    """
    if stale:
        if start_from != "fibery":
            raise BadInput("--stale is for --start-from fibery.", code="usage")
        if start_date or end_date or users or run_id or prose:
            raise BadInput(
                "--stale finds its weeks: leave --start-date, --end-date, --users, --run-id and --prose out.",
                code="usage",
            )
        return refresh_stale_weeks(output_dir, dry_run, as_json)
    emails = addresses_of(users)
    first, last = _days(start_date, end_date, emails, run_id, start_from)
    settings = Settings.load()
    if prose and settings.volt_prose == "off":
        raise BadInput(
            "--prose has a model write sentences, and VOLT_PROSE is off: write checked or worded there.",
            code="bad_setting",
        )
    if prose and settings.model_access is None:
        raise BadInput(
            "--prose has a model write sentences: put the key of its server in OPENAI_API_KEY.", code="missing_token"
        )
    if sys.stderr.isatty() and not dry_run:
        click.echo(f"Running {f'the days of {run_id}' if run_id else f'{first} to {last}'}:", err=True)
    from volt_assets.runs.plan import RunRequest
    from volt_assets.runs.run import run_weeks

    request = RunRequest(output_dir, start_from, first, last, emails, based_on=run_id, prose=prose)
    if dry_run:
        return show_estimate(settings, request, as_json)
    with terminal_progress() as progress:
        result = run_weeks(settings, request, progress)
    if settings.model_is_undecided:
        click.echo(
            "OPENAI_API_KEY is set, and no model was asked: VOLT_PROSE is not. Write checked or worded there for "
            "sentences by the model, or off to be told no more.",
            err=True,
        )
    return fail_unless_completed(result, result.failed_checks) or _report_completed(result, as_json)


def _days(
    start_date: str | None, end_date: str | None, emails: list[str], run_id: str | None, start_from: str
) -> tuple[date, date] | tuple[None, None]:
    """The days to run, or None for those of an earlier run. Raises BadInput where the options contradict each other."""
    if run_id is None:
        if start_date and end_date:
            return parse_day(start_date), parse_day(end_date)
        raise BadInput(
            "Give --start-date and --end-date (or, with --start-from fibery or reports, --run-id).", code="usage"
        )
    if start_from == "toggl":
        raise BadInput("--run-id needs --start-from fibery or reports: it works on stored weeks.", code="usage")
    if start_date or end_date or emails:
        raise BadInput(
            "--run-id brings its own days and people: leave --start-date, --end-date and --users out.", code="usage"
        )
    return None, None


def _report_completed(result: "RunResult", as_json: bool) -> int:
    if result.entries_changed is not None:
        changed = "Entries have changed" if result.entries_changed else "No entry has changed"
        click.echo(f"{changed} since {result.based_on}.", err=True)
    if as_json:
        print_json(result.as_json())
    else:
        click.echo(f"{result.run_id} {result.status}")
        if sys.stdout.isatty():
            team, *others = result.reports
            click.echo(f"The team's report:\n  {team}\nand {len(others)} more files beside it.")
        else:
            for path in result.reports:
                click.echo(path)
    report_failed_checks(result.failed_checks)
    return 0
