"""How commands report runs that they made: why one did not complete, which checks failed, and the exit code."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from volt_assets.cli.output import report_error
from volt_assets.orchestration.failed_checks import FailedCheck, by_check

if TYPE_CHECKING:
    from volt_assets.runs.run import RunResult

CANCELLED = 3
# Of the weeks that a check fails for.
WEEKS_NAMED = 5


def fail_unless_completed(result: "RunResult | None", failed_checks: Sequence[FailedCheck]) -> int:
    """The exit code of a run that was made (None: of none). If it did not complete, its error is reported, together
    with the failed checks of all runs of the command.
    """
    if result is None or result.error is None:
        return 0
    report_error(result.error.code, result.error.message, run_id=result.run_id, failed_checks=by_check(failed_checks))
    report_failed_checks(failed_checks)
    return CANCELLED if result.status == "canceled" else result.error.exit_code


def report_failed_checks(failed: Sequence[FailedCheck]) -> None:
    """Report on stderr the checks of severity error that failed. They change no exit code."""
    if not failed:
        return
    click.echo("Checks that failed; their pages in Dagster (volt ui) show what they found:", err=True)
    for check in by_check(failed):
        weeks = check["weeks"]
        named = ", ".join(weeks[:WEEKS_NAMED])
        more = f" and {len(weeks) - WEEKS_NAMED} more" if len(weeks) > WEEKS_NAMED else ""
        of_weeks = f"{'week' if len(weeks) == 1 else 'weeks'} of {named}{more}"
        click.echo(f"- {check['check']} of {check['asset']}: {of_weeks}", err=True)
