"""`volt --version`: the program's version, and the level of tables that it writes and that the warehouse has.

What it needs is imported when it is asked for: the other commands are started without.
"""

import click

from volt_assets import __version__
from volt_assets.errors import VoltError


def show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Print both and end. Nothing is written, and no file is made."""
    if not wanted or context.resilient_parsing:
        return
    from volt_assets.warehouse.migrating import newest_level

    newest = newest_level()
    click.echo(f"volt, version {__version__}, warehouse level {newest}")
    if about := _of_the_file(newest):
        click.echo(about)
    context.exit()


def _of_the_file(newest: str) -> str | None:
    """The level of the warehouse's file; None where there is none."""
    from volt_assets.settings import Settings
    from volt_assets.warehouse.migrating import level_of_file

    try:
        path = Settings.load().warehouse_path
    except VoltError:
        return None  # the first command that needs the settings says what is wrong
    if not path.exists():
        return None
    level = level_of_file(path)
    if level is None:
        return f"{path} is in use or cannot be read, so its level is not known."
    if level == newest:
        return f"{path} is at this level."
    if level > newest:
        return f"{path} is at level {level}: a newer Volt wrote it, and this one leaves it alone."
    return f"{path} is at level {level}: the next command that reads it brings it to {newest}."
