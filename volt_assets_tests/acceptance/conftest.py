"""Sandboxes that all tests of this folder share, and homes with stored weeks to look at or to copy.

Nobody changes a shared home: tests that store something do so in a copy.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from volt_assets.sandbox.from_csv import company_from_csv
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.acceptance.home import Home, Outcome

LONDON = ZoneInfo("Europe/London")
BUSIEST = "2007-12-03", "2007-12-09"


@dataclass(frozen=True)
class LoggedEntry:
    """A row of the work log, read without any of Volt's code."""

    email: str
    description: str
    start: datetime
    seconds: int

    @property
    def day(self) -> date:
        return self.start.date()

    @property
    def reference(self) -> tuple[str, str, str] | None:
        """(number, space, database) of "title #number [space] [database] [project]"; None where it has none."""
        head, _, tags = self.description.partition(" [")
        words = head.split()
        if not tags or not words or not words[-1].startswith("#"):
            return None
        space, database = tags.split("] [")[:2]
        return words[-1][1:], space, database.rstrip("]")


def of_days(work_log: list[LoggedEntry], first: date, last: date) -> list[LoggedEntry]:
    return [entry for entry in work_log if first <= entry.day <= last]


def seconds_by(entries: list[LoggedEntry], key: Callable[[LoggedEntry], Any]) -> Counter[Any]:
    """Sums of seconds by what `key` says of an entry."""
    sums: Counter[Any] = Counter()
    for entry in entries:
        sums[key(entry)] += entry.seconds
    return sums


@pytest.fixture(scope="session")
def sip(shared: Path) -> Path:
    return shared / "data" / "sip"


@pytest.fixture(scope="session")
def work_log(sip: Path) -> list[LoggedEntry]:
    entries = []
    with (sip / "toggl_export.csv").open(newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            hours, minutes, seconds = map(int, row["Duration"].split(":"))
            entries.append(
                LoggedEntry(
                    email=row["Email"],
                    description=row["Description"],
                    start=datetime.fromisoformat(f"{row['Start date']}T{row['Start time']}").replace(tzinfo=LONDON),
                    seconds=hours * 3600 + minutes * 60 + seconds,
                )
            )
    return entries


@pytest.fixture(scope="session")
def sip_server(sip: Path) -> Iterator[Sandbox]:
    company = company_from_csv(sip / "toggl_export.csv", sip / "fibery_entities.csv", timezone="Europe/London")
    with start_sandbox(company, SandboxSettings(fibery_limits=False)) as sandbox:
        yield sandbox


@pytest.fixture
def sip_sandbox(sip_server: Sandbox) -> Iterator[Sandbox]:
    """The work log behind both APIs, with nothing noted yet, and as it was at the end."""
    usual = dict(vars(sip_server.settings))
    sip_server.forget()
    yield sip_server
    sip_server.forget()
    vars(sip_server.settings).update(usual)


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Home]:
    """To make an empty home that asks a sandbox."""

    def make(sandbox: Sandbox, **environment: str) -> Home:
        return Home(tmp_path_factory.mktemp("project"), sandbox.environment | environment)

    return make


@pytest.fixture(scope="session")
def new_sip_home(sip_server: Sandbox, new_home: Callable[..., Home]) -> Callable[..., Home]:
    def make() -> Home:
        return new_home(sip_server, VOLT_TIMEZONE="Europe/London", VOLT_FIRST_WEEK="2006-01-02")

    return make


@dataclass(frozen=True)
class Fetched:
    """A home, the run that filled it, and the requests that this sent, as the sandbox saw them."""

    home: Home
    outcome: Outcome
    requests: list[tuple[str, str]]

    def copy(self, project: Path) -> Home:
        return self.home.copy(project)


def fetch(home: Home, sandbox: Sandbox, *days: str) -> Fetched:
    sandbox.forget()
    outcome = home.run(*days)
    return Fetched(home, outcome, [(request["service"], request["path"]) for request in sandbox.requests])


@pytest.fixture(scope="session")
def busiest(sip_server: Sandbox, new_sip_home: Callable[..., Home]) -> Fetched:
    """The week of 2007-12-03, fetched into an empty home."""
    return fetch(new_sip_home(), sip_server, *BUSIEST)


@contextmanager
def edited(sandbox: Sandbox, entry_id: int, **changes: Any) -> Iterator[None]:
    """Within, somebody has edited an entry in Toggl."""
    workspace = sandbox.company.toggl
    before = workspace.entries[entry_id]
    workspace.edit_entry(entry_id, **changes)
    try:
        yield
    finally:
        workspace.entries[entry_id] = before
        workspace.version += 1


# The company has its awkward cases around the edges of weeks in UTC.
GENERATED_ZONE = "UTC"


@pytest.fixture(scope="session")
def today() -> date:
    """The day until which the generated company has worked: today, so its last week is open."""
    return datetime.now(ZoneInfo(GENERATED_ZONE)).date()


@pytest.fixture(scope="session")
def generated_server(today: date) -> Iterator[Sandbox]:
    with start_sandbox(generated_company(until=today), SandboxSettings(fibery_limits=False)) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def generated_weeks(generated_server: Sandbox, new_home: Callable[..., Home], today: date) -> Fetched:
    """The generated company's open week and the two before it, in one run."""
    first = today - timedelta(days=today.weekday(), weeks=2)
    home = new_home(generated_server, VOLT_TIMEZONE=GENERATED_ZONE)
    return fetch(home, generated_server, str(first), str(today))
