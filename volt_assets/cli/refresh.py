"""What `volt run --start-from fibery --stale` does and prints; `runs/refresh.py` finds which weeks are stale.

Dagster takes a second to import, so what needs it is imported only after the settings are known to be sound.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from volt_assets.cli.output import print_json
from volt_assets.cli.progress import terminal_progress
from volt_assets.cli.results import fail_unless_completed, report_failed_checks
from volt_assets.orchestration.failed_checks import by_check
from volt_assets.settings import Settings

if TYPE_CHECKING:
    from volt_assets.runs.refresh import Refreshed


def refresh_stale_weeks(output_dir: Path, dry_run: bool, as_json: bool) -> int:
    """Bring the stale weeks up to date, or with `dry_run` name them. Returns the exit code."""
    settings = Settings.load()
    from volt_assets.runs.refresh import refresh

    with terminal_progress() as progress:
        done = refresh(settings, output_dir, dry_run=dry_run, progress=progress)
    code = fail_unless_completed(done.failed, done.failed_checks)
    if code:
        return code
    if as_json:
        print_json(_as_json(done, dry_run))
    else:
        for what, weeks in (("Out of date", done.stale_weeks), ("Not affected by the edit", done.restamped_weeks)):
            click.echo(f"{what}: {', '.join(_texts(weeks)) or 'no week'}")
        for run_id in done.run_ids:
            click.echo(f"{run_id} completed")
        for path in done.reports:
            click.echo(path)
    report_failed_checks(done.failed_checks)
    return 0


def _as_json(done: "Refreshed", dry_run: bool) -> dict[str, Any]:
    weeks = {"stale_weeks": _texts(done.stale_weeks), "restamped_weeks": _texts(done.restamped_weeks)}
    if dry_run:
        return weeks
    return {
        **weeks,
        "requests": done.requests,
        "run_ids": done.run_ids,
        "failed_checks": by_check(done.failed_checks),
    }


def _texts(weeks: Sequence[date]) -> list[str]:
    return [week.isoformat() for week in weeks]
