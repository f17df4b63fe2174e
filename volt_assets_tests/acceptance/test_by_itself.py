"""Weeks that run by themselves: a real `volt ui` with its daemon, on a company that is changed."""

import signal
import time
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.acceptance.home import Home
from volt_assets_tests.acceptance.test_late_edits import entries_of
from volt_assets_tests.acceptance.test_stopping import started

pytestmark = pytest.mark.slow

PATIENCE = 900.0  # seconds, on a machine that does much else


def test_sensors_finish_the_week_that_closed_and_the_one_in_which_an_entry_was_edited(
    new_home: Callable[..., Home], today: date
):
    newest = today - timedelta(days=today.weekday(), weeks=1)
    before = newest - timedelta(weeks=1)
    with start_sandbox(generated_company(until=today), SandboxSettings(fibery_limits=False)) as sandbox:
        home = new_home(sandbox, VOLT_AUTOMATION="sensors", VOLT_WEEK_DUE="Monday 00:00")
        home.run(str(before), str(before + timedelta(days=6)))
        edited = entries_of(sandbox, before)[0]
        sandbox.company.toggl.edit_entry(edited.id, description="something else")
        with started(home, "ui", "--no-open", "--port", "0") as ui:
            deadline = time.monotonic() + PATIENCE
            while sorted(home.dagster_runs().values()) != ["completed"] * 3:
                assert ui.poll() is None, ui.communicate()
                assert time.monotonic() < deadline, home.dagster_runs()
                time.sleep(1)
            ui.send_signal(signal.SIGINT)
            assert ui.wait(PATIENCE) == 0
        asked_for = {}
        with home.instance() as instance:
            for run in instance.get_runs():
                asked_for[run.tags.get("dagster/sensor_name")] = run.tags.get("dagster/partition")
    assert asked_for == {None: str(before), "closed_weeks": str(newest), "late_edits": str(before)}
    assert home.sql("SELECT week, complete FROM toggl_weeks ORDER BY week") == [(before, True), (newest, True)]
    assert home.sql("SELECT kind, entry_id, week FROM time_entry_changes") == [("edited", edited.id, before)]
    assert home.sql("SELECT count(*) FROM team_report WHERE week = ?", newest) == [(1,)]
