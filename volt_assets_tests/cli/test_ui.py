"""`volt ui` with its real processes, and what is launched there."""

import json
import os
import signal
import socket
import subprocess
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import httpx
import psutil
import pytest

from volt_assets.cli.ui import processes
from volt_assets.definitions import WEEKLY_JOB
from volt_assets.errors import VoltError
from volt_assets.orchestration import run_records
from volt_assets.orchestration.instance import UI_RECORD, ui_origin
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.settings import DEFAULTS
from volt_assets.weeks import week_of
from volt_assets_tests.acceptance.home import OURS, PACKAGE_PARENT, VOLT, Home
from volt_assets_tests.toggl.recorded import dead_process, record_run

PATIENCE = 240.0  # seconds, on a machine that does much else

LAUNCH = """
mutation ($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
LOCATIONS = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"


@contextmanager
def started(home: Home, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`volt ui --no-open` on any port, interrupted at the end if it is not gone by then."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    process = subprocess.Popen(
        [*VOLT, "ui", "--no-open", "--port", "0", *arguments],
        cwd=home.project,
        env=inherited | {"PYTHONPATH": str(PACKAGE_PARENT)} | home.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def ask(url: str, query: str, **variables: object) -> dict:
    answer = httpx.post(f"{url}/graphql", json={"query": query, "variables": variables}, timeout=PATIENCE).json()
    assert "errors" not in answer, answer
    return answer["data"]


def launch(url: str, week: str | None, **tags: str) -> str:
    """Launch the weekly job as the UI does, for a week or for what `tags` say; returns Dagster's run id."""
    (repository,) = ask(url, LOCATIONS)["repositoriesOrError"]["nodes"]
    selector = {
        "repositoryLocationName": repository["location"]["name"],
        "repositoryName": repository["name"],
        "jobName": WEEKLY_JOB,
    }
    if week is not None:
        tags |= {"dagster/partition": week}
    metadata = {"tags": [{"key": key, "value": value} for key, value in tags.items()]}
    launched = ask(url, LAUNCH, params={"selector": selector, "executionMetadata": metadata})["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    return launched["run"]["runId"]


def children(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.fixture(scope="module")
def company() -> Iterator[Sandbox]:
    with start_sandbox(generated_company()) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def a_home(company: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose last run was killed."""
    home = Home(tmp_path_factory.mktemp("project"), company.environment | {"VOLT_TIMEZONE": "Europe/Berlin"})
    with home.instance() as instance:
        record_run(instance, dg.DagsterRunStatus.STARTED, dead_process())
    return home


@pytest.fixture(scope="module")
def served(a_home: Home) -> Iterator[str]:
    """The address of the UI of `a_home`."""
    with started(a_home) as process:
        yield process.stdout.readline().strip()


def a_closed_week() -> str:
    """A week in which the company, whose last is the open one, has worked."""
    return (week_of(date.today()) - timedelta(days=14)).isoformat()


def status(home: Home, dagster_run_id: str) -> str:
    return home.dagster_runs()[dagster_run_id]


@pytest.mark.slow
def test_a_second_one_prints_the_address_of_the_first_and_of_a_runs_page(a_home, served):
    assert httpx.get(f"{served}/server_info").status_code == 200
    second = a_home.volt("ui", "--no-open")
    assert (second.exit_code, second.stdout) == (0, f"{served}\n")
    (run,) = a_home.volt("list-runs", "--status", "failed", "--json").json
    page = a_home.volt("ui", "--no-open", "--run-id", run["run_id"]).stdout
    assert page == f"{served}/runs/{run['dagster_run_id']}\n"


@pytest.mark.slow
def test_the_page_is_opened_unless_asked_not_to(a_home, served, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    assert a_home.volt("ui").exit_code == 0
    assert opened == [served]


@pytest.mark.slow
def test_a_killed_run_does_not_hold_up_what_is_launched_there(a_home, served):
    run = launch(served, a_closed_week())
    wait_until(lambda: status(a_home, run) != "in_progress")
    shown = a_home.volt("show-run", run, "--json").json
    assert shown["status"] == "completed", shown["error"]
    assert shown["completed_stages"] == ["toggl", "fibery", "reports"]
    assert (shown["start_date"], shown["start_from"]) == (a_closed_week(), "toggl")
    assert shown["requests"]["toggl"] > 0
    assert shown["statistics"]["entries"] > 0


VERSION = """
query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode { opVersion } } }
"""


def version(url: str, asset: str) -> str:
    """The version of an asset's definition, as the UI knows it."""
    return ask(url, VERSION, key={"path": [asset]})["assetNodeOrError"]["opVersion"]


@pytest.mark.slow
def test_an_edit_of_the_configuration_shows_without_a_restart(a_home, served):
    before = {asset: version(served, asset) for asset in ("enriched_entities", "toggl_time_entries")}
    (a_home.project / "config").mkdir(exist_ok=True)
    file = a_home.project / "config" / "enrichment_config.yaml"
    # Until then, the one that comes with Volt is in force.
    file.write_text((DEFAULTS / file.name).read_text().replace("- Severity", "- Priority"))
    try:
        wait_until(lambda: version(served, "enriched_entities") != before["enriched_entities"])
        assert version(served, "toggl_time_entries") == before["toggl_time_entries"]
    finally:
        file.unlink()


@pytest.mark.slow
def test_a_run_under_the_daemon_and_one_in_its_queue_are_cancelled(a_home, served, company):
    company.forget()
    company.settings.latency_ms = PATIENCE * 1000
    try:
        # As where the UI launches again a run whose process is gone: it copies that run's tags.
        gone = dead_process() | {run_records.PROCESS_STARTED: str(time.time() - 60)}
        running = launch(served, a_closed_week(), **gone)
        queued = launch(served, a_closed_week())
        with a_home.instance() as instance:
            wait_until(lambda: instance.get_run_stats(running).start_time is not None)
            assert run_records.end_dead_runs(instance) == []
        for run in (queued, running):
            outcome = a_home.volt("cancel-run", run, "--json")
            assert (outcome.exit_code, outcome.json["status"]) == (0, "canceled"), outcome
        assert [status(a_home, run) for run in (running, queued)] == ["canceled", "canceled"]
    finally:
        company.settings.latency_ms = 0


@pytest.fixture
def stored_week(a_home, served):
    a_home.run(*_days(a_closed_week()))


@pytest.mark.slow
@pytest.mark.usefixtures("stored_week")  # before the browser, beside which nothing else can use asyncio
def test_in_a_browser_the_numbers_of_recent_weeks_are_plotted_by_partition(served, browser, tmp_path):
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(f"{served}/assets/tracked_time?view=overview")
    page.get_by_role("button", name="Plots").click()
    page.locator("canvas").first.wait_for()
    pictures = Path(os.environ.get("VOLT_TEST_PICTURES") or tmp_path)
    page.screenshot(path=pictures / "plots.png")


def _days(week: str) -> tuple[str, str]:
    return week, (date.fromisoformat(week) + timedelta(days=6)).isoformat()


@pytest.mark.slow
def test_ctrl_c_stops_both_and_a_killed_one_leaves_nothing_in_the_way(a_home, served, tmp_path):
    home = a_home.copy(tmp_path / "project")
    (home.project / ".volt" / "dagster" / UI_RECORD).unlink()
    with started(home) as killed:
        assert killed.stdout.readline().startswith("http://127.0.0.1:")
        left = children(killed)
        assert len(left) >= 2
        killed.kill()
        killed.wait()
    with started(home) as process:
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        assert not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in left[:2])
        own = children(process)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=PATIENCE)
    assert (process.returncode, rest) == (0, "")
    wait_until(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in own))
    assert json.loads((home.project / ".volt" / "dagster" / UI_RECORD).read_text()) == {"url": None, "children": []}


