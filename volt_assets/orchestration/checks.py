"""How all checks are made: one rule each, in SQL over the stored weeks, reported with weeks and ids alone.

What the rules are stands with the assets, in each group's `checks.py`. No check blocks: what would let a wrong week go
on is verified before the week is committed.

A check is partitioned by week as its asset is: a week that failed stays failed until it is evaluated again, whatever
other weeks are run. An `AssetCheckResult` does that for a run of one week only. For a range, Dagster 1.13 makes one
evaluation without a partition of it, and shows all weeks as skipped (`to_asset_check_evaluation` takes a single
partition key); so each week's evaluation is yielded as such. That costs an event per check and week: with 20 checks of
ten empty assets, a run of 52 weeks has 2,167 events and takes 25 s of CPU, against 1,177 and 11 s with one evaluation
per check (two busy cores; nearly all of it is SQLite's). The checks of an asset share one step, which saves events.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from volt_assets.orchestration.dagster_private import (
    COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES,
    AssetCheckEvaluationTargetMaterializationData,
    AssetCheckExecutionRecordStatus,
    PartitionKeyFilter,
)
from volt_assets.orchestration.failed_checks import FailedCheck
from volt_assets.orchestration.run_records import PARTITION, RANGE
from volt_assets.warehouse import Connection, Warehouse, query, read_rows
from volt_assets.weeks import naive_utc, week_bounds, weeks_between

# How many offending rows a check shows; it counts them all.
SHOWN = 20
# Of a check's evaluations that ever failed, how many are read at once.
PAGE = 500

# A rule finds the rows that offend it, each with its `week`. It may read the temporary table `checked_weeks`.
Rule = Callable[[Connection], Sequence[Mapping[str, Any]]]


def sql_rule(file: str, **parameters: Any) -> Rule:
    """The rule of a `.sql` file that selects what offends it: weeks and ids. `parameters` are those of the query."""

    def find(connection: Connection) -> list[dict[str, Any]]:
        return read_rows(connection, query(file), parameters)

    return find


@dataclass(frozen=True)
class Check:
    """A check of `asset`: a week fails it where its `rule` finds a row."""

    asset: str
    name: str
    description: str
    rule: Rule
    severity: dg.AssetCheckSeverity

    @property
    def key(self) -> dg.AssetCheckKey:
        return dg.AssetCheckKey(dg.AssetKey(self.asset), self.name)

    def spec(self, weekly: dg.PartitionsDefinition) -> dg.AssetCheckSpec:
        return dg.AssetCheckSpec(self.name, asset=self.asset, description=self.description, partitions_def=weekly)

    def evaluate(
        self,
        connection: Connection,
        weeks: Sequence[date],
        targets: Mapping[date, AssetCheckEvaluationTargetMaterializationData] | None = None,
    ) -> list[dg.AssetCheckEvaluation]:
        """One evaluation for each of `weeks` (Mondays), which `prepare` was called for.

        `targets` are the materializations that the weeks' evaluations are of.
        """
        found: dict[date, list[Mapping[str, Any]]] = {week: [] for week in weeks}
        for row in self.rule(connection):
            found[row["week"]].append(row)
        return [self._evaluation(week, rows, (targets or {}).get(week)) for week, rows in found.items()]

    def _evaluation(
        self,
        week: date,
        rows: Sequence[Mapping[str, Any]],
        target: AssetCheckEvaluationTargetMaterializationData | None,
    ) -> dg.AssetCheckEvaluation:
        metadata: dict[str, Any] = {"found": len(rows)}
        if rows:
            metadata["which"] = dg.MetadataValue.table([_record(row) for row in rows[:SHOWN]])
        return dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(self.asset),
            check_name=self.name,
            passed=not rows,
            metadata=metadata,
            target_materialization_data=target,
            severity=self.severity,
            blocking=False,
            partition=week.isoformat(),
        )


def check_definitions(
    checks: Iterable[Check], weekly: dg.PartitionsDefinition, zone: ZoneInfo
) -> list[dg.AssetChecksDefinition]:
    """The checks for Dagster, those of an asset in one step: of the run's weeks, or, executed without the asset and
    without a week, of all stored weeks.
    """
    by_asset: dict[str, list[Check]] = defaultdict(list)
    for check in checks:
        by_asset[check.asset].append(check)
    return [_definition(asset, of_asset, weekly, zone) for asset, of_asset in by_asset.items()]


def _definition(
    asset: str, checks: Sequence[Check], weekly: dg.PartitionsDefinition, zone: ZoneInfo
) -> dg.AssetChecksDefinition:
    specs = {check.key: check.spec(weekly) for check in checks}

    @dg.multi_asset_check(name=f"checks_of_{asset}", specs=list(specs.values()), can_subset=True)
    def evaluate(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> Iterator[Any]:
        selected = [check for check in checks if check.key in context.selected_asset_check_keys]
        evaluations = {}
        with warehouse.get_connection() as connection:
            weeks = checked_weeks(connection, context.run.tags)
            targets = latest_materializations(context.instance, dg.AssetKey(asset), weeks)
            prepare(connection, weeks, zone)
            for check in selected:
                evaluations[check.key] = check.evaluate(connection, weeks, targets)
        for key, of_weeks in evaluations.items():
            yield dg.Output(None, specs[key].get_python_identifier())
            yield from of_weeks

    return evaluate


def checked_weeks(connection: Connection, tags: Mapping[str, str]) -> list[date]:
    """The stored weeks of a run, by its tags; all stored ones where a check is executed without a week."""
    stored = [week for (week,) in connection.execute("SELECT week FROM toggl_weeks ORDER BY week").fetchall()]
    if PARTITION in tags:
        first = last = tags[PARTITION]
    elif all(tag in tags for tag in RANGE):
        first, last = (tags[tag] for tag in RANGE)
    else:
        return stored
    weeks = weeks_between(date.fromisoformat(first), date.fromisoformat(last))
    return [week for week in stored if week in weeks]


def latest_materializations(
    instance: dg.DagsterInstance, asset: dg.AssetKey, weeks: Sequence[date]
) -> dict[date, AssetCheckEvaluationTargetMaterializationData]:
    """Each week's latest materialization of the asset: Dagster takes an evaluation of an older one for out of date."""
    ids = instance.event_log_storage.get_latest_storage_id_by_partition(
        asset, dg.DagsterEventType.ASSET_MATERIALIZATION, {week.isoformat() for week in weeks}
    )
    if not ids:
        return {}
    latest = dg.AssetRecordsFilter(asset, storage_ids=list(ids.values()))
    return {
        date.fromisoformat(record.partition_key): AssetCheckEvaluationTargetMaterializationData(
            storage_id=record.storage_id, run_id=record.run_id, timestamp=record.timestamp
        )
        for record in instance.fetch_materializations(latest, limit=len(ids)).records
        if record.partition_key is not None
    }


