"""A project with a home of its own, `volt` called in it as from a terminal, and what is left behind afterwards."""

import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from volt_assets.cli import main
from volt_assets.orchestration import run_records
from volt_assets.orchestration.instance import open_instance
from volt_assets.settings import Settings

# Whatever the developer's own shell has set is not the tests'.
OURS = ("VOLT_", "TOGGL_", "FIBERY_", "DAGSTER_", "OPENAI_")
VOLT = (sys.executable, "-c", "from volt_assets.cli import main; main()")
PACKAGE_PARENT = Path(__file__).parents[2]

TABLES = (
    "toggl_weeks",
    "toggl_time_entries",
    "people",
    "tracked_time",
    "toggl_summary",
    "fibery_schema",
    "entity_references",
    "enriched_entities",
    "individual_reports",
    "team_report",
)


_BEGUN = datetime.now(UTC)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(?:Z| UTC)")


def without_times(text: str) -> str:
    """The text without the instants since the tests began; those of the company's own past stay."""

    def hidden(found: re.Match[str]) -> str:
        instant = datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00")
        return "(now)" if instant > _BEGUN - timedelta(minutes=1) else found[0]

    return _INSTANT.sub(hidden, text)


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit code and what it printed."""

    exit_code: int
    stdout: str
    stderr: str

    @cached_property
    def json(self) -> Any:
        """The one line of JSON that stdout is with --json."""
        assert self.stdout.count("\n") == 1, self
        assert self.stdout.endswith("\n"), self
        return json.loads(self.stdout)

    @property
    def folder(self) -> Path:
        return Path(self.json["output_dir"])

    def file(self, name: str) -> Any:
        """A JSON file of the run's folder."""
        return json.loads((self.folder / name).read_text())

    def files(self) -> dict[str, str]:
        """The texts of the run's folder by their paths, without its ids, its times and how long it took."""
        texts = {}
        for path in sorted(self.folder.rglob("*.*")):
            text = without_times(path.read_text())
            for own in (self.json["run_id"], self.json["dagster_run_id"]):
                text = text.replace(own, "(this run)")
            texts[str(path.relative_to(self.folder))] = re.sub(r'"duration_seconds": \d+\.\d+', "(took)", text)
        return texts


class Home:
    """A project folder, its environment, and the home .volt in it."""

    def __init__(self, project: Path, environment: Mapping[str, str]):
        self.project = project.resolve()
        self.environment = dict(environment)

    def copy(self, project: Path) -> "Home":
        """The same stored weeks and runs in another folder, to be changed without changing these."""
        shutil.copytree(self.project, project, dirs_exist_ok=True)
        return Home(project, self.environment)

    @contextmanager
    def inside(self, **environment: str | None) -> Iterator[None]:
        """The working folder and the environment of a command: ours, with these changes (None: not set)."""
        wanted = {name: value for name, value in (self.environment | environment).items() if value is not None}
        with pytest.MonkeyPatch.context() as patch, chdir(self.project):
            for name in os.environ:
                if name.startswith(OURS):
                    patch.delenv(name)
            for name, value in wanted.items():
                patch.setenv(name, value)
            yield

    def volt(self, *arguments: str, **environment: str | None) -> Outcome:
        """Run a command in this process."""
        stdout, stderr = io.StringIO(), io.StringIO()
        with (
            self.inside(**environment),
            pytest.MonkeyPatch.context() as patch,
            redirect_stdout(stdout),
            redirect_stderr(stderr),
            pytest.raises(SystemExit) as ended,
        ):
            patch.setattr(sys, "argv", ["volt", *arguments])
            main()
        return Outcome(ended.value.code, stdout.getvalue(), stderr.getvalue())

    def run(self, *days: str, **environment: str | None) -> Outcome:
        """`volt run --json` for the days first, last, and what options follow; it has to succeed."""
        arguments = days if days[0].startswith("--") else ("--start-date", days[0], "--end-date", days[1], *days[2:])
        outcome = self.volt("run", "--json", *arguments, **environment)
        assert outcome.exit_code == 0, outcome
        return outcome

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        with self.inside():
            settings = Settings.load(dotenv=False)
        with open_instance(settings) as instance:
            yield instance

    def dagster_runs(self) -> dict[str, str]:
        """Dagster's id of each run and its status in our words."""
        with self.instance() as instance:
            return {record.dagster_run.run_id: run_records.status_of(record) for record in instance.get_run_records()}

    def metadata(self, table: str, week: str) -> dict[str, Any]:
        """What the last materialization of a week says."""
        with self.instance() as instance:
            records = instance.fetch_materializations(
                dg.AssetRecordsFilter(asset_key=dg.AssetKey(table), asset_partitions=[week]), limit=1
            ).records
        return {name: value.value for name, value in records[0].asset_materialization.metadata.items()}

    def sql(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.project / ".volt" / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(query, parameters).fetchall()

    def tables(self, *, times: bool = True) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table; without `times`, what says when rows were fetched or made is left out."""
        warehouse = self.project / ".volt" / "warehouse.duckdb"
        if not warehouse.exists():
            return {}
        shown = "*" if times else "COLUMNS(lambda name: name NOT IN ('fetched_at', 'generated_at'))"
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            rows = {
                table: connection.execute(f"SELECT {shown} FROM {table} ORDER BY ALL").fetchall() for table in TABLES
            }
        if times:
            return rows
        return {
            table: [
                tuple(without_times(value) if isinstance(value, str) else value for value in row) for row in of_table
            ]
            for table, of_table in rows.items()
        }

    def reset_quota(self) -> None:
        """As when Toggl's hour is over."""
        with duckdb.connect(str(self.project / ".volt" / "warehouse.duckdb")) as connection:
            connection.execute("UPDATE toggl_quota SET resets_at = TIMESTAMP '2020-01-01'")

    def folders(self) -> set[str]:
        """All folders and files of runs, hidden ones included, by their path in the project."""
        return {str(path.relative_to(self.project)) for path in self.project.glob("tmp/**/*")}

    def everything(self) -> tuple[Any, ...]:
        """What must not change where a command is refused."""
        return self.dagster_runs(), self.tables(), self.folders()
