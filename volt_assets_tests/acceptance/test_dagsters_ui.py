"""What people do in Dagster's UI, with the real webserver and daemon, on a work log: ranges, eight runs at once, a
run that is killed, and in a real browser a week, a backfill and a check that fails.

Screenshots are kept in the folder that VOLT_TEST_PICTURES names, else in pytest's own.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psutil
import pytest

from volt_assets.orchestration import run_records
from volt_assets.sandbox.server import Sandbox
from volt_assets_tests.acceptance.home import Home
from volt_assets_tests.cli.test_ui import LOCATIONS, ask, launch, started
from volt_assets_tests.work_log import LoggedEntry, of_busiest_week, of_days

pytestmark = pytest.mark.slow

PATIENCE = 1200.0  # seconds, on a machine that does much else
PAGE = 1000
YEAR = date(2007, 1, 1), date(2007, 12, 24)
BUSIEST = "2007-12-03"
ASSETS = (
    "toggl_time_entries",
    "people",
    "tracked_time",
    "toggl_summary",
    "entity_references",
    "enriched_entities",
    "assigned_entities",
    "individual_reports",
    "team_report",
)
BACKFILL = """
mutation ($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""


def wait_until(happened: Callable[[], Any], what: Callable[[], Any] = lambda: None) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, what()
        time.sleep(0.5)


@pytest.fixture(scope="module")
def home(new_sip_home: Callable[..., Home]) -> Home:
    return new_sip_home()


@pytest.fixture(scope="module")
def url(home: Home) -> Iterator[str]:
    """The address of the UI of `home`."""
    with started(home) as process:
        yield process.stdout.readline().strip()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(os.environ.get("VOLT_TEST_PICTURES") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def statuses(home: Home, run_ids: list[str]) -> list[str]:
    known = home.dagster_runs()
    return [known.get(run_id, "not made") for run_id in run_ids]


def test_a_backfill_over_a_year_is_one_run_with_the_fewest_requests(
    home: Home, url: str, sip_server: Sandbox, work_log: list[LoggedEntry]
):
    weeks = [str(YEAR[0] + timedelta(weeks=n)) for n in range(52)]
    (repository,) = ask(url, LOCATIONS)["repositoriesOrError"]["nodes"]
    sip_server.forget()
    params = {"assetSelection": [{"path": [name]} for name in ASSETS], "partitionNames": weeks, "allPartitions": False}
    answer = ask(url, BACKFILL, params=params)["launchPartitionBackfill"]
    assert answer["__typename"] == "LaunchBackfillSuccess", answer
    wait_until(lambda: "completed" in home.dagster_runs().values(), home.dagster_runs)
    with home.instance() as instance:
        (record,) = instance.get_run_records()
        assert run_records.days_of(record) == (YEAR[0], YEAR[1] + timedelta(days=6))
        assert run_records.run_id_of(instance, record).startswith("run_")
    assert home.sql("SELECT count(*), count(*) FILTER (WHERE complete) FROM toggl_weeks") == [(52, 52)]
    assert home.sql("SELECT count(*) FROM team_report") == [(52,)]
    entries = len(of_days(work_log, YEAR[0] - timedelta(days=1), YEAR[1] + timedelta(days=7)))
    asked = Counter(request["service"] for request in sip_server.requests)
    # A day more at both ends makes 366 days: one walk.
    assert asked["toggl"] <= -(-entries // PAGE) + 2
    assert repository


def test_eight_runs_launched_at_once_all_succeed(home: Home, url: str):
    weeks = [str(date(2006, 2, 6) + timedelta(weeks=n)) for n in range(8)]
    launched = [launch(url, week) for week in weeks]
    wait_until(lambda: set(statuses(home, launched)) == {"completed"}, lambda: statuses(home, launched))
    stored = home.sql("SELECT week FROM team_report WHERE week BETWEEN ? AND ? ORDER BY week", weeks[0], weeks[-1])
    assert [str(week) for (week,) in stored] == weeks


def test_killing_a_run_in_the_middle_loses_nothing_and_the_next_ones_go_on(home: Home, url: str, sip_server: Sandbox):
    first, last = date(2008, 1, 7), date(2008, 3, 24)
    sip_server.settings.page_cap, sip_server.settings.latency_ms = 50, 100
    try:
        days = {"dagster/asset_partition_range_start": str(first), "dagster/asset_partition_range_end": str(last)}
        run_id = launch(url, None, **days)
        stored = f"SELECT count(*) FROM toggl_weeks WHERE week BETWEEN '{first}' AND '{last}'"
        wait_until(lambda: _read(home, stored) > 1, lambda: statuses(home, [run_id]))
        with home.instance() as instance:
            claim = run_records.claim_of(instance.get_run_record_by_id(run_id))
        psutil.Process(claim.pid).send_signal(signal.SIGKILL)
    finally:
        sip_server.settings.page_cap, sip_server.settings.latency_ms = PAGE, 0
    # The sensor `dead_runs` ends it, and what waits is run.
    following = launch(url, "2006-05-01")
    wait_until(lambda: statuses(home, [run_id, following]) == ["failed", "completed"], home.dagster_runs)
    kept = _read(home, stored)
    assert kept > 1
    sip_server.forget()
    again = home.volt("backfill", "--json", "--from", str(first), "--to", str(last))
    assert again.exit_code == 0, again
    assert _read(home, stored) == 12
    assert home.sql("SELECT count(*) FROM team_report WHERE week BETWEEN ? AND ?", first, last) == [(12,)]


def _read(home: Home, query: str) -> int:
    """A count in the warehouse, 0 while another process has it open."""
    try:
        return home.sql(query)[0][0]
    except duckdb.IOException:
        return 0


@pytest.fixture(scope="module")
def busy_home(home: Home, url: str) -> Home:
    """The home, with the busiest week and the four before it stored, whoever stored them."""
    first = date.fromisoformat(BUSIEST) - timedelta(weeks=4)
    if _read(home, f"SELECT count(*) FROM team_report WHERE week BETWEEN '{first}' AND '{BUSIEST}'") < 5:
        home.run(str(first), str(date.fromisoformat(BUSIEST) + timedelta(days=6)))
    return home


@pytest.fixture
def page(busy_home: Home, browser: Any) -> Iterator[Any]:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE * 1000 / 4)
    yield page
    page.close()


def launched_by(home: Home, act: Callable[[], Any]) -> str:
    """The run that comes of what somebody does in the browser, once it has completed."""
    before = set(home.dagster_runs())
    act()
    wait_until(lambda: len(set(home.dagster_runs()) - before) == 1, home.dagster_runs)
    (run_id,) = set(home.dagster_runs()) - before
    wait_until(lambda: statuses(home, [run_id]) == ["completed"], home.dagster_runs)
    return run_id


def test_in_a_browser_a_weeks_numbers_preview_and_chart_are_seen(
    url: str, page: Any, pictures: Path, work_log: list[LoggedEntry]
):
    week = of_busiest_week(work_log)
    hours = sum(entry.seconds for entry in week) / 3600
    _, space, database = next(entry.reference for entry in week if entry.reference)
    page.goto(f"{url}/assets/tracked_time?view=partitions&partition={BUSIEST}")
    for text in ("linked_share", f"{hours:.2f}", f"{space}/{database}"):
        page.get_by_text(text).first.wait_for()
    page.screenshot(path=pictures / "a-week.png")
    page.goto(f"{url}/assets/team_report?view=partitions&partition={BUSIEST}")
    # The digest, which is there without names and titles.
    page.get_by_text("planned end").first.wait_for()
    page.screenshot(path=pictures / "the-teams-report.png")
    page.goto(f"{url}/reports/2007-W49/team_summary.html")
    page.get_by_text("Plan against actual").first.wait_for()
    page.screenshot(path=pictures / "the-report.png")


def test_in_a_browser_a_week_is_materialized_from_its_assets_page(busy_home: Home, url: str, page: Any, pictures: Path):
    page.goto(f"{url}/assets/toggl_summary?view=partitions&partition={BUSIEST}")
    page.get_by_role("button", name="Materialize").first.click()
    launch_button = page.get_by_role("button", name="Launch 1 run")
    launch_button.wait_for()
    page.screenshot(path=pictures / "materializing.png")
    run_id = launched_by(busy_home, launch_button.click)
    with busy_home.instance() as instance:
        run = instance.get_run_by_id(run_id)
    assert run.tags["dagster/partition"] == BUSIEST
    assert (run.tags["volt/start_date"], run.tags["volt/end_date"]) == (BUSIEST, "2007-12-09")


def test_in_a_browser_a_backfill_over_weeks_is_one_run(busy_home: Home, url: str, page: Any, pictures: Path):
    page.goto(f"{url}/assets/toggl_summary?view=partitions")
    page.get_by_role("button", name="Materialize").first.click()
    page.get_by_text("Show all partitions").click()
    field = page.get_by_placeholder("ex:").last
    field.click()
    field.fill("[2007-11-05...2007-11-19]")
    field.press("Enter")
    launch_button = page.get_by_role("button", name="Launch backfill")
    launch_button.wait_for()
    page.screenshot(path=pictures / "a-backfill.png")
    run_id = launched_by(busy_home, launch_button.click)
    with busy_home.instance() as instance:
        assert run_records.days_of(instance.get_run_record_by_id(run_id)) == (date(2007, 11, 5), date(2007, 11, 25))


def test_in_a_browser_a_check_is_seen_to_fail(busy_home: Home, url: str, page: Any, pictures: Path):
    # Somebody has changed a stored entry behind Volt's back. Of the newest week: the page shows the last evaluation.
    with duckdb.connect(str(busy_home.project / ".volt" / "warehouse.duckdb")) as connection:
        (newest,) = connection.execute("SELECT max(week) FROM toggl_time_entries").fetchone()
        connection.execute(
            "UPDATE toggl_time_entries SET seconds = seconds + 60 WHERE id = "
            "(SELECT min(id) FROM toggl_time_entries WHERE week = ?)",
            [newest],
        )
    page.goto(f"{url}/assets/toggl_time_entries?view=checks&checkDetail=entries_are_as_verified")
    page.get_by_role("button", name="Execute all").click()
    # What the check found, and the week that it was found in.
    page.get_by_text("which", exact=True).first.wait_for()
    page.get_by_text(str(newest)).first.wait_for()
    page.screenshot(path=pictures / "a-check-that-fails.png")
    page.get_by_role("tab", name="Partitions").last.click()
    page.get_by_text(str(newest)).first.wait_for()
    page.screenshot(path=pictures / "a-check-by-week.png")
