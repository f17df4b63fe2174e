"""The sensors that send messages, with a real receiver on loopback: what arrives, once, and what never leaves."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from volt_assets.automation import sensors
from volt_assets.definitions import WEEKLY_JOB
from volt_assets.orchestration.instance import UI_RECORD
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.rules import ReportRules
from volt_assets.reports.versions.store import draft_week, sentences_of, store_week
from volt_assets.settings import Settings
from volt_assets.warehouse import connect
from volt_assets.weeks import last_day
from volt_assets_tests.reports.conftest import Stored
from volt_assets_tests.toggl.recorded import record_run

WEEK = date(2025, 10, 6)
NOW = datetime(2025, 10, 13, 8, tzinfo=UTC)
SECRET = "s3cret-t0ken"


class Receiver:
    """A web server that takes what Apprise posts as JSON; `status` is what it answers."""

    def __init__(self):
        self.messages: list[dict[str, str]] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver.status == 200:
                    receiver.messages.append(json.loads(body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"json://user:{SECRET}@127.0.0.1:{self.server.server_port}/"


@pytest.fixture(scope="module")
def listening() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture
def receiver(listening: Receiver) -> Receiver:
    listening.messages.clear()
    listening.status = 200
    return listening


class Office:
    """A home, its instance, and the two sensors with a clock."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch):
        self.home, self.monkeypatch = home, monkeypatch
        self.instance = dg.DagsterInstance.ephemeral()
        self.now = NOW
        self.cursor: str | None = None

    def settings(self, **environment: str) -> Settings:
        for name, value in environment.items():
            self.monkeypatch.setenv(name, value)
        return Settings.load(self.home, dotenv=False)

    def sensors(self, **environment: str) -> dict[str, dg.SensorDefinition]:
        built = sensors.build_automation(self.settings(**environment), WEEKLY_JOB, lambda: self.now, [CHECK])
        return {sensor.name: sensor for sensor in built.sensors}

    def tick(self, name: str, **environment: str) -> str:
        """Evaluate a sensor; returns the reason that it gives for the tick."""
        sensor = self.sensors(**environment)[name]
        result = sensor(dg.build_sensor_context(instance=self.instance, cursor=self.cursor, sensor_name=name))
        if result.cursor is not None:
            self.cursor = result.cursor
        return result.skip_reason.skip_message

    def run(self, status: dg.DagsterRunStatus) -> dg.DagsterRun:
        return create_run_for_test(
            self.instance, job_name=WEEKLY_JOB, status=status, tags={"dagster/partition": WEEK.isoformat()}
        )

    def report(self) -> None:
        """Store a complete week with its team report."""
        connection = connect(self.home / ".volt" / "warehouse.duckdb")
        stored = Stored(connection)
        stored.entry("Fix *login* #5 [Scrum] [Bug] [P]", 5400, day=WEEK)
        stored.entry("Meeting", 1800, day=WEEK, user=2)
        stored.weeks(WEEK, WEEK)
        stored.entity("5", week=WEEK)
        selected = {"team_report", "individual_reports"}
        with PreparedPeriod(connection, WEEK, last_day(WEEK)) as prepared:
            drafts = draft_week(prepared, ReportRules("Europe/Berlin"), selected)
        connection.begin()
        store_week(connection, WEEK, "Europe/Berlin", drafts, sentences_of(connection, drafts, None), {}, selected)
        connection.commit()
        connection.close()


@pytest.fixture
def office(tmp_path, monkeypatch) -> Office:
    (tmp_path / ".volt").mkdir()
    return Office(tmp_path, monkeypatch)


def test_without_addresses_there_are_no_such_sensors(office):
    assert not {"alerts", "digest"} & office.sensors().keys()


def test_a_failed_run_is_reported_once_with_its_page_and_so_is_that_it_works_again(office, receiver):
    failed = office.run(dg.DagsterRunStatus.FAILURE)
    ui = {"VOLT_ALERT_URLS": receiver.address, "VOLT_UI_URL": "https://dagster.example"}
    assert office.tick("alerts", **ui) == "1 reported."
    (message,) = receiver.messages
    assert "2025-10-06 to 2025-10-12 failed" in message["message"]
    assert f"https://dagster.example/runs/{failed.run_id}" in message["message"]
    assert office.tick("alerts") == "Nothing new to report."
    office.run(dg.DagsterRunStatus.SUCCESS)
    office.tick("alerts")
    assert [message["title"] for message in receiver.messages][1:] == ["Volt: it works again"]
    assert office.tick("alerts") == "Nothing new to report."


