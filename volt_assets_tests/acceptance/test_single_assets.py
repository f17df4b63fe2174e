"""Each asset materialized alone, as `dagster asset materialize --select` and a click in Dagster's UI do it."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CODE_VERSION_TAG, DATA_VERSION_TAG

from volt_assets.definitions import build_defs
from volt_assets.sandbox.server import Sandbox
from volt_assets.settings import Settings
from volt_assets.weeks import week_of
from volt_assets_tests.acceptance.home import OURS, PACKAGE_PARENT, Home

# In the order in which a week comes about, each with what else the step makes.
ALONE = {
    "toggl_time_entries": {"people"},
    "people": {"toggl_time_entries"},
    "tracked_time": set(),
    "toggl_summary": set(),
    "fibery_schema": set(),
    "entity_references": {"fibery_schema"},
    "assigned_entities": set(),
    "enriched_entities": set(),
    "individual_reports": set(),
    "team_report": set(),
}


def materialize(home: Home, key: str, week: date) -> dict[str, dg.AssetMaterialization]:
    """Materialize a week of one asset; returns what the run recorded, by asset."""
    with home.inside():
        defs = build_defs(Settings.load(dotenv=False))
    with home.instance() as instance:
        result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(key)],
            partition_key=None if key == "fibery_schema" else week.isoformat(),
        )
        records = instance.get_records_for_run(result.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION).records
    made = [record.event_log_entry.asset_materialization for record in records]
    return {event.asset_key.to_user_string(): event for event in made if event is not None}


@pytest.fixture(scope="module")
def week(today: date) -> date:
    return week_of(today) - timedelta(weeks=1)


@pytest.fixture(scope="module")
def home(generated_server: Sandbox, new_home: Callable[..., Home]) -> Home:
    return new_home(generated_server)


@pytest.fixture(scope="module")
def made(home: Home, week: date) -> dict[str, set[str]]:
    """What was recorded as each asset was made alone, one after the other: the home's week is whole then."""
    return {name: set(materialize(home, name, week)) for name in ALONE}


def test_every_asset_can_be_made_alone_and_a_week_comes_about_one_by_one(home: Home, made: dict[str, set[str]]):
    assert made == {name: {name, *beside} for name, beside in ALONE.items()}
    ((people, reports),) = home.sql(
        "SELECT (SELECT count(DISTINCT user_id) FROM tracked_time), (SELECT count(*) FROM individual_reports)"
    )
    assert people == reports > 0
    assert home.sql("SELECT count(*) FROM team_report") == [(1,)]


@pytest.mark.parametrize(("selected", "beside"), [("toggl_time_entries", "people"), ("people", "toggl_time_entries")])
def test_what_a_fetch_makes_beside_what_was_selected_is_recorded_alike(home: Home, week: date, selected, beside):
    whole = materialize(home, beside, week)[beside]
    recorded = materialize(home, selected, week)[beside]
    assert recorded.partition == whole.partition == week.isoformat()
    for tag in (CODE_VERSION_TAG, DATA_VERSION_TAG):
        assert recorded.tags[tag] == whole.tags[tag]
    assert recorded.metadata["dagster/partition_row_count"] == whole.metadata["dagster/partition_row_count"]


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("selected", "left_alone"),
    [("enriched_entities", "assigned_entities"), ("assigned_entities", "enriched_entities")],
)
def test_of_what_fibery_is_asked_in_one_request_only_what_was_selected_is_replaced(home, week, selected, left_alone):
    def rows(table: str) -> list[tuple]:
        return home.sql(f"SELECT * FROM {table} ORDER BY ALL")

    before = {table: rows(table) for table in ALONE if table not in ("fibery_schema",)}
    materialize(home, selected, week)
    assert rows(left_alone) == before[left_alone] != []
    assert len(rows(selected)) == len(before[selected])
    assert rows(selected) != before[selected]  # by the time of the fetch


@pytest.mark.slow
def test_dagsters_own_command_takes_one_asset(home: Home, week: date):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    command = "asset", "materialize", "-m", "volt_assets.definitions", "--select", "toggl_time_entries"
    done = subprocess.run(
        [sys.executable, "-m", "dagster", *command, "--partition", str(week)],
        cwd=home.project,
        env=inherited | {"PYTHONPATH": str(PACKAGE_PARENT)} | home.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Materialized value toggl_time_entries" in done.stderr
