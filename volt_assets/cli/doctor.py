"""`volt doctor`: what is the matter, before anybody has to look.

Dagster takes a second to import, so what needs it is imported only when the command runs.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from volt_assets.cli.options import json_option
from volt_assets.cli.output import print_json
from volt_assets.settings import Settings

if TYPE_CHECKING:
    from volt_assets.runs.doctor.checks import Check

_SIGNS = {"ok": "ok      ", "warning": "warning ", "failed": "FAILED  "}


@click.command("doctor")
@click.option(
    "--facts",
    "facts_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file what the answers look like: keys, headers and types, no values. For Volt's developers.",
)
@click.option(
    "--deep", is_flag=True, help="Also try what no documentation says: at most 12 requests to Toggl, 6 to Fibery."
)
@json_option
def command(facts_file: Path | None, deep: bool, as_json: bool) -> int:
    """Check settings, tokens and rights, both services, the warehouse, Dagster, disk and clock.

    Each line says what was checked, what was found and what to do. Sends at most 3 requests to Toggl and 3 to Fibery.
    Exit code 1 where something has failed; warnings do not count.

    \b
    Examples:
      volt doctor
      volt doctor --deep --facts facts.json
    """
    from volt_assets.runs.doctor.diagnosis import diagnose

    diagnosis = diagnose(Settings.load, deep=deep, on_check=(lambda check: None) if as_json else _show)
    if facts_file is not None:
        diagnosis.facts.write(facts_file, {check.name: check.status for check in diagnosis.checks})
    if as_json:
        print_json(diagnosis.as_json())
    elif facts_file is not None:
        click.echo(f"What the answers look like is in {facts_file}: look through it before you send it.", err=True)
    return 0 if diagnosis.is_ok else 1


def _show(check: "Check") -> None:
    click.echo(f"{_SIGNS[check.status]}{check.name}: {check.found}")
    if check.advice:
        click.echo(f"        {check.advice}")
