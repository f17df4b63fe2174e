"""What commands print: JSON on stdout, everything for people on stderr, and errors as both."""

import json
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from volt_assets.errors import VoltError

JSON_OUTPUT = "--json"


def print_json(value: Any) -> None:
    """The one line of JSON that a command with --json prints on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False))


def report_error(code: str, message: str, *, run_id: str | None = None, **more: Any) -> None:
    """Report an error on stderr and, with --json, as one JSON object on stdout."""
    click.echo(f"Error: {message}" if code != "cancelled" else message, err=True)
    if JSON_OUTPUT in sys.argv:
        print_json({"error": {"code": code, "message": message}, "run_id": run_id, **more})


def with_sources(message: str) -> str:
    """The message of an error, and where the settings that it names are set.

    Settings are imported here because most commands end without an error.
    """
    from volt_assets.setting_sources import places_of_named
    from volt_assets.settings import Settings, find_project

    try:
        sources = list(places_of_named(message, Settings.names(), find_project() / ".env"))
    except VoltError:
        return message  # it already reports that the file cannot be read
    return "\n".join([message, *sources])


def called_as() -> str:
    """How to call `volt` in a command to copy: as it was called, or "volt" where that is the same."""
    typed = Path(sys.argv[0])
    if typed.name != "volt":
        return "volt"
    found = shutil.which("volt")
    return "volt" if found is not None and Path(found).resolve() == typed.resolve() else shlex.quote(sys.argv[0])


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on stdout. Where a terminal is too narrow, the last column is wrapped."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if not console.is_terminal:
        console.width = 1000  # a file or a pipe has no width to fit
    table = Table()
    for header in headers:
        table.add_column(header, no_wrap=header != headers[-1])
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def duration(seconds: float | None) -> str:
    """Seconds as "8m 45s"; empty where not known."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "m"), (rest, "s")]
    while len(parts) > 1 and not parts[0][0]:
        parts.pop(0)
    return " ".join(f"{value}{unit}" for value, unit in parts)
