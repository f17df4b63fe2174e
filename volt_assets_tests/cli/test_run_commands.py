"""list-runs, show-run and cancel-run over a Dagster instance."""

import json
from datetime import date, datetime

import dagster as dg
import pytest

from volt_assets.cli.output import duration
from volt_assets.orchestration import run_records
from volt_assets.warehouse import connect, insert_rows
from volt_assets_tests.toggl.recorded import dead_process, execute, record_run

Status = dg.DagsterRunStatus
LISTED = [
    "run_id",
    "dagster_run_id",
    "status",
    "created_at",
    "duration_seconds",
    "start_date",
    "end_date",
    "users",
    "stages",
]


@pytest.fixture
def failed(instance) -> dg.RunRecord:
    tags = {"volt/start_date": "2025-10-07", "volt/end_date": "2025-10-13", "volt/user_ids": "4294967297,7"}
    return execute(instance, "tracked_time", "reports", failing=ValueError("no [markup] here"), tags=tags)


@pytest.fixture
def people(home) -> None:
    path = home.project / ".volt" / "warehouse.duckdb"
    known = {"name": "Ana", "timezone": None, "active": True, "fetched_at": datetime(2025, 10, 20)}
    with connect(path) as connection:
        connection.execute("DELETE FROM people")
        for week, email in (("2025-10-06", "ana@old.example"), ("2025-10-13", "ana@new.example")):
            row = known | {"week": date.fromisoformat(week), "user_id": 4294967297, "email": email}
            insert_rows(connection, "people", [row])


def test_runs_are_listed_newest_first_as_many_as_asked_for(home, instance, failed):
    newest = record_run(instance, Status.SUCCESS, {"dagster/partition": "2025-10-06"})
    listed = home.volt("list-runs", "--limit", "2", "--json").json
    assert [list(run) for run in listed] == [LISTED, LISTED]
    assert [run["dagster_run_id"] for run in listed] == [newest.dagster_run.run_id, failed.dagster_run.run_id]
    assert listed[0]["end_date"] == "2025-10-12"
    assert listed[0]["users"] is None
    assert (listed[1]["status"], listed[1]["stages"]) == ("failed", ["toggl"])


def test_only_runs_of_a_status_are_listed(home, instance, failed):
    record_run(instance, Status.SUCCESS)
    for status in ("completed", "failed"):
        listed = home.volt("list-runs", "--status", status, "--json").json
        assert {run["status"] for run in listed} == {status}
        assert (failed.dagster_run.run_id in {run["dagster_run_id"] for run in listed}) == (status == "failed")


def test_the_table_for_people_has_the_guides_columns(home, instance):
    record = execute(instance, "tracked_time", "entity_references")
    told = home.volt("list-runs", "--limit", "1").stdout
    assert all(column in told for column in ("Run ID", "Status", "Created", "Duration", "Stages"))
    assert run_records.run_id_of(instance, record) in told
    assert "toggl, fibery" in told


def test_a_home_without_runs_says_how_to_make_one(tmp_path, home):
    outcome = home.volt("list-runs", VOLT_HOME=str(tmp_path))
    assert (outcome.exit_code, outcome.stdout) == (0, "There are no runs yet. `volt run` makes one.\n")
    assert home.volt("list-runs", "--json", VOLT_HOME=str(tmp_path)).json == []


def test_people_are_shown_by_their_newest_address_and_by_id_where_it_is_not_known(home, instance, failed, people):
    shown = home.volt("show-run", failed.dagster_run.run_id, "--json").json
    assert shown["users"] == ["ana@new.example", "7"]
    assert home.volt("list-runs", "--limit", "1", "--json").json[0]["users"] == ["ana@new.example", "7"]
    with connect(home.project / ".volt" / "warehouse.duckdb") as connection:
        connection.execute("DELETE FROM people")
    assert home.volt("show-run", failed.dagster_run.run_id, "--json").json["users"] == ["4294967297", "7"]


def test_a_run_is_shown_with_the_keys_of_its_metadata(home, instance, failed):
    run_id = run_records.run_id_of(instance, failed)
    shown = home.volt("show-run", run_id, "--json").json
    assert shown == json.loads(json.dumps(run_records.run_metadata(instance, failed, shown["users"])))
    assert shown["run_id"] == run_id
    told = home.volt("show-run", run_id).stdout
    assert "ValueError: no [markup] here" in told
    assert "2025-10-07 to 2025-10-13" in told


def test_a_dead_run_is_ended_and_told_of_before_anything_is_shown(home, instance):
    record = record_run(instance, Status.STARTED, dead_process())
    outcome = home.volt("list-runs", "--limit", "1", "--json")
    assert outcome.json[0]["status"] == "failed"
    assert f"Ended {run_records.run_id_of(instance, record)} as failed" in outcome.stderr
    assert home.volt("show-run", record.dagster_run.run_id, "--json").json["error"]["code"] == "process_gone"


def test_a_run_is_cancelled_and_its_end_told(home, instance):
    record = record_run(instance, Status.QUEUED)
    outcome = home.volt("cancel-run", run_records.run_id_of(instance, record), "--json")
    assert outcome.exit_code == 0
    assert outcome.json == {
        "run_id": run_records.run_id_of(instance, record),
        "dagster_run_id": record.dagster_run.run_id,
        "status": "canceled",
    }


def test_a_run_that_has_ended_is_not_cancelled_again(home, instance, failed):
    outcome = home.volt("cancel-run", failed.dagster_run.run_id, "--json")
    assert (outcome.exit_code, outcome.json["error"]["code"]) == (2, "run_finished")
    assert "it is failed" in outcome.stderr


@pytest.mark.parametrize("command", ["show-run", "cancel-run"])
def test_a_run_that_is_not_known_is_bad_input(home, command):
    outcome = home.volt(command, "run_2025-01-01-00-00-00", "--json")
    assert outcome.exit_code == 2
    assert outcome.json["error"]["code"] == "unknown_run"
    assert "volt list-runs" in outcome.json["error"]["message"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, ""), (0, "0s"), (0.6, "1s"), (59.6, "1m 0s"), (525, "8m 45s"), (7205, "2h 0m 5s")]
)
def test_durations_are_told_in_hours_minutes_and_seconds(seconds, text):
    assert duration(seconds) == text
