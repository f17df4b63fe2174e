"""What commands say of checks that failed in their runs, with one that fails for every week."""

import os
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

import dagster as dg
import pytest

from volt_assets.cli.results import report_failed_checks
from volt_assets.orchestration.checks import Check
from volt_assets.orchestration.failed_checks import FailedCheck
from volt_assets.sandbox.faults import Fault
from volt_assets.sandbox.generated import generated_company
from volt_assets.sandbox.server import start_sandbox
from volt_assets.toggl import checks as toggl_checks
from volt_assets.warehouse import read_rows
from volt_assets.weeks import last_day, week_of
from volt_assets_tests.acceptance.home import Home

# Weeks in which the company has worked.
WEEK = week_of(date.today()) - timedelta(weeks=3)
NEXT = WEEK + timedelta(weeks=1)
SAID = "no_week_is_right of tracked_time"


@pytest.fixture
def nothing_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more check of severity error, which fails for every week, and one that warns of every week."""

    def find(connection):
        return read_rows(connection, "SELECT week FROM checked_weeks ORDER BY week")

    usual = toggl_checks.checks
    more = [
        Check("tracked_time", "no_week_is_right", "", find, dg.AssetCheckSeverity.ERROR),
        Check("tracked_time", "no_week_is_good", "", find, dg.AssetCheckSeverity.WARN),
    ]
    monkeypatch.setattr(toggl_checks, "checks", lambda share: usual(share) + more)


def failures(checks: list[dict]) -> dict[str, list[str]]:
    """Of the JSON's list, what is of the asset that this is about."""
    return {check["check"]: check["weeks"] for check in checks if check["asset"] == "tracked_time"}


@pytest.mark.usefixtures("nothing_is_right")
@pytest.mark.slow
def test_a_run_and_a_backfill_say_which_errors_failed_and_for_which_weeks(tmp_path: Path):
    with start_sandbox(generated_company()) as sandbox:
        home = Home(tmp_path, sandbox.environment)
        ran = home.volt("run", "--start-date", str(WEEK), "--end-date", str(last_day(WEEK)), "--json")
        filled = home.volt("backfill", "--from", str(WEEK), "--to", str(NEXT), "--json")
    for outcome, weeks in ((ran, [str(WEEK)]), (filled, [str(WEEK), str(NEXT)])):
        assert outcome.exit_code == 0, outcome
        assert failures(outcome.json["failed_checks"]) == {"no_week_is_right": weeks}
        (line,) = [line for line in outcome.stderr.splitlines() if SAID in line]
        assert line.endswith(", ".join(weeks))
        assert "no_week_is_good" not in outcome.stderr


@pytest.mark.usefixtures("nothing_is_right")
def test_a_run_that_fails_reports_its_failed_checks_after_its_error(tmp_path: Path):
    with start_sandbox(generated_company()) as sandbox:
        home = Home(tmp_path, sandbox.environment)
        sandbox.fail_next("/api/commands", Fault(403, "no"), times=100)
        outcome = home.volt("run", "--start-date", str(WEEK), "--end-date", str(last_day(WEEK)), "--json")
    assert outcome.exit_code == 1, outcome
    assert outcome.json["error"]["code"] == "refused"
    assert failures(outcome.json["failed_checks"]) == {"no_week_is_right": [str(WEEK)]}
    lines = outcome.stderr.splitlines()
    (error,) = [line for line in lines if line.startswith("Error: ")]
    (check,) = [line for line in lines if SAID in line]
    assert lines.index(error) < lines.index(check)


@pytest.mark.slow
@pytest.mark.usefixtures("nothing_is_right")
def test_the_demo_says_it_of_all_its_weeks_at_the_end(tmp_path: Path):
    with patch.dict(os.environ):
        outcome = Home(tmp_path, {}).volt("demo")
    assert outcome.exit_code == 0, outcome
    (line,) = [line for line in outcome.stderr.splitlines() if SAID in line]
    assert line.endswith(" and 6 more")


def test_nothing_is_said_where_no_check_failed(capsys):
    report_failed_checks([])
    assert capsys.readouterr() == ("", "")


def test_a_check_that_failed_in_many_weeks_takes_one_line(capsys):
    weeks = [WEEK + n * timedelta(weeks=1) for n in range(7)]
    report_failed_checks([FailedCheck("team_report", "adds_up", week) for week in weeks])
    out, err = capsys.readouterr()
    assert out == ""
    named = ", ".join(map(str, weeks[:5]))
    assert err.splitlines()[1:] == [f"- adds_up of team_report: weeks of {named} and 2 more"]
