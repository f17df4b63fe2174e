"""Everybody at once on one home: a run, a backfill, a sync, copies and an export, and all of them end right."""

from collections.abc import Iterator

import duckdb
import pytest

from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.acceptance.home import Home
from volt_assets_tests.acceptance.killable import start
from volt_assets_tests.warehouse.levels import FIRST, TIMEZONE, company

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(company(tmp_path_factory.mktemp("company")), SandboxSettings(fibery_limits=False)) as sandbox:
        yield sandbox


def test_a_run_a_backfill_a_sync_an_export_and_readers_at_once_all_end_right(server, tmp_path):
    environment = server.environment | {"VOLT_TIMEZONE": TIMEZONE, "VOLT_FIRST_WEEK": str(FIRST)}
    home = Home(tmp_path / "project", environment)
    home.project.mkdir()
    home.run("2025-10-06", "2025-10-19")
    first = next(iter(server.company.toggl.entries.values()))
    server.company.toggl.edit_entry(first.id, stop=first.stop + 600)
    expected = sum(entry.seconds for entry in server.company.toggl.entries.values())
    weeks = "--from", "2025-10-06", "--to", "2025-10-19"
    processes = [
        start(home, "run", "--start-date", "2025-10-06", "--end-date", "2025-10-12"),
        start(home, "backfill", *weeks, "--refetch"),
        start(home, "sync", *weeks),
    ]
    copies = 0
    while any(process.is_alive() for process in processes):
        copy = tmp_path / f"copy{copies}.duckdb"
        assert home.volt("snapshot", str(copy)).exit_code == 0
        with duckdb.connect(str(copy), read_only=True) as connection:
            ((seconds,),) = connection.execute("SELECT sum(seconds)::BIGINT FROM toggl_time_entries").fetchall()
        # The week of the edit is there as it was or as it is, never a part of it.
        assert seconds in (expected, expected - 600)
        copies += 1
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert copies
    assert home.volt("export", "--start-date", "2025-10-06", "--end-date", "2025-10-19").exit_code == 0
    assert home.sql("SELECT sum(seconds)::BIGINT FROM tracked_time") == [(expected,)]
    assert set(home.dagster_runs().values()) == {"completed"}
