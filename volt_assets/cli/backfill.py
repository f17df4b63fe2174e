"""`volt backfill`: bring a range of weeks up to date in one run.

Dagster takes a second to import, so what needs it is imported only once the options are known to be sound.
"""

import click

from volt_assets.cli.options import json_option, start_from_option
from volt_assets.cli.output import print_json
from volt_assets.cli.progress import terminal_progress
from volt_assets.cli.results import fail_unless_completed, report_failed_checks
from volt_assets.errors import BadInput
from volt_assets.settings import Settings
from volt_assets.weeks import last_day, parse_week, today_in


@click.command("backfill")
@click.option("--from", "first", metavar="WEEK", required=True, help="First week: any of its days, or 2025-W41.")
@click.option("--to", "last", metavar="WEEK", required=True, help="Last week, included.")
@start_from_option
@click.option("--refetch", is_flag=True, help="Fetch complete weeks too.")
@json_option
def command(first: str, last: str, start_from: str, refetch: bool, as_json: bool) -> int:
    """Bring a range of weeks up to date, in one run and without a run folder.

    Fetches only weeks that are not complete (--refetch: all of them), and makes the later stages of the whole range
    again. Weeks that were stored before a failure stay: give the same command again to go on.

    \b
    Examples:
      volt backfill --from 2025-W01 --to 2025-W41
      volt backfill --from 2025-01-06 --to 2025-10-06 --start-from fibery
    """
    if refetch and start_from != "toggl":
        raise BadInput("--refetch fetches from Toggl: leave --start-from out.", code="usage")
    begin, end = parse_week(first), parse_week(last)
    if end < begin:
        raise BadInput(f"The week of {end} is before the week of {begin}.", code="bad_date")
    settings = Settings.load()
    # The open week ends today; a week to come is refused as such.
    until = max(end, min(last_day(end), today_in(settings.zone)))
    from volt_assets.runs.plan import RunRequest
    from volt_assets.runs.run import run_weeks

    request = RunRequest(
        output_dir=None, start_from=start_from, first_day=begin, last_day=until, only_incomplete=not refetch
    )
    with terminal_progress() as progress:
        result = run_weeks(settings, request, progress)
    code = fail_unless_completed(result, result.failed_checks)
    if code:
        return code
    if as_json:
        print_json(result.as_json())
    else:
        click.echo(f"{result.run_id} {result.status}: {len(result.weeks)} weeks")
        click.echo(settings.reports_path)
    report_failed_checks(result.failed_checks)
    return 0
