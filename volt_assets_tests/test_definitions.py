"""The graph as Dagster loads it: every asset is described and weekly, and loading it touches nothing."""

import subprocess
import sys
import textwrap
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster._serdes import serialize_value

from volt_assets.definitions import WEEKLY_JOB, build_defs
from volt_assets.errors import BadInput
from volt_assets.orchestration.run_records import STAGES
from volt_assets.runs import run
from volt_assets.settings import DEFAULTS, Settings
from volt_assets.toggl.client import Person
from volt_assets.weeks import week_of

ROOT = Path(__file__).parents[1]
EXPECTED = {
    "toggl": {"toggl_time_entries", "people", "tracked_time", "toggl_summary"},
    "fibery": {"fibery_schema", "entity_references", "enriched_entities", "assigned_entities"},
    "reports": {"individual_reports", "team_report"},
}


def settings(folder: Path, **values: object) -> Settings:
    return Settings(project=folder, _env_file=None, **values)


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_defs(settings(tmp_path_factory.mktemp("project")))


@pytest.fixture(scope="module")
def graph(defs: dg.Definitions):
    return defs.resolve_asset_graph()


def test_the_assets_stand_in_the_groups_that_are_the_stages_in_order(graph):
    groups = {}
    for key in graph.materializable_asset_keys:
        groups.setdefault(graph.get(key).group_name, set()).add(key.to_user_string())
    assert groups == EXPECTED
    assert STAGES == ("toggl", "fibery", "reports")


def test_the_flow_never_runs_back_from_a_later_stage_to_an_earlier_one(graph):
    order = ("sources", *STAGES)
    for key in graph.get_all_asset_keys():
        stage = order.index(graph.get(key).group_name)
        assert all(order.index(graph.get(parent).group_name) <= stage for parent in graph.get(key).parent_keys)


def test_lineage_begins_with_toggl_and_fibery_which_nothing_here_makes(graph):
    fed = {
        key.to_user_string(): {child.to_user_string() for child in graph.get(key).child_keys}
        for key in graph.external_asset_keys
    }
    assert fed == {
        "toggl": {"toggl_time_entries", "people"},
        "fibery": {"fibery_schema", "enriched_entities", "assigned_entities"},
    }


@pytest.mark.filterwarnings("ignore:Property .ScheduleDefinition.environment_vars:DeprecationWarning")
def test_what_dagster_keeps_of_resources_holds_no_token_and_nobody(tmp_path):
    person = Person(1, "Ada Lovelace", "ada@x.example", "UTC", True)
    tokens = {"toggl_api_token": "tok-of-toggl-3f9d1c7e", "fibery_api_token": "tok.fibery", "openai_api_key": "sk-key"}
    secret = settings(tmp_path, toggl_workspace_id=1, fibery_workspace_name="w", volt_model="m", **tokens)
    repository = build_defs(secret, people=(person,)).get_repository_def()
    kept = serialize_value(RepositorySnap.from_def(repository))
    assert "warehouse.duckdb" in kept
    assert not [text for text in (*tokens.values(), person.name, person.email) if text in kept]


@pytest.mark.parametrize("name", sorted(set().union(*EXPECTED.values())))
def test_every_asset_says_what_it_is_and_takes_a_range_of_weeks_in_one_run(graph, name):
    asset = graph.get(dg.AssetKey(name))
    assert asset.owners
    assert asset.kinds
    assert len(asset.kinds) <= 3
    assert asset.description.split("\n\n")[0].endswith(".")
    if name == "fibery_schema":
        assert asset.partitions_def is None
        return
    assert isinstance(asset.partitions_def, dg.WeeklyPartitionsDefinition)
    assert asset.backfill_policy == dg.BackfillPolicy.single_run()
    assert asset.code_version


def test_a_change_of_zone_or_configuration_makes_the_stored_weeks_stale(tmp_path):
    def versions(folder: Path, **values: object) -> dict[str, str | None]:
        graph = build_defs(settings(folder, **values)).resolve_asset_graph()
        return {key.to_user_string(): graph.get(key).code_version for key in graph.get_all_asset_keys()}

    before, elsewhere = versions(tmp_path), versions(tmp_path, volt_timezone="Europe/London")
    assert before["toggl_time_entries"] != elsewhere["toggl_time_entries"]
    assert before == versions(tmp_path)
    (tmp_path / "config").mkdir()
    text = (ROOT / "config" / "enrichment_config.yaml").read_text()
    (tmp_path / "config" / "enrichment_config.yaml").write_text(text + "\n# a comment changes nothing\n")
    assert versions(tmp_path) == before
    (tmp_path / "config" / "enrichment_config.yaml").write_text(text.replace("- Severity", "- Priority", 1))
    edited = versions(tmp_path)
    assert edited["enriched_entities"] != before["enriched_entities"]
    assert edited["toggl_time_entries"] == before["toggl_time_entries"]


