"""`volt restore`. What checks and copies is imported only when the command runs."""

import sys
from pathlib import Path

import click

from volt_assets.cli.backup import in_words
from volt_assets.cli.options import json_option
from volt_assets.cli.output import print_json
from volt_assets.errors import BadInput
from volt_assets.settings import Settings


@click.command("restore")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--yes", is_flag=True, help="Also where a warehouse, records or reports exist. They are set aside.")
@json_option
def command(folder: Path, yes: bool, as_json: bool) -> None:
    """Put a backup back: the warehouse, Dagster's records and the reports.

    The backup is checked first. Then all of it takes its place or, where anything fails, nothing. What was there is set
    aside under names that are printed; remove it when you no longer need it.

    \b
    Example:
      volt restore backups/2025-10-13 --yes
    """
    settings = Settings.load()
    from volt_assets.runs.restore import checked, in_the_way, restore

    folder = folder.absolute()
    contents = checked(folder)
    existing = in_the_way(settings)
    if existing and not yes:
        names = ", ".join(map(str, existing))
        if as_json or not sys.stdin.isatty():
            raise BadInput(f"{names} would be replaced. Give --yes to set that aside and restore.", code="exists")
        click.confirm(f"Set {names} aside and restore {in_words(contents['holds'])}?", abort=True, err=True)
    aside = restore(settings, folder)
    if as_json:
        print_json({"home": str(settings.home), "holds": contents["holds"], "set_aside": [str(path) for path in aside]})
    else:
        click.echo(f"Restored {in_words(contents['holds'])}, as of {contents['made_at']}.", err=True)
        for path in aside:
            click.echo(path)