def test_a_week_that_stays_incomplete_is_reported(office, receiver):
    connection = connect(office.home / ".volt" / "warehouse.duckdb")
    Stored(connection).weeks(WEEK, WEEK, complete=False)
    connection.close()
    later = {"VOLT_ALERT_URLS": receiver.address, "VOLT_STUCK_AFTER": "3"}
    assert office.tick("alerts", **later) == "Nothing new to report."
    office.now += timedelta(hours=1)
    office.tick("alerts")
    assert "The week of 2025-10-06" in receiver.messages[0]["message"]


def test_a_week_that_is_queued_or_being_run_is_not_reported_as_stuck(office, receiver):
    connection = connect(office.home / ".volt" / "warehouse.duckdb")
    Stored(connection).weeks(WEEK, WEEK, complete=False)
    connection.close()
    office.now += timedelta(days=2)
    queued = record_run(office.instance, dg.DagsterRunStatus.QUEUED, {"dagster/partition": WEEK.isoformat()})
    assert office.tick("alerts", VOLT_ALERT_URLS=receiver.address) == "Nothing new to report."
    office.instance.report_run_canceled(queued.dagster_run)
    assert office.tick("alerts") == "1 reported."
    office.run(dg.DagsterRunStatus.STARTED)
    # Nor is it over while another run tries.
    assert office.tick("alerts") == "Nothing new to report."
    assert len(receiver.messages) == 1


CHECK = dg.AssetCheckKey(dg.AssetKey("tracked_time"), "time_adds_up")


def test_a_check_that_fails_is_reported_once_for_each_week_and_is_over_when_that_week_passes(office, receiver):
    def evaluated(week: date, passed: bool) -> None:
        event = dg.DagsterEvent(
            dg.DagsterEventType.ASSET_CHECK_EVALUATION.value,
            WEEKLY_JOB,
            event_specific_data=dg.AssetCheckEvaluation(
                CHECK.asset_key, CHECK.name, passed, partition=week.isoformat()
            ),
        )
        office.instance.report_dagster_event(event, office.run(dg.DagsterRunStatus.SUCCESS).run_id)

    evaluated(WEEK, passed=False)
    assert office.tick("alerts", VOLT_ALERT_URLS=receiver.address) == "1 reported."
    assert "time_adds_up of tracked_time fails for the week of 2025-10-06" in receiver.messages[0]["message"]
    evaluated(WEEK - timedelta(weeks=1), passed=True)
    assert office.tick("alerts") == "Nothing new to report."
    evaluated(WEEK - timedelta(weeks=1), passed=False)
    assert office.tick("alerts") == "1 reported."
    evaluated(WEEK, passed=True)
    office.tick("alerts")
    assert receiver.messages[2]["title"] == "Volt: it works again"
    assert "2025-10-06" in receiver.messages[2]["message"]
    assert "2025-09-29" not in receiver.messages[2]["message"]


def test_links_lead_to_the_volt_ui_that_is_starting(office, receiver):
    office.run(dg.DagsterRunStatus.FAILURE)
    home = office.settings().dagster_home
    home.mkdir(parents=True)
    (home / UI_RECORD).write_text('{"url": "http://127.0.0.1:4321", "children": []}')
    office.tick("alerts", VOLT_ALERT_URLS=receiver.address)
    assert "http://127.0.0.1:4321/runs/" in receiver.messages[0]["message"]


