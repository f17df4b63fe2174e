"""A company of four weeks behind both APIs, a home with these weeks stored, and Dagster's own word on what is stale."""

import csv
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from volt_assets.definitions import WEEKLY_JOB, build_defs
from volt_assets.orchestration.instance import open_instance
from volt_assets.orchestration.run_records import RANGE
from volt_assets.sandbox.company import Company
from volt_assets.sandbox.from_csv import ENTITY_COLUMNS, ENTRY_COLUMNS, company_from_csv
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets.settings import Settings
from volt_assets.warehouse import connect, read_rows

FIRST = date(2025, 9, 1)
WEEKS = [FIRST + timedelta(days=7 * number) for number in range(4)]
# What was worked on in each week: bugs in the first, tasks in the second, both in the third, neither in the fourth.
WORK = [
    ["Crash on start #1 [Scrum] [Bug] [Volt]", "Meeting"],
    ["Pay by card #2 [Scrum] [Task] [Volt]"],
    ["Pay by card #2 [Scrum] [Task] [Volt]", "Crash on start #1 [Scrum] [Bug] [Volt]"],
    ["Meeting", "Write a plan #9 [Plans] [Idea]"],
]
CONFIG = """\
enrichment_activities:
  Scrum/Bug: {activity: enrich_scrum_bug}
  Scrum/Task: {activity: enrich_scrum_task, fields: [Priority]}
  default: {activity: default_enrich_entity}
"""


def _write(path: Path, columns: Sequence[str], rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The company as files: entries and entities."""
    folder = tmp_path_factory.mktemp("company")
    entries = [
        {
            "User": name,
            "Email": f"{name.lower()}@example.com",
            "Description": text,
            "Billable": "No",
            "Start date": str(week + timedelta(days=day)),
            "Start time": "09:00:00",
            "End date": str(week + timedelta(days=day)),
            "End time": "10:00:00",
            "Duration": "01:00:00",
        }
        for week, texts in zip(WEEKS, WORK, strict=True)
        for name in ("Ana", "Bo")
        for day, text in enumerate(texts)
    ]
    entities = [
        {"Space": "Scrum", "Database": kind, "Public Id": number, "Name": name, "State": state}
        for kind, number, name, state in (
            ("Bug", "1", "Crash on start", "Open"),
            ("Bug", "3", "Old crash", "Done"),
            ("Task", "2", "Pay by card", "Open"),
        )
    ]
    _write(folder / "entries.csv", ENTRY_COLUMNS, entries)
    _write(folder / "entities.csv", ENTITY_COLUMNS, entities)
    return folder / "entries.csv", folder / "entities.csv"


@contextmanager
def asking(company: Company, project: Path) -> Iterator["World"]:
    """A project that asks this company."""
    with start_sandbox(company, SandboxSettings(fibery_limits=False)) as sandbox:
        values = {name.lower(): value for name, value in sandbox.environment.items()}
        settings = Settings(project=project, volt_first_week=FIRST, _env_file=None, **values)
        with open_instance(settings) as instance:
            yield World(project, sandbox, instance, settings)


class World:
    """A project that asks the sandbox: runs in it, and what Dagster says of its weeks."""

    def __init__(self, project: Path, sandbox: Sandbox, instance: dg.DagsterInstance, settings: Settings):
        self.project = project
        self.sandbox = sandbox
        self.instance = instance
        self.settings = settings

    def configure(self, text: str) -> None:
        (self.project / "config" / "enrichment_config.yaml").write_text(text)

    def run(
        self,
        first: date = WEEKS[0],
        last: date = WEEKS[-1],
        *,
        assets: Sequence[str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> list[str]:
        """Materialize the assets (all weekly ones) for the weeks. Returns the paths asked of Fibery."""
        before = len(self.sandbox.requests)
        weeks = {"partition_key": first.isoformat()} if first == last else {}
        range_tags = {} if first == last else dict(zip(RANGE, (first.isoformat(), last.isoformat()), strict=True))
        result = (
            build_defs(self.settings)
            .resolve_job_def(WEEKLY_JOB)
            .execute_in_process(
                instance=self.instance,
                asset_selection=[dg.AssetKey(name) for name in assets] if assets else None,
                tags={**range_tags, **(tags or {})},
                run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
                **weeks,
            )
        )
        assert result.success
        return [asked["path"] for asked in self.sandbox.requests[before:] if asked["service"] == "fibery"]

    def stale(self) -> dict[str, list[date]]:
        """The weeks that Dagster calls stale, by asset; assets all of whose weeks are fresh are left out."""
        graph = build_defs(self.settings).resolve_asset_graph()
        resolver = CachingStaleStatusResolver(self.instance, graph, LoadingContextForTest(self.instance))
        found = {}
        for key in sorted(graph.materializable_asset_keys):
            if graph.get(key).is_partitioned:
                status = {week: resolver.get_status(key, week.isoformat()).value for week in WEEKS}
                assert set(status.values()) <= {"FRESH", "STALE"}, (key, status)
                found[key.to_user_string()] = [week for week in WEEKS if status[week] == "STALE"]
        return {key: weeks for key, weeks in found.items() if weeks}

    def materialization(self, asset: str, week: date) -> dg.EventLogRecord:
        wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset), asset_partitions=[week.isoformat()])
        return self.instance.fetch_materializations(wanted, limit=1).records[0]

    def rows(self, table: str, week: date) -> list[dict[str, Any]]:
        with closing(connect(self.settings.warehouse_path)) as connection:
            return read_rows(connection, f"SELECT * FROM {table} WHERE week = ? ORDER BY ALL", [week])


@pytest.fixture(scope="session")
def all_weeks_run(files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with all weeks run once: to be copied."""
    project = tmp_path_factory.mktemp("project")
    (project / "config").mkdir()
    with asking(company_from_csv(*files), project) as world:
        world.configure(CONFIG)
        world.run()
    return project


@pytest.fixture
def world(files: tuple[Path, Path], all_weeks_run: Path, tmp_path: Path) -> Iterator[World]:
    """With all weeks run once."""
    shutil.copytree(all_weeks_run, tmp_path / "project")
    with asking(company_from_csv(*files), tmp_path / "project") as world:
        yield world
