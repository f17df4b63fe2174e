"""`volt export-person`. What reads and writes is imported only when the command runs."""

from pathlib import Path

import click

from volt_assets.cli.options import json_option
from volt_assets.cli.output import print_json
from volt_assets.settings import Settings


@click.command("export-person")
@click.argument("email", metavar="EMAIL")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False))
@json_option
def command(email: str, folder: Path | None, as_json: bool) -> None:
    """Write all that is held on a person to a new folder: README.md says what is in it.

    Without DIR, the folder is person-EMAIL in the working folder. Rows are JSON and CSV, reports are as they were
    made, in all versions. Other people's names in shared texts are in it: look at it before you hand it on.

    \b
    Example:
      volt export-person ana@example.com
    """
    settings = Settings.load()
    from volt_assets.runs.rights.export_person import export_person

    target = (folder or Path(f"person-{email.strip().casefold()}")).absolute()
    held = export_person(settings, email, target)
    if as_json:
        print_json({"folder": str(target), "holds": held})
    else:
        click.echo(target)
