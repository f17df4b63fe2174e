"""The state of a check is kept for each week: in runs of a week, of a range and without a week, and by later runs."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionResolvedStatus as Status

from volt_assets.orchestration.checks import Check, check_definitions, failed_errors, failing, sql_rule
from volt_assets.orchestration.failed_checks import FailedCheck
from volt_assets.orchestration.partitions import weekly_partitions
from volt_assets.orchestration.run_records import PARTITION, RANGE
from volt_assets.settings import Settings
from volt_assets.warehouse import Warehouse, connect
from volt_assets_tests.reports.conftest import ZONE, Stored
from volt_assets_tests.toggl.recorded import SILENT

FIRST, SECOND, THIRD = WEEKS = [date(2025, 9, 22) + n * timedelta(weeks=1) for n in range(3)]
ASSET = "toggl_time_entries"


class Team:
    """An instance and a warehouse of three weeks, and a job of one asset with two checks."""

    def __init__(self, home: Path):
        settings = Settings(project=home, volt_timezone=ZONE, _env_file=None)
        self.path = settings.warehouse_path
        self.path.parent.mkdir()
        with connect(self.path) as connection:
            stored = Stored(connection)
            for week in WEEKS:
                stored.entry("Meeting", day=week)
            stored.weeks(FIRST, THIRD)
        weekly = weekly_partitions(settings.volt_first_week, settings.zone)

        @dg.asset(name=ASSET, partitions_def=weekly, backfill_policy=dg.BackfillPolicy.single_run())
        def entries() -> None: ...

        zero = sql_rule("toggl/sql/checks/entries_of_zero_seconds.sql")
        long = sql_rule("toggl/sql/checks/long_entries.sql")
        self.checks = [
            Check(ASSET, "no_entry_of_zero_seconds", "", zero, dg.AssetCheckSeverity.ERROR),
            Check(ASSET, "no_entry_over_ten_hours", "", long, dg.AssetCheckSeverity.WARN),
        ]
        self.job = dg.Definitions(
            assets=[entries],
            asset_checks=check_definitions(self.checks, weekly, settings.zone),
            jobs=[dg.define_asset_job("job")],
            resources={"warehouse": Warehouse(database=str(self.path))},
            executor=dg.in_process_executor,
        ).resolve_job_def("job")
        self.weekly = weekly
        self.instance = dg.DagsterInstance.ephemeral()

    def store(self, sql: str) -> None:
        with connect(self.path) as connection:
            connection.execute(sql)

    def spoil(self, week: date, seconds: int = 0) -> None:
        self.store(f"UPDATE toggl_time_entries SET seconds = {seconds} WHERE week = '{week}'")

    def run(self, *weeks: date) -> list[FailedCheck]:
        """Run a week, or the range of weeks from the first to the last; returns the checks that failed in that run."""
        run = self.job.execute_in_process(instance=self.instance, run_config=SILENT, **tags_of(*weeks))
        return failed_errors(run.get_asset_check_evaluations())

    def failing(self) -> list[FailedCheck]:
        return failing(self.instance, [check.key for check in self.checks])

    def states(self, check: int = 0) -> dict[str, list[str]]:
        """What Dagster's UI shows of a check: its weeks by state."""
        key = self.checks[check].key
        state = self.instance.event_log_storage.get_asset_check_state([(key, self.weekly)])[key]
        return {
            status.name: sorted(subset.subset_value.get_partition_keys())
            for status, subset in state.subsets.items()
            if not subset.is_empty
        }


def tags_of(*weeks: date) -> dict:
    if len(weeks) == 1:
        return {"partition_key": str(weeks[0])}
    return {"tags": dict(zip(RANGE, (str(weeks[0]), str(weeks[-1])), strict=True))}


def failed(*weeks: date) -> list[FailedCheck]:
    return [FailedCheck(ASSET, "no_entry_of_zero_seconds", week) for week in weeks]


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    team = Team(tmp_path)
    with team.instance:
        yield team


def test_a_run_of_a_range_evaluates_each_of_its_weeks(team):
    team.spoil(SECOND)
    assert team.run(FIRST, THIRD) == failed(SECOND)
    assert team.states() == {"SUCCEEDED": [str(FIRST), str(THIRD)], "FAILED": [str(SECOND)]}


def test_a_week_that_failed_is_not_hidden_by_the_next_one_that_passes(team):
    team.spoil(FIRST)
    team.run(FIRST)
    assert team.run(SECOND) == []
    assert team.run(SECOND, THIRD) == []
    assert team.failing() == failed(FIRST)
    assert team.states()["FAILED"] == [str(FIRST)]
    team.spoil(FIRST, seconds=60)
    team.run(FIRST, SECOND)
    assert team.failing() == []
    assert team.states() == {"SUCCEEDED": [str(week) for week in WEEKS]}


def test_a_week_that_failed_in_a_range_and_passed_before_fails(team):
    team.run(*WEEKS)
    team.spoil(THIRD)
    team.run(*WEEKS)
    assert team.failing() == failed(THIRD)


@pytest.mark.parametrize("weeks", [[FIRST], WEEKS])
def test_an_execution_that_is_planned_or_broken_off_is_not_taken_for_one_that_passed(team, weeks):
    team.spoil(FIRST)
    team.run(*weeks)
    (tags,) = [{PARTITION: str(FIRST)} if weeks == [FIRST] else tags_of(*weeks)["tags"]]
    planned = team.instance.create_run_for_job(team.job, tags=tags)
    assert Status.IN_PROGRESS.name in team.states()
    assert team.failing() == failed(FIRST)
    team.instance.report_run_failed(planned)
    assert team.failing() == failed(FIRST)


def test_checks_that_are_executed_without_a_week_are_of_all_stored_weeks(team):
    team.run(*WEEKS)
    team.spoil(SECOND)
    (zero, _) = team.checks
    alone = team.job.get_subset(asset_selection=set(), asset_check_selection={zero.key})
    run = alone.execute_in_process(instance=team.instance, run_config=SILENT)
    assert [(each.partition, each.passed) for each in run.get_asset_check_evaluations()] == [
        (str(FIRST), True),
        (str(SECOND), False),
        (str(THIRD), True),
    ]
    assert team.failing() == failed(SECOND)
    assert team.states()["FAILED"] == [str(SECOND)]


def test_a_warning_is_no_failed_error(team):
    team.spoil(FIRST, seconds=11 * 3600)
    assert team.run(FIRST) == []
    assert team.states(1)["FAILED"] == [str(FIRST)]


def test_a_week_that_is_not_stored_is_not_evaluated(team):
    team.store(f"DELETE FROM toggl_weeks WHERE week = '{SECOND}'")
    team.run(*WEEKS)
    assert team.states()["SUCCEEDED"] == [str(FIRST), str(THIRD)]
