"""`volt run` killed at a chosen point (SIGKILL), and what the next commands make of it."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from volt_assets.orchestration import run_records
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.acceptance.home import OURS, PACKAGE_PARENT, Home
from volt_assets_tests.acceptance.test_late_edits import entries_of

pytestmark = pytest.mark.slow

# `volt` that is killed where it begins to sum the first week that it has stored.
KILLED_BEFORE_TRACKED_TIME = """
    import os, signal, socket, sys
    from volt_assets.cli import main
    from volt_assets.toggl import assets

    host = sys.argv.pop(1)
    if host:
        socket.gethostname = lambda: host
    assets.store_tracked_time = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)
    main()
"""


@pytest.fixture(scope="module")
def sandbox(today: date) -> Iterator[Sandbox]:
    with start_sandbox(generated_company(until=today), SandboxSettings(fibery_limits=False)) as sandbox:
        yield sandbox


@pytest.fixture
def days(today: date) -> tuple[str, str]:
    monday = today - timedelta(days=today.weekday(), weeks=1)
    return str(monday), str(monday + timedelta(days=6))


def killed(home: Home, days: tuple[str, str], host: str = "") -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    script = textwrap.dedent(KILLED_BEFORE_TRACKED_TIME)
    process = subprocess.run(
        [sys.executable, "-c", script, host, "run", "--start-date", days[0], "--end-date", days[1]],
        cwd=home.project,
        env=inherited | {"PYTHONPATH": str(PACKAGE_PARENT)} | home.environment,
        capture_output=True,
        timeout=240,
    )
    assert process.returncode == -signal.SIGKILL, process.stderr


def test_entries_stored_by_a_killed_run_are_not_shown_with_the_sums_of_before(
    new_home: Callable[..., Home], sandbox: Sandbox, days: tuple[str, str]
):
    home = new_home(sandbox)
    home.run(*days)
    week = "--start-date", days[0], "--end-date", days[1]
    edited = entries_of(sandbox, date.fromisoformat(days[0]))[0]
    # A text alone: no second differs.
    sandbox.company.toggl.edit_entry(edited.id, description="something else")
    killed(home, days)
    assert home.sql("SELECT description FROM toggl_time_entries WHERE id = ?", edited.id) == [("something else",)]
    for command in (("export", *week, "--json"), ("run", "--start-from", "reports", *week, "--json")):
        refused = home.volt(*command)
        assert (refused.exit_code, refused.json["error"]["code"]) == (1, "tracked_time_outdated")
        assert f"volt run --start-date {days[0]} --end-date {days[1]}" in refused.json["error"]["message"]
    home.run(*days)
    assert home.volt("export", *week).exit_code == 0


def test_a_run_killed_in_another_container_is_ended_when_its_signs_of_life_are_old_or_by_force(
    new_home: Callable[..., Home], sandbox: Sandbox, days: tuple[str, str], monkeypatch: pytest.MonkeyPatch
):
    home = new_home(sandbox)
    killed(home, days, "a-container")
    (run,) = home.volt("list-runs", "--json").json
    assert run["status"] == "in_progress"
    refused = home.volt("cancel-run", run["run_id"])
    assert (refused.exit_code, "a-container: cancel it there" in refused.stderr) == (2, True)
    forced = home.volt("cancel-run", run["run_id"], "--force", "--json")
    assert (forced.exit_code, forced.json["status"]) == (0, "canceled")

    killed(home, days, "a-container")
    monkeypatch.setattr(run_records, "LIMIT", timedelta(0))
    newest, _ = home.volt("list-runs", "--json").json
    assert newest["status"] == "failed"
    shown = home.volt("show-run", newest["run_id"], "--json").json
    assert "gave its last sign of life at" in shown["error"]["message"]
