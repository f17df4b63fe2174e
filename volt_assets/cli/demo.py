"""`volt demo`: Volt on an invented company, in a folder of its own, over loopback only."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from volt_assets.cli.run import fail_unless_completed, report_failed_checks, terminal_progress
from volt_assets.interrupts import watch_interrupts

FOLDER = Path("volt-demo")
TIMEZONE = "Europe/Berlin"
# The company has twelve weeks; the last may be open.
EARLIER_WEEKS = timedelta(weeks=10)


@click.command("demo")
@watch_interrupts()
def command() -> int | None:
    """Show Volt on an invented company: no account, no token.

    Serves the company's Toggl and Fibery on loopback, fetches its weeks, and ends with the paths of the newest closed
    week's reports. Everything is in ./volt-demo, which can be removed. Your settings are not read.

    \b
    Example:
      volt demo
    """
    from volt_assets.sandbox.generated import generated_company
    from volt_assets.sandbox.server import start_sandbox

    with start_sandbox(generated_company()) as sandbox:
        # Nothing of the user's own settings may reach a run on an invented company, nor the other way round.
        for name in list(os.environ):
            if name.startswith(("VOLT_", "TOGGL_", "FIBERY_", "DAGSTER_HOME", "OPENAI_")):
                del os.environ[name]
        os.environ |= sandbox.environment | {"VOLT_TIMEZONE": TIMEZONE, "no_proxy": "127.0.0.1"}

        from volt_assets.execution import RunRequest, run_weeks
        from volt_assets.partitions import closed_weeks, last_day
        from volt_assets.reports.weekly_files import INDEX
        from volt_assets.settings import Settings

        folder = Path.cwd() / FOLDER
        folder.mkdir(exist_ok=True)
        settings = Settings.load(folder, dotenv=False)
        newest = closed_weeks(datetime.now(UTC), settings.volt_first_week, settings.zone)[-1]
        # What was spent before, and the trend, are known of weeks that are stored.
        before = RunRequest(None, first_day=newest - EARLIER_WEEKS, last_day=newest - timedelta(days=1))
        requests = before, RunRequest(output_dir=folder / "runs", first_day=newest, last_day=last_day(newest))
        failed_checks = []
        for request in requests:
            click.echo(f"{request.first_day} to {request.last_day}:", err=True)
            with terminal_progress() as progress:
                result = run_weeks(settings, request, progress)
            code = fail_unless_completed(result)
            if code:
                return code
            failed_checks += result.failed_checks
    click.echo(f"{result.run_id} {result.status}. Its reports:")
    for path in result.reports:
        click.echo(path.relative_to(Path.cwd()))
    click.echo("All weeks, to open in a browser:")
    click.echo((settings.reports_path / INDEX).relative_to(Path.cwd()))
    report_failed_checks(failed_checks)
    return None
