"""SIGKILL at random instants of a run and of a backfill over a week that was edited: each table holds the week as it
was or as it is, the next command makes it right, and nothing is left over or in progress for ever.

VOLT_TEST_KILLS says how many; a long test has 200: VOLT_TEST_KILLS=200 pytest -m slow -k random_kills
"""

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.acceptance.home import Home
from volt_assets_tests.acceptance.killable import start
from volt_assets_tests.warehouse.levels import FIRST, TIMEZONE, company

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("VOLT_TEST_KILLS") or 20)
COMMANDS = (
    ("run", "--start-date", "2025-10-06", "--end-date", "2025-10-12"),
    ("backfill", "--from", "2025-10-06", "--to", "2025-10-19", "--refetch"),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    settings = SandboxSettings(fibery_limits=False, page_cap=20)
    with start_sandbox(company(tmp_path_factory.mktemp("company")), settings) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def stored(server: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Two weeks, before an entry of the first became longer."""
    environment = server.environment | {"VOLT_TIMEZONE": TIMEZONE, "VOLT_FIRST_WEEK": str(FIRST)}
    home = Home(tmp_path_factory.mktemp("project"), environment)
    home.run("2025-10-06", "2025-10-19")
    first = next(iter(server.company.toggl.entries.values()))
    server.company.toggl.edit_entry(first.id, stop=first.stop + 600)
    return home


def tables(home: Home) -> dict:
    return home.tables(times=False)


def pages(home: Home) -> dict[str, str]:
    """The published reports, by path."""
    folder = home.project / ".volt" / "reports"
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.md"))}


def left_over(home: Home) -> list[Path]:
    """Drafts, in the home and among the folders of runs."""
    return [path for path in home.project.rglob("*") if path.name.endswith((".tmp", "-new", ".draft"))]


@pytest.mark.parametrize("command", COMMANDS, ids=[command[0] for command in COMMANDS])
def test_after_a_kill_each_table_is_old_or_new_and_the_next_run_is_right(command, stored, tmp_path):
    old = tables(stored)
    whole = stored.copy(tmp_path / "whole")
    began = time.monotonic()
    process = start(whole, *command)
    process.join()
    seconds = time.monotonic() - began
    assert process.exitcode == 0
    new = tables(whole)
    assert new != old
    chance = random.Random(command[0])
    killed = 0
    for number in range(KILLS // len(COMMANDS)):
        home = stored.copy(tmp_path / str(number))
        process = start(home, *command)
        process.join(chance.uniform(0.1, 0.95) * seconds)
        process.kill()
        process.join()
        killed += process.exitcode != 0
        after, published = tables(home), pages(home)
        for name, rows in after.items():
            assert rows in (old[name], new[name]), f"kill {number}: {name} is neither old nor new"
        for path, text in published.items():
            assert text.strip(), f"kill {number}: {path} is empty"
        outcome = home.volt(*command, "--json")
        assert outcome.exit_code == 0, outcome
        assert tables(home) == new
        assert set(home.dagster_runs().values()) <= {"completed", "failed", "cancelled"}
        assert left_over(home) == []
    assert killed
