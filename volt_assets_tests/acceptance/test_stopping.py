"""`volt run` in a process of its own that is interrupted, cancelled from another one, or killed."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from volt_assets_tests.acceptance.conftest import BUSIEST
from volt_assets_tests.acceptance.home import OURS, PACKAGE_PARENT, VOLT, Home
from volt_assets_tests.work_log import of_busiest_week

pytestmark = pytest.mark.slow

WEEK = "--start-date", BUSIEST[0], "--end-date", BUSIEST[1]
PATIENCE = 240.0  # seconds, on a machine that does much else
LONG_MS = 1000 * 2 * int(PATIENCE)


@contextmanager
def started(home: Home, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """`volt` in a process of its own, which does not outlive the block."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    process = subprocess.Popen(
        [*VOLT, *arguments],
        cwd=home.project,
        env=inherited | {"PYTHONPATH": str(PACKAGE_PARENT)} | home.environment | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    stdout, stderr = process.communicate(timeout=PATIENCE)
    return process.returncode, stdout, stderr


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def fetching(home: Home, sandbox) -> Iterator[subprocess.Popen[str]]:
    """`volt run --json` that waits for Toggl's next answer, in its first step."""
    sandbox.forget()
    record = sandbox._record

    def record_and_slow_down(*answered: Any) -> None:
        record(*answered)
        if len(sandbox.requests) == 2:
            sandbox.settings.latency_ms = LONG_MS

    with pytest.MonkeyPatch.context() as patch, started(home, "run", "--json", *WEEK) as process:
        # What is asked before the run is answered at once, and what the run asks, not for a long time.
        patch.setattr(sandbox, "_record", record_and_slow_down)
        with home.instance() as instance:
            wait_until(lambda: is_fetching(instance) or process.poll() is not None)
        assert process.poll() is None, ended(process)
        yield process


def is_fetching(instance) -> bool:
    return any(
        stats.step_key == "toggl_time_entries" and stats.start_time is not None
        for record in instance.get_run_records()
        for stats in instance.get_run_step_stats(record.dagster_run.run_id)
    )


def nothing_is_left(home: Home) -> None:
    assert home.folders() == set()
    assert home.sql("SELECT count(*) FROM toggl_weeks") == [(0,)]


@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_cancels_the_run_and_leaves_no_folder(new_sip_home, sip_sandbox, interrupt):
    home = new_sip_home()
    with fetching(home, sip_sandbox) as process:
        process.send_signal(interrupt)
        exit_code, stdout, stderr = ended(process)
    assert exit_code == 3, stderr
    assert list(home.dagster_runs().values()) == ["canceled"]
    answer = json.loads(stdout)
    assert stdout.count("\n") == 1
    assert answer["error"]["code"] == "cancelled"
    (listed,) = home.volt("list-runs", "--json").json
    assert (answer["run_id"], "canceled") == (listed["run_id"], listed["status"])
    assert "Traceback" not in stderr
    nothing_is_left(home)


def test_ctrl_c_before_there_is_a_run_leaves_none(new_sip_home, sip_sandbox):
    home = new_sip_home()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with started(home, "run", "--json", *WEEK, TOGGL_API_URL=url) as process:
            connection, _ = silent.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                exit_code, stdout, stderr = ended(process)
    assert exit_code == 3, stderr
    assert json.loads(stdout) == {"error": {"code": "cancelled", "message": "Cancelled."}, "run_id": None}
    assert "Traceback" not in stderr
    assert home.dagster_runs() == {}
    nothing_is_left(home)


def test_a_run_is_cancelled_from_another_process(new_sip_home, sip_sandbox):
    home = new_sip_home()
    with fetching(home, sip_sandbox) as process:
        (running,) = home.volt("list-runs", "--json").json
        assert running["status"] == "in_progress"
        canceled = home.volt("cancel-run", running["run_id"], "--json")
        exit_code, stdout, stderr = ended(process)
    assert canceled.exit_code == 0
    expected = {"run_id": running["run_id"], "dagster_run_id": running["dagster_run_id"], "status": "canceled"}
    assert canceled.json == expected
    assert exit_code == 3, stderr
    assert json.loads(stdout)["run_id"] == running["run_id"]
    nothing_is_left(home)
    again = home.volt("cancel-run", running["run_id"], "--json")
    assert (again.exit_code, again.json["run_id"]) == (2, None)
    assert home.dagster_runs() == {running["dagster_run_id"]: "canceled"}


def test_a_killed_run_is_found_failed_and_the_next_one_works(new_sip_home, sip_sandbox, work_log):
    home = new_sip_home()
    with fetching(home, sip_sandbox) as process:
        process.kill()
        process.wait(PATIENCE)
        assert list(home.dagster_runs().values()) == ["in_progress"]
        (listed,) = home.volt("list-runs", "--json").json
    assert listed["status"] == "failed"
    shown = home.volt("show-run", listed["run_id"], "--json").json
    assert shown["error"]["code"] == "process_gone"
    nothing_is_left(home)

    sip_sandbox.settings.latency_ms = 0
    with started(home, "run", "--json", *WEEK) as process:
        exit_code, stdout, stderr = ended(process)
    assert exit_code == 0, stderr
    # One line of JSON alone; the log is on stderr, and no progress without a terminal.
    assert stdout.count("\n") == 1
    assert json.loads(stdout)["status"] == "completed"
    assert f"Retrieved {len(of_busiest_week(work_log))} time entries" in stderr
    assert "\r" not in stderr
    assert [run["status"] for run in home.volt("list-runs", "--json").json] == ["completed", "failed"]


def test_volt_run_ends_a_killed_run_by_itself(new_sip_home, sip_sandbox):
    home = new_sip_home()
    with fetching(home, sip_sandbox) as process:
        process.kill()
        process.wait(PATIENCE)
    sip_sandbox.settings.latency_ms = 0
    home.run(*BUSIEST)
    assert sorted(home.dagster_runs().values()) == ["completed", "failed"]