def prepare(connection: Connection, weeks: Sequence[date], zone: ZoneInfo) -> None:
    """Make the temporary table `checked_weeks`: week, begins_at and ends_at (UTC), after_its_end."""
    bounds = [week_bounds(week, zone) for week in weeks]
    begins_at, ends_at = ([naive_utc(bound[index]) for bound in bounds] for index in (0, 1))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE checked_weeks AS "
        "SELECT week, begins_at, ends_at, after_its_end FROM toggl_weeks JOIN ("
        "SELECT unnest($weeks::DATE[]) AS week, unnest($begins_at::TIMESTAMP[]) AS begins_at, "
        "unnest($ends_at::TIMESTAMP[]) AS ends_at) USING (week)",
        {"weeks": list(weeks), "begins_at": begins_at, "ends_at": ends_at},
    )


def failed_errors(evaluations: Iterable[dg.AssetCheckEvaluation]) -> list[FailedCheck]:
    """Those of a run's evaluations that failed and are of severity error."""
    return [
        FailedCheck(each.asset_key.to_user_string(), each.check_name, date.fromisoformat(each.partition))
        for each in evaluations
        if not each.passed and each.severity == dg.AssetCheckSeverity.ERROR and each.partition is not None
    ]


def failing(instance: dg.DagsterInstance, checks: Iterable[dg.AssetCheckKey]) -> list[FailedCheck]:
    """The checks and weeks whose newest evaluation failed. An execution that is only planned, or was broken off, says
    nothing of its week.
    """
    return [
        FailedCheck(key.asset_key.to_user_string(), key.name, date.fromisoformat(week))
        for key in checks
        for week in sorted(_weeks_that_ever_failed(instance, key))
        if _newest_evaluation_failed(instance, key, week)
    ]


def _weeks_that_ever_failed(instance: dg.DagsterInstance, key: dg.AssetCheckKey) -> set[str]:
    weeks: set[str] = set()
    cursor = None
    while True:
        page = instance.event_log_storage.get_asset_check_execution_history(
            key, limit=PAGE, cursor=cursor, status={AssetCheckExecutionRecordStatus.FAILED}
        )
        # Evaluations of no week are of before checks were partitioned.
        weeks.update(record.partition for record in page if record.partition is not None)
        if len(page) < PAGE:
            return weeks
        cursor = page[-1].id


def _newest_evaluation_failed(instance: dg.DagsterInstance, key: dg.AssetCheckKey, week: str) -> bool:
    (newest,) = instance.event_log_storage.get_asset_check_execution_history(
        key,
        limit=1,
        status=COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES,
        partition_filter=PartitionKeyFilter(key=week),
    )
    return newest.status == AssetCheckExecutionRecordStatus.FAILED


def _record(row: Mapping[str, Any]) -> dg.TableRecord:
    return dg.TableRecord(
        {name: str(value) if isinstance(value, date | datetime) else value for name, value in row.items()}
    )
