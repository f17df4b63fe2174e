"""What `volt run --start-from fibery --stale` does and prints. Which weeks are stale is found out in `staleness.py`."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from volt_assets.cli.output import print_json, report_error
from volt_assets.settings import Settings

CANCELLED = 3


def refresh_stale_weeks(output_dir: Path, dry_run: bool, as_json: bool) -> int:
    """Bring the stale weeks up to date, or with `dry_run` name them. Returns the exit code."""
    settings = Settings.load()
    from volt_assets.cli.run import report_failed_checks, terminal_progress
    from volt_assets.orchestration.failed_checks import by_check
    from volt_assets.runs.refresh import refresh

    with terminal_progress() as progress:
        done = refresh(settings, output_dir, dry_run=dry_run, progress=progress)
    if done.failed is not None:
        report_error(done.failed.error.code, done.failed.error.message, run_id=done.failed.run_id)
        return CANCELLED if done.failed.status == "canceled" else done.failed.error.exit_code
    if as_json:
        told = {"stale_weeks": _texts(done.stale_weeks), "restamped_weeks": _texts(done.restamped_weeks)}
        if not dry_run:
            told |= {"requests": done.requests, "run_ids": done.run_ids, "failed_checks": by_check(done.failed_checks)}
        print_json(told)
        report_failed_checks(done.failed_checks)
        return 0
    for what, weeks in (("Out of date", done.stale_weeks), ("Not concerned by the edit", done.restamped_weeks)):
        click.echo(f"{what}: {', '.join(_texts(weeks)) or 'no week'}")
    for run_id in done.run_ids:
        click.echo(f"{run_id} completed")
    for path in done.reports:
        click.echo(path)
    report_failed_checks(done.failed_checks)
    return 0


def _texts(weeks: Sequence[date]) -> list[str]:
    return [week.isoformat() for week in weeks]
