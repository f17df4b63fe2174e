"""`volt clean`: remove run folders. They are exports: no command reads them, and the warehouse is not touched."""

import shutil
import sys
from pathlib import Path

import click

from volt_assets.cli.output import print_json
from volt_assets.errors import VoltError


@click.command("clean")
@click.option(
    "--output-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("tmp/runs"),
    show_default=True,
    help="Folder that the run folders are in.",
)
@click.option("--yes", is_flag=True, help="Remove them without confirmation.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object. Implies --yes.")
def command(output_dir: Path, yes: bool, as_json: bool) -> None:
    """Remove run folders.

    Only the folders of runs (run_*, with run_metadata.json) are removed, nothing beside them. Stored weeks and the list
    of runs stay; `volt run --start-from reports` makes a new one.

    \b
    Examples:
      volt clean
      volt clean --output-dir reports/2025 --yes
    """
    folders = run_folders(output_dir)
    if not as_json:
        for folder in folders:
            click.echo(folder)
    if folders and sys.stdin.isatty() and not (yes or as_json):
        click.confirm(f"Remove {_counted(folders)}?", abort=True, err=True)
    for folder in folders:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise VoltError(f"{folder} could not be removed: {error.strerror}.", code="not_removed") from None
    if as_json:
        print_json({"removed": [str(folder.absolute()) for folder in folders]})
    else:
        click.echo(
            f"Removed {_counted(folders)}." if folders else f"There are no run folders in {output_dir}.", err=True
        )


def run_folders(parent: Path) -> list[Path]:
    """The folders of runs in `parent`, oldest first; links are left alone."""
    return sorted(
        folder
        for folder in parent.glob("run_*")
        if (folder / "run_metadata.json").is_file() and not folder.is_symlink()
    )


def _counted(folders: list[Path]) -> str:
    return f"{len(folders)} run folder{'s' if len(folders) != 1 else ''}"
