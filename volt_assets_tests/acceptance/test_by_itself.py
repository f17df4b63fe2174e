"""Weeks that run by themselves: a real `volt ui` with its daemon, on a company that is changed."""

import signal
import time
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from volt_assets.orchestration import heartbeat, run_records
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets.weeks import weeks_between
from volt_assets_tests.acceptance.home import Home
from volt_assets_tests.acceptance.test_late_edits import entries_of
from volt_assets_tests.acceptance.test_stopping import started
from volt_assets_tests.cli.test_ui import LOCATIONS, ask

pytestmark = pytest.mark.slow

PATIENCE = 900.0  # seconds, on a machine that does much else


TICKS = """
query ($selector: SensorSelector!) {
  sensorOrError(sensorSelector: $selector) {
    ... on Sensor { sensorState { ticks(limit: 50) { status logEvents { events { message } } } } }
  }
}
"""


def log_of_ticks(url: str, sensor: str) -> list[str]:
    """The lines that the UI shows of the sensor's ticks that requested runs."""
    (repository,) = ask(url, LOCATIONS)["repositoriesOrError"]["nodes"]
    names = {"repositoryName": repository["name"], "repositoryLocationName": repository["location"]["name"]}
    answer = ask(url, TICKS, selector={**names, "sensorName": sensor})["sensorOrError"]
    ticks = [tick for tick in answer["sensorState"]["ticks"] if tick["status"] == "SUCCESS"]
    return [event["message"] for tick in ticks for event in tick["logEvents"]["events"]]


def test_sensors_finish_the_weeks_that_closed_and_the_one_in_which_an_entry_was_edited_and_say_why(
    new_home: Callable[..., Home], today: date
):
    newest = today - timedelta(days=today.weekday(), weeks=1)
    closed, before = newest - timedelta(weeks=1), newest - timedelta(weeks=2)
    with start_sandbox(generated_company(until=today), SandboxSettings(fibery_limits=False)) as sandbox:
        home = new_home(sandbox, VOLT_AUTOMATION="sensors", VOLT_WEEK_DUE="Monday 00:00")
        home.run(str(before), str(before + timedelta(days=6)))
        edited = entries_of(sandbox, before)[0]
        sandbox.company.toggl.edit_entry(edited.id, description="something else")
        with started(home, "ui", "--no-open", "--port", "0") as ui:
            url = ui.stdout.readline().strip()
            deadline = time.monotonic() + PATIENCE
            while sorted(home.dagster_runs().values()) != ["completed"] * 3:
                assert ui.poll() is None, ui.communicate()
                assert time.monotonic() < deadline, home.dagster_runs()
                time.sleep(1)
            log = log_of_ticks(url, "closed_weeks"), log_of_ticks(url, "late_edits")
            ui.send_signal(signal.SIGINT)
            assert ui.wait(PATIENCE) == 0
        asked_for = {}
        with home.instance() as instance:
            for record in instance.get_run_records():
                tags = record.dagster_run.tags
                asked_for[tags.get("dagster/sensor_name")] = weeks_between(*run_records.days_of(record))
            run_ids = home.dagster_runs().keys()
            assert heartbeat.last_beats(instance, run_ids).keys() == run_ids
    assert asked_for == {None: [before], "closed_weeks": [closed, newest], "late_edits": [before]}
    assert [line for line in log[0] if "is requested" in line] == [
        f"The week of {week} is requested: it has closed and is not stored." for week in (closed, newest)
    ]
    assert log[1] == [f"The week of {before} is requested: entries: 1 edited."]
    weeks = [(week, True) for week in (before, closed, newest)]
    assert home.sql("SELECT week, complete FROM toggl_weeks ORDER BY week") == weeks
    assert home.sql("SELECT kind, entry_id, week FROM time_entry_changes") == [("edited", edited.id, before)]
    assert home.sql("SELECT count(*) FROM team_report") == [(3,)]
