"""`volt run`: fetch, enrich and report on the weeks that the dates touch."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from volt_assets.cli.output import print_json, report_error
from volt_assets.errors import BadInput
from volt_assets.progress import Progress, no_progress
from volt_assets.runs.interrupts import watch_interrupts
from volt_assets.settings import Settings
from volt_assets.weeks import parse_day

if TYPE_CHECKING:
    from volt_assets.orchestration.failed_checks import FailedCheck
    from volt_assets.runs.run import RunResult

CANCELLED = 3
# Of the weeks that a check fails for.
WEEKS_NAMED = 5


@click.command("run")
@click.option("--start-date", metavar="DATE", help="First day, YYYY-MM-DD.")
@click.option("--end-date", metavar="DATE", help="Last day, included.")
@click.option("--users", metavar="EMAILS", help="Only these people: addresses, separated by commas.")
@click.option(
    "--start-from",
    type=click.Choice(["toggl", "fibery", "reports"]),
    default="toggl",
    show_default=True,
    help="First stage. The later ones work on stored weeks and send Toggl nothing.",
)
@click.option("--run-id", metavar="ID", help="Days and people of this earlier run, instead of dates and --users.")
@click.option(
    "--stale",
    is_flag=True,
    help="With --start-from fibery: the weeks that used what was edited in the configuration, and no others.",
)
@click.option("--dry-run", is_flag=True, help="With --stale: only say which weeks those are.")
@click.option(
    "--prose",
    is_flag=True,
    help="Sentences by the model (OPENAI_API_KEY) for every week of the run, also open ones and more than two.",
)
@click.option(
    "--output-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("tmp/runs"),
    show_default=True,
    help="Folder that the run's own folder is made in.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
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

    The weeks are stored whole; the run's folder shows exactly the days and people asked for.

    \b
    Examples:
      volt run --start-date 2025-10-06 --end-date 2025-10-12
      volt run --start-date 2025-10-06 --end-date 2025-10-12 --users ana@example.com,bo@example.com
      volt run --start-from fibery --run-id run_2025-10-13-06-00-00
      volt run --start-from fibery --stale --dry-run
    """
    if stale or dry_run:
        from volt_assets.cli.refresh import refresh_stale_weeks

        if start_from != "fibery" or not stale:
            raise BadInput("--stale is for --start-from fibery, and --dry-run for --stale.", code="usage")
        if start_date or end_date or users or run_id or prose:
            raise BadInput(
                "--stale finds its weeks: leave --start-date, --end-date, --users, --run-id and --prose out.",
                code="usage",
            )
        return refresh_stale_weeks(output_dir, dry_run, as_json)
    emails = addresses_of(users)
    if run_id is not None:
        if start_from == "toggl":
            raise BadInput("--run-id needs --start-from fibery or reports: it works on stored weeks.", code="usage")
        if start_date or end_date or emails:
            raise BadInput(
                "--run-id brings its own days and people: leave --start-date, --end-date and --users out.", code="usage"
            )
        first = last = None
    else:
        if not start_date or not end_date:
            raise BadInput(
                "Give --start-date and --end-date (or, with --start-from fibery or reports, --run-id).", code="usage"
            )
        first, last = parse_day(start_date), parse_day(end_date)
    settings = Settings.load()
    if prose and settings.model_access is None:
        raise BadInput(
            "--prose asks a model for sentences: put the key of its server in OPENAI_API_KEY.", code="missing_token"
        )
    if sys.stderr.isatty():
        click.echo(f"Running {f'the days of {run_id}' if run_id else f'{first} to {last}'}:", err=True)
    # Dagster takes a second to import: not before what is asked for is known to be sound.
    from volt_assets.runs.run import RunRequest, run_weeks

    request = RunRequest(
        output_dir=output_dir,
        start_from=start_from,
        first_day=first,
        last_day=last,
        emails=emails,
        based_on=run_id,
        prose=prose,
    )
    with terminal_progress() as progress:
        result = run_weeks(settings, request, progress)
    code = fail_unless_completed(result)
    if code:
        return code
    if result.entries_changed is not None:
        since = f"since {result.based_on}"
        told = "Entries have changed" if result.entries_changed else "No entry has changed"
        click.echo(f"{told} {since}.", err=True)
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


def addresses_of(users: str | None) -> list[str]:
    """The addresses that --users names; none without it. Raises BadInput where it names nobody."""
    emails = [email.strip() for email in (users or "").split(",") if email.strip()]
    if users is not None and not emails:
        raise BadInput("--users names nobody. Give addresses separated by commas.", code="usage")
    return emails


def fail_unless_completed(result: "RunResult") -> int:
    """The exit code of a run that was made; where it did not complete, its error is told."""
    if result.error is None:
        return 0
    report_error(result.error.code, result.error.message, run_id=result.run_id)
    return CANCELLED if result.status == "canceled" else result.error.exit_code


def report_failed_checks(failed: Sequence["FailedCheck"]) -> None:
    """Say on stderr which checks of severity error failed. They change no exit code."""
    from volt_assets.orchestration.failed_checks import by_check

    if not failed:
        return
    click.echo("Checks that failed; what they found is on their pages in Dagster (volt ui):", err=True)
    for check in by_check(failed):
        weeks = check["weeks"]
        named = ", ".join(weeks[:WEEKS_NAMED])
        more = f" and {len(weeks) - WEEKS_NAMED} more" if len(weeks) > WEEKS_NAMED else ""
        of_weeks = f"{'week' if len(weeks) == 1 else 'weeks'} of {named}{more}"
        click.echo(f"- {check['check']} of {check['asset']}: {of_weeks}", err=True)


@contextmanager
def terminal_progress() -> Iterator[Progress]:
    """Counts while waiting, on stderr; nothing without a terminal."""
    from rich import progress as rich
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield no_progress
        return
    columns = (
        rich.SpinnerColumn(),
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TimeElapsedColumn(),
    )
    with rich.Progress(*columns, console=console, transient=True) as display:
        tasks: dict[str, rich.TaskID] = {}

        def show(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = display.add_task(what, total=total)
            display.update(tasks[what], completed=done, total=total)

        yield show
