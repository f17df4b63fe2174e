"""`volt demo`: Volt on an invented company, in a folder of its own, over loopback only."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from volt_assets.cli.output import called_as
from volt_assets.cli.run import fail_unless_completed, report_failed_checks, terminal_progress
from volt_assets.runs.interrupts import watch_interrupts
from volt_assets.settings import Settings, find_project

FOLDER = Path("volt-demo")
# The company has twelve weeks; the last may be open.
EARLIER_WEEKS = timedelta(weeks=10)


@click.command("demo")
@watch_interrupts()
def command() -> int | None:
    """Show Volt on an invented company: no account, no token.

    Serves the company's Toggl and Fibery on loopback, fetches its weeks, and ends with the team's report of the newest
    closed week and what to do next. Everything is in ./volt-demo, which can be removed. Your settings are not read.

    \b
    Example:
      volt demo
    """
    click.echo(
        "A company of twelve people is made up, and its weeks are fetched on this machine: about a minute.", err=True
    )
    from volt_assets.sandbox.generated import generated_company
    from volt_assets.sandbox.server import start_sandbox

    with start_sandbox(generated_company()) as sandbox:
        # Nothing of the user's own settings may reach a run on an invented company, nor the other way round.
        for name in list(os.environ):
            if name.startswith(("VOLT_", "TOGGL_", "FIBERY_", "DAGSTER_HOME", "OPENAI_")):
                del os.environ[name]
        os.environ |= sandbox.environment | {"no_proxy": "127.0.0.1"}

        from volt_assets.reports.files.weekly_files import INDEX
        from volt_assets.runs.run import RunRequest, run_weeks
        from volt_assets.weeks import closed_weeks, last_day

        folder = Path.cwd() / FOLDER
        folder.mkdir(exist_ok=True)
        settings = Settings.load(folder, dotenv=False)
        newest = closed_weeks(datetime.now(UTC), settings.volt_first_week, settings.zone)[-1]
        # What was spent before, and the trend, are known of weeks that are stored.
        before = RunRequest(None, first_day=newest - EARLIER_WEEKS, last_day=newest - timedelta(days=1))
        failed_checks = []
        requests = {
            "The weeks before": before,
            "The newest closed week": RunRequest(folder / "runs", first_day=newest, last_day=last_day(newest)),
        }
        for title, request in requests.items():
            click.echo(f"{title}, {request.first_day} to {request.last_day}:", err=True)
            with terminal_progress() as progress:
                result = run_weeks(settings, request, progress)
            code = fail_unless_completed(result)
            if code:
                return code
            failed_checks += result.failed_checks
    reports = folder / "runs" / result.run_id / "reports"
    team, volt = reports / "team_summary.html", called_as()
    click.echo(
        f"""
The team's report of {newest} to {last_day(newest)}:
  {_shown(team)}
Open it in a browser:
  {team.as_uri()}
People's reports, and all weeks:
  {_shown(reports / "individual")}
  {_shown(settings.reports_path / INDEX)}

Next, the same in Dagster's UI:
  VOLT_HOME={_home_for_project(settings.home)} {volt} ui
Or your own company's last week, with your tokens in .env (.env.example shows how):
  {volt} run --start-date {newest} --end-date {last_day(newest)}"""
    )
    report_failed_checks(failed_checks)
    return None


def _shown(path: Path) -> Path:
    return path.relative_to(Path.cwd())


def _home_for_project(home: Path) -> Path:
    """VOLT_HOME for a command given here: settings take it from the project, which may be a folder above."""
    here = Path.cwd()
    return home.relative_to(here) if find_project(here) == here.resolve() else home
