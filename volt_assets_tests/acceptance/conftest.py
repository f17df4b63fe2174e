"""Sandboxes that all tests of this folder share, and homes with stored weeks to look at or to copy.

Nobody changes a shared home: tests that store something do so in a copy.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.acceptance.home import Home, Outcome
from volt_assets_tests.work_log import BUSIEST, TIMEZONE, LoggedEntry, company_of, read_entries


@pytest.fixture(scope="session")
def work_log(log_folder: Path) -> list[LoggedEntry]:
    return read_entries(log_folder)


@pytest.fixture(scope="session")
def sip_server(log_folder: Path) -> Iterator[Sandbox]:
    with start_sandbox(company_of(log_folder), SandboxSettings(fibery_limits=False)) as sandbox:
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
        return new_home(sip_server, VOLT_TIMEZONE=TIMEZONE, VOLT_FIRST_WEEK="2006-01-02")

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
