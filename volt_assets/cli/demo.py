"""`volt demo`: Volt on an invented company, in a folder of its own, over loopback only.

The sandbox and Dagster take seconds to import, so they are imported after the first message is printed.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from volt_assets.cli.output import called_as
from volt_assets.cli.progress import terminal_progress
from volt_assets.cli.results import fail_unless_completed, report_failed_checks
from volt_assets.runs.interrupts import watch_interrupts
from volt_assets.settings import Settings, find_project
from volt_assets.weeks import closed_weeks, last_day

if TYPE_CHECKING:
    from volt_assets.runs.run import RunResult

FOLDER = Path("volt-demo")
# The company has twelve weeks; the last may be open.
EARLIER_WEEKS = timedelta(weeks=10)


@click.command("demo")
@watch_interrupts()
def command() -> int:
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
    from volt_assets.sandbox.generated import generated_company, people_yaml
    from volt_assets.sandbox.server import start_sandbox

    company = generated_company()
    with start_sandbox(company) as sandbox:
        settings = _settings_of_the_demo(sandbox.environment)
        settings.people_config_path.parent.mkdir(exist_ok=True)
        settings.people_config_path.write_text(people_yaml(company), encoding="utf-8")
        newest = closed_weeks(datetime.now(UTC), settings.volt_first_week, settings.zone)[-1]
        result = _run_all(settings, newest)
    code = fail_unless_completed(result, result.failed_checks)
    if code or result.output_dir is None:
        return code
    click.echo(_what_next(settings, newest, result.output_dir / "reports"))
    report_failed_checks(result.failed_checks)
    return 0


def _settings_of_the_demo(environment: Mapping[str, str]) -> Settings:
    """Nothing of the user's own settings may reach a run on an invented company, nor the other way round."""
    for name in list(os.environ):
        if name.startswith(("VOLT_", "TOGGL_", "FIBERY_", "DAGSTER_HOME", "OPENAI_")):
            del os.environ[name]
    os.environ |= {**environment, "no_proxy": "127.0.0.1"}
    folder = Path.cwd() / FOLDER
    folder.mkdir(exist_ok=True)
    return Settings.load(folder, dotenv=False)


def _run_all(settings: Settings, newest: date) -> "RunResult":
    """Run the newest closed week after those before it, of which its reports show the trend and what was spent.

    The result of the last run, or of the one that failed, with the failed checks of both.
    """
    from volt_assets.runs.plan import RunRequest
    from volt_assets.runs.run import run_weeks

    def run(title: str, request: RunRequest) -> "RunResult":
        click.echo(f"{title}, {request.first_day} to {request.last_day}:", err=True)
        with terminal_progress() as progress:
            return run_weeks(settings, request, progress)

    before = RunRequest(None, first_day=newest - EARLIER_WEEKS, last_day=newest - timedelta(days=1))
    earlier = run("The weeks before", before)
    if earlier.error is not None:
        return earlier
    closed = RunRequest(Path.cwd() / FOLDER / "runs", first_day=newest, last_day=last_day(newest))
    last = run("The newest closed week", closed)
    return replace(last, failed_checks=[*earlier.failed_checks, *last.failed_checks])


def _what_next(settings: Settings, newest: date, reports: Path) -> str:
    from volt_assets.reports.files.weekly_files import INDEX

    team, volt = reports / "team_summary.html", called_as()
    return f"""
The team's report of {newest} to {last_day(newest)}:
  {_shown(team)}
Open it in a browser:
  {team.as_uri()}
People's reports, and all weeks:
  {_shown(reports / "individual")}
  {_shown(settings.reports_path / INDEX)}

Next, the same in Dagster's UI:
  VOLT_HOME={_for_project(settings.home)} VOLT_PEOPLE_CONFIG={_for_project(settings.people_config_path)} {volt} ui
Or your own company's last week, with your tokens in .env (.env.example shows how):
  {volt} run --start-date {newest} --end-date {last_day(newest)}"""


def _shown(path: Path) -> Path:
    return path.relative_to(Path.cwd())


def _for_project(path: Path) -> Path:
    """A path for a command given here: settings take it from the project, which may be a folder above."""
    here = Path.cwd()
    return path.relative_to(here) if find_project(here) == here.resolve() else path