def test_while_the_warehouse_cannot_be_read_failed_runs_are_reported_and_stuck_weeks_kept(office, receiver):
    path = office.home / ".volt" / "warehouse.duckdb"
    connection = connect(path)
    Stored(connection).weeks(WEEK, WEEK, complete=False)
    connection.close()
    office.now += timedelta(days=2)
    assert office.tick("alerts", VOLT_ALERT_URLS=receiver.address, VOLT_LOCK_WAIT="0.1") == "1 reported."
    office.run(dg.DagsterRunStatus.FAILURE)
    with held(path):
        reason = office.tick("alerts")
    assert reason.startswith("1 reported. ")
    assert "has been in use by another process" in reason
    assert len(receiver.messages) == 2
    assert "2025-10-06 to 2025-10-12 failed" in receiver.messages[1]["message"]
    # Read again, the week is neither new nor over.
    assert office.tick("alerts") == "Nothing new to report."


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another process has the warehouse open."""
    script = f"import duckdb, sys; held = duckdb.connect({str(path)!r}); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"open\n"
        yield
        holder.stdin.close()


def test_what_could_not_be_delivered_is_reported_at_the_next_tick(office, receiver):
    office.run(dg.DagsterRunStatus.FAILURE)
    receiver.status = 500
    reason = office.tick("alerts", VOLT_ALERT_URLS=receiver.address)
    assert "VOLT_ALERT_URLS" in reason
    receiver.status = 200
    assert office.tick("alerts") == "1 reported."


def test_the_address_is_in_no_reason_cursor_log_or_file(office, receiver, caplog):
    office.run(dg.DagsterRunStatus.FAILURE)
    receiver.status = 500
    said = office.tick("alerts", VOLT_ALERT_URLS=f"{receiver.address} nosuch://{SECRET}")
    said += office.tick("alerts", VOLT_ALERT_URLS=receiver.address)
    receiver.status = 200
    said += office.tick("alerts")
    assert len(receiver.messages) == 1
    assert SECRET not in said + str(office.cursor) + caplog.text + json.dumps(receiver.messages)
    assert not [path for path in office.home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]


def test_an_address_that_apprise_does_not_know_is_named_by_its_place(office, receiver):
    office.run(dg.DagsterRunStatus.FAILURE)
    reason = office.tick("alerts", VOLT_ALERT_URLS=f"{receiver.address} nosuch://{SECRET}")
    assert reason.startswith("VOLT_ALERT_URLS: address 2 is not one")
    assert receiver.messages == []


def test_the_teams_summary_is_sent_once_when_the_newest_closed_week_is_reported_on(office, receiver):
    ui = {"VOLT_DIGEST_URLS": receiver.address, "VOLT_UI_URL": "https://dagster.example"}
    assert "not complete and reported on yet" in office.tick("digest", **ui)
    office.report()
    assert office.tick("digest") == "Sent the week of 2025-10-06."
    assert office.tick("digest") == "The newest closed week was sent."
    (message,) = receiver.messages
    assert message["title"] == "Team: 6–12 October 2025"
    assert "**2.00 h** tracked, 1.50 h on 1 item." in message["message"]
    assert "No open item is past its planned end, and none is due by 19 October." in message["message"]
    assert "https://dagster.example/reports/2025-W41/team_summary.html" in message["message"]


def test_people_get_their_digest_where_people_yaml_says_so_each_once_and_again_only_what_failed(office, receiver):
    config = office.home / "people.yaml"
    config.write_text(f"people: {{ann@example.com: {{notify: '{receiver.address}'}}, ben@example.com: {{}}}}")
    config.chmod(0o600)
    office.report()
    receiver.status = 500
    only_people = {"VOLT_PEOPLE_CONFIG": str(config), "VOLT_UI_URL": "https://dagster.example"}
    reason = office.tick("digest", **only_people)
    assert "could be reached. It is tried again at the next tick." in reason
    assert "ann" not in reason
    assert SECRET not in reason
    receiver.status = 200
    office.tick("digest", VOLT_DIGEST_URLS=receiver.address)
    assert sorted(message["title"] for message in receiver.messages) == [
        "Ann Lee: 6–12 October 2025",
        "Team: 6–12 October 2025",
    ]
    assert "/reports/2025-W41/individual/ann_lee.html" in receiver.messages[1]["message"]
    assert office.tick("digest") == "The newest closed week was sent."
    assert len(receiver.messages) == 2


def test_a_cursor_of_an_earlier_version_is_a_week_that_was_sent(office, receiver):
    office.report()
    office.cursor = "2025-10-06"
    assert office.tick("digest", VOLT_DIGEST_URLS=receiver.address) == "The newest closed week was sent."
    assert receiver.messages == []
