"""`volt forget`. What looks and changes is imported only when the command runs."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from volt_assets.cli.options import json_option
from volt_assets.cli.output import print_json
from volt_assets.errors import BadInput
from volt_assets.formatting import plural
from volt_assets.settings import Settings

if TYPE_CHECKING:
    from volt_assets.runs.rights.forget import Removal


@click.command("forget")
@click.argument("email", metavar="EMAIL")
@click.option("--dry-run", is_flag=True, help="Only say what would be changed.")
@click.option("--yes", is_flag=True, help="Remove the person without confirmation.")
@json_option
def command(email: str, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Take a person out of everything that Volt keeps, and keep them out.

    Their time stays, under "someone who was removed", so that sums go on adding up; names, addresses, ids, texts and
    their own reports go, in all versions, in the folders of runs and in Dagster's records. It cannot be undone. What
    was set aside by volt restore is deleted. volt ui must not be running, nor a run.

    \b
    Examples:
      volt forget ana@example.com --dry-run
      volt forget ana@example.com --yes
    """
    settings = Settings.load()
    from volt_assets.runs.rights.forget import BEYOND_REACH, forget

    if not dry_run and not yes:
        if as_json or not sys.stdin.isatty():
            raise BadInput(
                "Forgetting cannot be undone. Look at it with --dry-run, then give --yes.", code="not_confirmed"
            )
        for line in _lines(forget(settings, email, dry_run=True)):
            click.echo(line, err=True)
        click.confirm("Forget this person? It cannot be undone.", abort=True, err=True)
    removal = forget(settings, email, dry_run=dry_run)
    if as_json:
        print_json(removal.as_json())
        return
    for line in _lines(removal):
        click.echo(line)
    click.echo("Beyond Volt's reach:", err=True)
    for line in BEYOND_REACH:
        click.echo(f"- {line}", err=True)


def _lines(removal: "Removal") -> Iterator[str]:
    """What was changed, or would be, for people."""
    if not removal.people:
        yield "The person was removed before; what was left to do is done."
    for table, rows in sorted(removal.tables.items()):
        yield f"{table}: {plural(rows, 'row')}"
    for file, rows in removal.records.items():
        yield f"Dagster's {file}: {plural(rows, 'value')}"
    if removal.weeks:
        yield f"reports as files: {', '.join(removal.weeks)}"
    verb = "to write again" if removal.dry_run else "written again"
    yield from (f"{folder}: {verb}" for folder in removal.rewritten)
    yield from (f"{path}: {'to delete' if removal.dry_run else 'deleted'}" for path in removal.removed)
