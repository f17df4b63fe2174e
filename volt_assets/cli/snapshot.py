"""`volt snapshot`: a copy of the warehouse for other tools. DuckDB is imported only when the command runs."""

from pathlib import Path

import click

from volt_assets.cli.options import json_option
from volt_assets.cli.output import print_json
from volt_assets.settings import Settings


@click.command("snapshot")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def command(file: Path, as_json: bool) -> None:
    """Copy the warehouse to a file that other tools can read while runs go on.

    The copy is consistent. A run waits for as long as a file takes to be copied, and goes on. An earlier copy is
    replaced; whoever has it open keeps reading it.

    \b
    Example:
      volt snapshot week.duckdb
    """
    settings = Settings.load()
    from volt_assets.warehouse.snapshot import take

    file = file.absolute()
    as_of = take(settings.warehouse_path, file, settings.volt_lock_wait)
    if as_json:
        print_json({"file": str(file), "as_of": as_of.isoformat().replace("+00:00", "Z")})
    else:
        click.echo(file)