def test_the_job_holds_every_weekly_asset(defs):
    job = defs.resolve_job_def(WEEKLY_JOB)
    keys = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
    assert keys == set().union(*EXPECTED.values()) - {"fibery_schema"}
    assert job.executor_def is dg.in_process_executor


def test_the_weeks_begin_with_the_first_week_and_hold_the_open_one(graph, tmp_path):
    old = build_defs(settings(tmp_path, volt_first_week="2006-01-02", volt_timezone="Europe/London"))
    for of, first, zone in ((graph, "2024-01-01", "UTC"), (old.resolve_asset_graph(), "2006-01-02", "Europe/London")):
        weekly = of.get(dg.AssetKey("team_report")).partitions_def
        now = datetime.now(UTC).astimezone(settings(tmp_path, volt_timezone=zone).zone)
        keys = weekly.get_partition_keys(current_time=now)
        assert keys[0] == first
        assert keys[-1] == week_of(now.date()).isoformat()
        assert len(keys) == (week_of(now.date()) - datetime.fromisoformat(first).date()) // timedelta(days=7) + 1


def test_workspace_pyproject_and_volt_name_the_same_definitions_and_code_location():
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    dg_project = tool["dg"]["project"]
    named = [
        (f"{dg_project['root_module']}.definitions", dg_project["code_location_name"]),
        (tool["dagster"]["module_name"], tool["dagster"]["code_location_name"]),
    ]
    for file in (ROOT / "workspace.yaml", DEFAULTS / "workspace.yaml"):
        (location,) = yaml.safe_load(file.read_text())["load_from"]
        named.append((location["python_module"]["module_name"], location["python_module"]["location_name"]))
    assert set(named) == {(build_defs.__module__, "volt_assets")}
    assert run.build_defs is build_defs


def test_a_wrong_configuration_is_refused_in_words(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "enrichment_config.yaml").write_text("enrichment_activities: [\n")
    with pytest.raises(BadInput, match=r"enrichment_config\.yaml"):
        build_defs(settings(tmp_path))


LOADS = """
    import sys
    reached = []
    sys.addaudithook(lambda event, args: event.startswith("socket.") and reached.append((event, args)))
    import duckdb
    # The catalogue reads what columns mean from the migrations, in a database in memory.
    in_memory = duckdb.connect
    duckdb.connect = lambda *args, **kwargs: reached.append(args) if args else in_memory()
    from volt_assets.definitions import defs
    print(len(defs().resolve_asset_graph().materializable_asset_keys), reached)
"""


def test_loading_opens_no_database_makes_no_folder_and_sends_nothing(tmp_path):
    loaded = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(LOADS)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert loaded.stdout == f"{len(set().union(*EXPECTED.values()))} []\n", loaded.stderr
    assert list(tmp_path.iterdir()) == []


def test_hours_in_another_form_make_stale_what_people_read_and_nothing_else(tmp_path):
    def versions(dotenv: str) -> dict[str, str]:
        (tmp_path / ".env").write_text(dotenv)
        specs = build_defs(Settings.load(tmp_path)).resolve_all_asset_specs()
        return {spec.key.to_user_string(): spec.code_version for spec in specs if spec.code_version}

    decimal, in_minutes = versions("VOLT_HOURS=decimal"), versions("VOLT_HOURS=hm")
    assert versions("") == decimal
    changed = {key for key in decimal if decimal[key] != in_minutes[key]}
    assert changed == {"toggl_summary", "individual_reports", "team_report"}


def test_an_edit_of_what_is_expected_of_people_makes_reports_stale_and_a_new_receiver_does_not(tmp_path):
    def versions(text: str) -> set[str]:
        (tmp_path / "config").mkdir(exist_ok=True)
        (tmp_path / "config" / "people.yaml").write_text(text)
        specs = build_defs(settings(tmp_path)).resolve_all_asset_specs()
        return {spec.code_version for spec in specs if spec.group_name == "reports"}

    before = versions("people: {a@b: {hours: 40}}")
    assert len(before) == 2
    assert versions("people: {a@b: {hours: 40, notify: 'json://receiver'}}") == before
    assert not versions("people: {a@b: {hours: 32}}") & before
    with pytest.raises(BadInput, match="line 1: hour: is not a known key"):
        versions("hour: 40")