@pytest.mark.slow
def test_where_a_part_ends_unexpectedly_the_other_is_stopped_and_the_log_quoted(home):
    (home.project / "workspace.yaml").write_text("load_from: nonsense\n")
    try:
        outcome = home.volt("ui", "--no-open", "--port", "0")
    finally:
        (home.project / "workspace.yaml").unlink()
        # What the command does with the signals of its own process.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    assert (outcome.exit_code, outcome.stdout) == (1, "")
    assert "has ended unexpectedly" in outcome.stderr
    assert "volt-ui.log" in outcome.stderr
    assert "load_from" in outcome.stderr


def test_the_address_is_recorded_before_the_daemon_starts_so_that_its_first_links_are_right(home, monkeypatch):
    linked = []

    def start(settings, host, port, output):
        linked.append((ui_origin(settings), f"http://{host}:{port}"))
        raise VoltError("Not in this test.")

    monkeypatch.setattr(processes, "start", start)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        home.volt("ui", "--no-open", "--port", "0")
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    ((recorded, served),) = linked
    assert recorded == served


def test_a_port_in_use_is_bad_input_and_so_is_an_unknown_run(home):
    log = home.project / ".volt" / "dagster" / processes.LOG
    log.unlink(missing_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        outcome = home.volt("ui", "--no-open", "--port", port)
    assert outcome.exit_code == 2
    assert f"Port {port} is in use" in outcome.stderr
    assert home.volt("ui", "--no-open", "--run-id", "nonsense").exit_code == 2
    assert not log.exists()


def test_a_configuration_that_does_not_load_is_told_before_anything_starts(home, tmp_path):
    (tmp_path / "enrichment_config.yaml").write_text("enrichment_activities: [")
    outcome = home.volt("ui", "--no-open", VOLT_CONFIG=str(tmp_path))
    assert outcome.exit_code == 2
    assert "enrichment_config.yaml" in outcome.stderr
