"""`volt export`: a run folder's files for stored days, without asking anybody."""

from pathlib import Path

import click

from volt_assets.cli.output import print_json
from volt_assets.settings import Settings
from volt_assets.weeks import parse_day


@click.command("export")
@click.option("--start-date", metavar="DATE", required=True, help="First day, YYYY-MM-DD.")
@click.option("--end-date", metavar="DATE", required=True, help="Last day, included.")
@click.option("--users", metavar="EMAILS", help="Only these people: addresses, separated by commas.")
@click.option(
    "--output-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("tmp/exports"),
    show_default=True,
    help="Folder that the export's own folder is made in.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def command(start_date: str, end_date: str, users: str | None, output_dir: Path, as_json: bool) -> None:
    """Write the files of a run's folder for any stored days, without asking Toggl or Fibery.

    \b
    Example:
      volt export --start-date 2025-10-01 --end-date 2025-10-31
    """
    from volt_assets.cli.run import addresses_of
    from volt_assets.runs.export import export

    folder, weeks = export(Settings.load(), parse_day(start_date), parse_day(end_date), addresses_of(users), output_dir)
    if as_json:
        print_json({"output_dir": str(folder), "weeks": [week.isoformat() for week in weeks]})
    else:
        click.echo(folder)
