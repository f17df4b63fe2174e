"""`volt reports`: where the weekly reports are, and opening them in the browser.

The modules that know the folder import DuckDB, so they are imported only when the command runs.
"""

import webbrowser

import click

from volt_assets.cli.options import json_option
from volt_assets.cli.output import print_json
from volt_assets.errors import BadInput
from volt_assets.settings import Settings


@click.command("reports")
@click.option("--open", "open_them", is_flag=True, help="Open the list of all weeks in the browser.")
@json_option
def command(open_them: bool, as_json: bool) -> None:
    """Print where the weekly reports are, and open them.

    Prints the path of the page that lists every week and person. It opens without `volt ui`.

    \b
    Example:
      volt reports --open
    """
    from volt_assets.reports.files.weekly_files import INDEX
    from volt_assets.reports.files.whole_folders import sweep

    folder = Settings.load().reports_path
    sweep(folder)
    index = folder / INDEX
    if not index.is_file():
        raise BadInput(f"There are no weekly reports in {folder} yet. `volt run` makes them.", code="no_reports")
    weeks = sorted((entry.name for entry in folder.glob("????-W??") if entry.is_dir()), reverse=True)
    if as_json:
        print_json({"index": str(index), "weeks": weeks})
    else:
        click.echo(index)
    if open_them:
        webbrowser.open(index.as_uri())
