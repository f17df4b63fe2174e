"""`volt export`: a run folder's files for stored days, without any request.

DuckDB and Dagster take a second to import, so what needs them is imported only when the command runs.
"""

from pathlib import Path

import click

from volt_assets.cli.options import addresses_of, json_option, users_option
from volt_assets.cli.output import print_json
from volt_assets.settings import Settings
from volt_assets.weeks import parse_day


@click.command("export")
@click.option("--start-date", metavar="DATE", required=True, help="First day, YYYY-MM-DD.")
@click.option("--end-date", metavar="DATE", required=True, help="Last day, included.")
@users_option
@click.option(
    "--output-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("tmp/exports"),
    show_default=True,
    help="Folder that the export's own folder is made in.",
)
@click.option(
    "--xlsx",
    "with_workbook",
    is_flag=True,
    help="Also write reports/time.xlsx: time, people, projects and items as sheets with filters and totals.",
)
@json_option
def command(
    start_date: str, end_date: str, users: str | None, output_dir: Path, with_workbook: bool, as_json: bool
) -> None:
    """Write the files of a run's folder for any stored days, without requests to Toggl or Fibery.

    \b
    Example:
      volt export --start-date 2025-10-01 --end-date 2025-10-31
      volt export --start-date 2025-10-06 --end-date 2025-10-12 --xlsx
    """
    from volt_assets.runs.export import export

    first_day, last_day = parse_day(start_date), parse_day(end_date)
    folder, weeks = export(
        *(Settings.load(), first_day, last_day, addresses_of(users), output_dir), with_workbook=with_workbook
    )
    if as_json:
        print_json({"output_dir": str(folder), "weeks": [week.isoformat() for week in weeks]})
    else:
        click.echo(folder)
