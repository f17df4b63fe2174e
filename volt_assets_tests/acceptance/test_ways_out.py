"""Files that were damaged: one line says what happened and what to do, and doing just that leads out of it."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.acceptance.home import Home, Outcome
from volt_assets_tests.warehouse.levels import FIRST, LAST, TIMEZONE, company

DAYS = str(FIRST), str(LAST)
BACKFILL = "backfill", "--from", DAYS[0], "--to", DAYS[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(company(tmp_path_factory.mktemp("company")), SandboxSettings(fibery_limits=False)) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def stored(server: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Home:
    environment = server.environment | {"VOLT_TIMEZONE": TIMEZONE, "VOLT_FIRST_WEEK": str(FIRST)}
    home = Home(tmp_path_factory.mktemp("project"), environment)
    home.run(*DAYS)
    assert home.volt("backup", str(home.project / "backup")).exit_code == 0
    return home


@pytest.fixture
def home(stored: Home, tmp_path: Path) -> Home:
    return stored.copy(tmp_path)


def one_line(outcome: Outcome) -> str:
    # 2 where it is met before the run, 1 where in it.
    assert outcome.exit_code in (1, 2), outcome
    assert "Traceback" not in outcome.stderr
    lines = outcome.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def follow(home: Home, line: str) -> None:
    """Do what the line says to do with a file."""
    (command,) = re.findall(r"mv \S+ \S+\.damaged", line)
    subprocess.run(shlex.split(command), cwd=home.project, check=True)


@pytest.mark.parametrize("damage", ["cut off", "overwritten", "another file"])
def test_a_damaged_warehouse_is_set_aside_and_its_weeks_are_fetched_again(home, stored, damage):
    file = home.project / ".volt" / "warehouse.duckdb"
    whole = file.read_bytes()
    cut = whole[: len(whole) // 2]
    file.write_bytes({"cut off": cut, "overwritten": b"\0" * len(whole), "another file": b"# notes\n" * 999}[damage])
    line = one_line(home.volt(*BACKFILL))
    follow(home, line)
    assert home.volt(*BACKFILL, "--refetch").exit_code == 0
    of_time = ("toggl_time_entries", "tracked_time", "enriched_entities")
    before, after = stored.tables(times=False), home.tables(times=False)
    assert {name: after[name] for name in of_time} == {name: before[name] for name in of_time}


def test_a_damaged_warehouse_is_replaced_by_a_backup_with_the_reports_as_they_were(home, stored):
    (home.project / ".volt" / "warehouse.duckdb").write_bytes(b"no database" * 1000)
    assert "volt restore" in one_line(home.volt(*BACKFILL))
    assert home.volt("restore", str(stored.project / "backup"), "--yes").exit_code == 0
    assert home.tables() == stored.tables()


def test_a_damaged_database_of_dagster_is_set_aside_and_the_weeks_and_reports_are_untouched(home, stored):
    files = sorted((home.project / ".volt").rglob("*.db"))
    for file in files:
        file.write_bytes(b"no database" * 1000)
    for _ in files:
        outcome = home.volt(*BACKFILL)
        if outcome.exit_code == 0:
            break
        follow(home, one_line(outcome))
    assert home.volt(*BACKFILL).exit_code == 0
    assert home.tables(times=False) == stored.tables(times=False)
