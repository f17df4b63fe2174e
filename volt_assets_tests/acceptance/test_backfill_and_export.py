"""`volt backfill` and `volt export`: a range brought up to date in one run, and its files without asking anybody."""

import json
from pathlib import Path

import pytest

from volt_assets_tests.acceptance.conftest import Fetched
from volt_assets_tests.acceptance.home import Home
from volt_assets_tests.work_log import of_busiest_week

WEEKS = ["2007-11-26", "2007-12-03", "2007-12-10"]


def toggl_paths(sandbox) -> list[str]:
    return [request["path"].rsplit("/", 1)[-1] for request in sandbox.requests if request["service"] == "toggl"]


@pytest.fixture(scope="module")
def backfilled(busiest: Fetched, sip_server, tmp_path_factory) -> tuple[Home, dict, list[str]]:
    """A home in which the week of 2007-12-03 was complete, after a backfill of it and its neighbours."""
    home = busiest.home.copy(tmp_path_factory.mktemp("backfilled") / "project")
    sip_server.forget()
    outcome = home.volt("backfill", "--from", "2007-W48", "--to", "2007-12-12", "--json")
    assert outcome.exit_code == 0, outcome.stderr
    return home, outcome.json, toggl_paths(sip_server)


def test_a_range_is_one_run_without_a_folder(backfilled: tuple[Home, dict, list[str]]):
    home, told, _ = backfilled
    assert told["weeks"] == WEEKS
    assert told["output_dir"] is None
    keys = {"run_id", "dagster_run_id", "status", "output_dir", "weeks", "requests", "based_on", "failed_checks"}
    assert set(told) == keys
    assert (home.project / ".volt" / "reports" / "2007-W49" / "team_summary.md").is_file()


def test_only_weeks_that_are_not_complete_are_fetched(backfilled: tuple[Home, dict, list[str]]):
    home, told, asked = backfilled
    # People, and a page and totals for each side of the week that is complete already.
    assert asked == ["workspace_users", "totals", "time_entries", "totals", "time_entries"]
    stored = home.sql("SELECT week::VARCHAR, complete FROM toggl_weeks ORDER BY week")
    assert stored == [(week, True) for week in WEEKS]
    assert home.sql("SELECT DISTINCT week::VARCHAR FROM team_report ORDER BY 1") == [(week,) for week in WEEKS]


def test_nothing_is_fetched_where_all_is_complete_and_everything_with_refetch(
    backfilled: tuple[Home, dict, list[str]], sip_sandbox, work_log
):
    home, _, _ = backfilled
    for arguments, asked in (([], ["workspace_users"]), (["--refetch"], ["workspace_users", "totals", "time_entries"])):
        sip_sandbox.forget()
        outcome = home.volt("backfill", "--from", "2007-W48", "--to", "2007-W50", "--json", *arguments)
        assert outcome.exit_code == 0, outcome.stderr
        assert toggl_paths(sip_sandbox) == asked
    assert home.metadata("toggl_time_entries", "2007-12-03")["entries"] == len(of_busiest_week(work_log))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--from", "2007-W50", "--to", "2007-W48"],
        ["--from", "2007-W48", "--to", "2007-W54"],
        ["--from", "2999-W01", "--to", "2999-W01"],
        ["--from", "2007-W48", "--to", "2007-W50", "--start-from", "fibery", "--refetch"],
    ],
)
def test_a_backfill_of_no_such_weeks_is_refused(busiest: Fetched, arguments: list[str]):
    before = busiest.home.dagster_runs()
    assert busiest.home.volt("backfill", *arguments).exit_code == 2
    assert busiest.home.dagster_runs() == before


def test_an_export_holds_what_the_runs_folder_holds_and_asks_nobody(busiest: Fetched, sip_sandbox, tmp_path: Path):
    sip_sandbox.forget()
    outcome = busiest.home.volt(
        *(
            "export",
            "--start-date",
            "2007-12-03",
            "--end-date",
            "2007-12-09",
            "--output-dir",
            str(tmp_path),
            "--xlsx",
            "--json",
        )
    )
    assert outcome.exit_code == 0, outcome.stderr
    assert sip_sandbox.requests == []
    assert outcome.json["weeks"] == ["2007-12-03"]
    folder = Path(outcome.json["output_dir"])
    run = Path(busiest.outcome.json["output_dir"])
    assert {path.relative_to(folder) for path in folder.rglob("*")} == {
        *(path.relative_to(run) for path in run.rglob("*")),
        Path("reports/time.xlsx"),
    }
    for name in ("raw_toggl_data.json", "toggl_aggregated.json", "enriched_data.json"):
        exported, of_run = (json.loads((where / name).read_text()) for where in (folder, run))
        assert exported.pop("run_id") is None
        of_run.pop("run_id")
        assert exported == of_run
    metadata, of_run = (json.loads((where / "run_metadata.json").read_text()) for where in (folder, run))
    assert list(metadata) == list(of_run)
    assert metadata["run_id"] is None
    assert metadata["statistics"] == of_run["statistics"]


def test_a_day_in_a_week_that_is_not_stored_cannot_be_exported(busiest: Fetched, tmp_path: Path):
    outcome = busiest.home.volt(
        *("export", "--start-date", "2007-12-03", "--end-date", "2007-12-10", "--output-dir", str(tmp_path), "--json")
    )
    assert outcome.exit_code == 2
    assert "2007-12-10" in outcome.json["error"]["message"]
    assert list(tmp_path.iterdir()) == []
