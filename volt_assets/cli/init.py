"""`volt init`: ask for what is needed, check it, write `.env`.

Dagster takes a second to import, so what needs it is imported only once there is something to check.
"""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from volt_assets.cli.output import called_as
from volt_assets.errors import BadInput, VoltError
from volt_assets.settings import Settings, find_project
from volt_assets.weeks import closed_weeks, last_day, local_day

if TYPE_CHECKING:
    from volt_assets.runs.init import TogglSeen

Seen = TypeVar("Seen")

_WHERE = {
    "TOGGL_API_TOKEN": "Toggl Track's token of a workspace admin: at the bottom of https://track.toggl.com/profile. "
    "What you paste is not shown.",
    "TOGGL_WORKSPACE_ID": "The number of the Toggl workspace: in the address of its reports, "
    "https://track.toggl.com/reports/detailed/NUMBER. The whole address will do.",
    "FIBERY_WORKSPACE_NAME": "The name of the Fibery workspace: NAME in https://NAME.fibery.io. The address will do.",
    "FIBERY_API_TOKEN": "Fibery's token: in Fibery's Settings, API tokens. What you paste is not shown.",
    "VOLT_TIMEZONE": "The time zone in which days and weeks are reckoned.",
    "VOLT_FIRST_WEEK": "The first week to fetch: a Monday.",
}


@click.command("init")
@click.option(
    "--from-env",
    is_flag=True,
    help="Ask nothing: take the settings from the environment, check them, and write them to .env.",
)
def command(from_env: bool) -> int:
    """Set Volt up: ask for tokens and workspaces, check them, and write .env.

    Says where to find each, recognises what was pasted, and offers the time zone and the first week. Tokens are not
    shown while they are typed, and .env is readable by its owner alone. Other lines of an existing .env stay.

    \b
    Examples:
      volt init
      volt init --from-env
    """
    project = find_project()
    if from_env:
        values = _taken(project)
    elif sys.stdin.isatty():
        values = _asked(project)
    else:
        raise BadInput(
            "There is no terminal to ask in. Set the settings in the environment and give --from-env.", code="usage"
        )
    from volt_assets.runs.init import write_dotenv

    write_dotenv(project / ".env", values)
    click.echo(f"Written: {project / '.env'}, which only you can read.")
    settings = Settings.of(project, values)
    closed = closed_weeks(datetime.now(UTC), settings.volt_first_week, settings.zone)
    if closed:
        click.echo(f"Next:\n  {called_as()} run --start-date {closed[-1]} --end-date {last_day(closed[-1])}")
    else:
        click.echo(f"No week has closed since {settings.volt_first_week}. Until then:\n  {called_as()} doctor")
    return 0


def _taken(project: Path) -> dict[str, str]:
    from volt_assets.runs.init import from_environment, see_fibery, see_toggl

    values = from_environment(os.environ)
    settings = Settings.of(project, values)
    _tell_toggl(see_toggl(settings))
    _tell_fibery(see_fibery(settings))
    return values


def _asked(project: Path) -> dict[str, str]:
    from volt_assets.runs import pasted
    from volt_assets.runs.init import first_week_offered, see_fibery, see_toggl

    click.echo("Each question says where to find the answer. Ctrl-C ends this, and nothing is written.\n")
    values: dict[str, str] = {}

    def ask_toggl() -> "TogglSeen":
        values["TOGGL_API_TOKEN"] = _ask("TOGGL_API_TOKEN", lambda text: pasted.token_of("toggl", text), hidden=True)
        values["TOGGL_WORKSPACE_ID"] = _ask("TOGGL_WORKSPACE_ID", pasted.workspace_of)
        return see_toggl(Settings.of(project, values))

    def ask_fibery() -> int:
        values["FIBERY_WORKSPACE_NAME"] = _ask("FIBERY_WORKSPACE_NAME", pasted.fibery_name_of)
        values["FIBERY_API_TOKEN"] = _ask("FIBERY_API_TOKEN", lambda text: pasted.token_of("fibery", text), hidden=True)
        return see_fibery(Settings.of(project, values))

    seen = _until_accepted(ask_toggl)
    _tell_toggl(seen)
    _tell_fibery(_until_accepted(ask_fibery))

    def checked(name: str) -> Callable[[str], str]:
        def check(text: str) -> str:
            Settings.of(project, {**values, name: text})
            return text.strip()

        return check

    values["VOLT_TIMEZONE"] = _ask("VOLT_TIMEZONE", checked("VOLT_TIMEZONE"), offered=seen.zone or "UTC")
    today = local_day(datetime.now(UTC), Settings.of(project, values).zone)
    offered = first_week_offered(seen, today).isoformat()
    values["VOLT_FIRST_WEEK"] = _ask("VOLT_FIRST_WEEK", checked("VOLT_FIRST_WEEK"), offered=offered)
    return values


def _ask(name: str, read: Callable[[str], str], *, hidden: bool = False, offered: str | None = None) -> str:
    """The answer, asked for until `read` accepts it."""
    click.echo(_WHERE[name])
    while True:
        try:
            return read(click.prompt(name, hide_input=hidden, default=offered, type=str))
        except BadInput as error:
            click.echo(error.message, err=True)


def _until_accepted(ask: Callable[[], Seen]) -> Seen:
    """What a service shows, asking again while it refuses what was given."""
    while True:
        try:
            return ask()
        except VoltError as error:
            if error.exit_code != BadInput.exit_code:
                raise
            click.echo(f"{error.message}\n", err=True)


def _tell_toggl(seen: "TogglSeen") -> None:
    people = f"{seen.people} people" if seen.people else "nobody by name"
    click.echo(f"Toggl accepts the token, and lists {people}.\n")
    if seen.admin is False:
        click.echo("Its owner is no admin of the workspace, so it may show the owner's time alone.\n", err=True)


def _tell_fibery(databases: int) -> None:
    click.echo(f"Fibery accepts the token, and shows {databases} databases.\n")
