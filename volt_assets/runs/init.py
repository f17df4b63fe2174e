"""Setting Volt up: whether the services accept what was given, what to offer for the rest, and the `.env` file."""

import asyncio
import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from volt_assets.disk import refused
from volt_assets.errors import BadInput
from volt_assets.fibery.client import FiberyClient
from volt_assets.settings import Settings
from volt_assets.toggl.client import TogglClient
from volt_assets.weeks import week_of

NEEDED = ("TOGGL_API_TOKEN", "TOGGL_WORKSPACE_ID", "FIBERY_API_TOKEN", "FIBERY_WORKSPACE_NAME")
# What else of the environment `.env` gets: it belongs to the four, or decides what weeks are.
ALONG = ("TOGGL_API_URL", "FIBERY_API_URL", "VOLT_TIMEZONE", "VOLT_FIRST_WEEK")
# How many weeks before this one are offered as the first: they take a few requests.
WEEKS_OFFERED = 8
_PLAIN = re.compile(r"[\w./:+@-]*")


@dataclass(frozen=True)
class TogglSeen:
    """What Toggl shows: whether the owner is an admin (None: not said), how many people, their zone, the oldest day."""

    admin: bool | None
    people: int
    zone: str | None
    oldest: date | None


def see_toggl(settings: Settings) -> TogglSeen:
    """Ask Toggl for its workspace and people: two or three requests. Raises a VoltError where it refuses."""

    async def ask() -> TogglSeen:
        access = settings.require_toggl()
        async with TogglClient(access, timeout_seconds=settings.volt_http_timeout, attempts=2) as client:
            workspace = await client.workspace()
            people = await client.people()
        zones = Counter(person.timezone for person in people if person.active and person.timezone)
        days = workspace.days_shown
        oldest = datetime.now(UTC).date() - timedelta(days=days) if days else None
        return TogglSeen(workspace.admin, len(people), zones.most_common(1)[0][0] if zones else None, oldest)

    return asyncio.run(ask())


def see_fibery(settings: Settings) -> int:
    """Ask Fibery for its schema, and count the databases. Raises a VoltError where it refuses."""

    async def ask() -> int:
        access = settings.require_fibery()
        async with FiberyClient(access, timeout_seconds=settings.volt_http_timeout, attempts=2) as client:
            schema, _ = await client.schema()
        return len(schema.databases) if schema is not None else 0

    return asyncio.run(ask())


def first_week_offered(seen: TogglSeen, today: date) -> date:
    """A Monday some weeks ago, or the first one that the plan shows as a whole."""
    week = week_of(today) - timedelta(weeks=WEEKS_OFFERED)
    return max(week, week_of(seen.oldest + timedelta(days=7))) if seen.oldest else week


def from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings of the environment that `.env` gets. Raises BadInput naming what is missing."""
    given = {name.upper(): value.strip() for name, value in environment.items() if value.strip()}
    missing = [name for name in NEEDED if name not in given]
    if missing:
        raise BadInput(f"{', '.join(missing)}: not set in the environment. Set what is missing.", code="missing_token")
    return {name: given[name] for name in (*NEEDED, *ALONG) if name in given}


def write_dotenv(file: Path, values: Mapping[str, str]) -> None:
    """Set these names in a `.env` file, readable by its owner alone; its other lines stay as they are."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines() if file.exists() else []
        set_already = set()
        for number, line in enumerate(lines):
            found = re.match(r"\s*(?:export\s+)?(\w+)\s*=", line)
            name = found[1].upper() if found else ""
            if name in values:
                lines[number] = _line(name, values[name])
                set_already.add(name)
        lines += [_line(name, value) for name, value in values.items() if name not in set_already]
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
                out.write("\n".join(lines) + "\n")
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
    except UnicodeDecodeError:
        raise BadInput(f"{file} is not UTF-8. Save it as UTF-8 and try again.", code="bad_setting") from None
    except OSError as error:
        raise refused(file, str(error.strerror)) from None


def _line(name: str, value: str) -> str:
    if _PLAIN.fullmatch(value):
        return f"{name}={value}"
    if "'" in value or "\n" in value or "${" in value:
        # The value is not repeated: it may be a secret.
        raise BadInput(f"{name} holds characters that cannot stand in .env.", code="bad_setting")
    return f"{name}='{value}'"
