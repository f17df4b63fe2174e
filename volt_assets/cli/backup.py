"""`volt backup`. What makes the copy is imported only when the command runs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from volt_assets.cli.options import json_option
from volt_assets.cli.output import print_json
from volt_assets.settings import Settings


@click.command("backup")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@json_option
def command(folder: Path, as_json: bool) -> None:
    """Copy the warehouse, Dagster's records and the reports to a new folder.

    They are of one moment: while a run is in progress no backup is made. Settings and configuration are not in it, and
    no token. `volt restore` puts it back.

    \b
    Example:
      volt backup backups/2025-10-13
    """
    settings = Settings.load()
    from volt_assets.runs.backup import back_up

    folder = folder.absolute()
    contents = back_up(settings, folder)
    if as_json:
        print_json({"folder": str(folder), "made_at": contents["made_at"], "holds": contents["holds"]})
    else:
        click.echo(folder)
        click.echo(f"It holds {in_words(contents['holds'])}.", err=True)


def in_words(holds: Mapping[str, Any]) -> str:
    """What a backup holds, for people."""
    weeks = f"{holds['weeks']} weeks"
    if holds["weeks"]:
        weeks += f" ({holds['first_week']} to {holds['last_week']})"
    return f"{weeks} with {holds['entries']} entries, {holds['runs']} runs, {holds['report_files']} report files"
