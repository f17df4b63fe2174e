"""How all checks are made: rules in SQL over the weeks of a run, told with ids alone.

What the rules are stands with the assets, in each group's `checks.py`. No check blocks: what would let a wrong week go
on is verified before the week is committed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg

from volt_assets.partitions import week_bounds, weeks_between
from volt_assets.runs import PARTITION, RANGE
from volt_assets.services import Services
from volt_assets.warehouse import Connection, Warehouse, query, read_rows

# How many offending rows a check shows; it counts them all.
SHOWN = 20

# A rule finds the rows that offend it. It may read the temporary table `checked_weeks`.
Rule = Callable[[Connection, Services], Sequence[Mapping[str, Any]]]


def sql_rule(file: str, **parameters: Callable[[Services], Any]) -> Rule:
    """The rule of a `.sql` file that selects what offends it: weeks and ids. Parameters are made of the settings."""

    def find(connection: Connection, services: Services) -> list[dict[str, Any]]:
        return read_rows(connection, query(file), {name: of(services) for name, of in parameters.items()})

    return find


@dataclass(frozen=True)
class Check:
    """A check of `asset`: it fails where any of its `rules`, named for what they find, finds a row."""

    asset: str
    name: str
    description: str
    rules: Mapping[str, Rule]
    severity: dg.AssetCheckSeverity

    @property
    def key(self) -> dg.AssetCheckKey:
        return dg.AssetCheckKey(dg.AssetKey(self.asset), self.name)

    def evaluate(self, connection: Connection, weeks: Sequence[date], services: Services) -> dg.AssetCheckResult:
        """What the rules find in the stored ones of `weeks` (Mondays), as one result: Dagster takes one for a range."""
        prepare(connection, weeks, services)
        found = {rule: list(find(connection, services)) for rule, find in self.rules.items()}
        metadata: dict[str, Any] = {"weeks_checked": len(weeks)}
        for rule, rows in found.items():
            metadata[rule] = len(rows)
            if rows:
                metadata[f"{rule}: which"] = dg.MetadataValue.table([_record(row) for row in rows[:SHOWN]])
        offending = sorted({str(row["week"]) for rows in found.values() for row in rows})
        if offending:
            metadata["weeks"] = ", ".join(offending)
        return dg.AssetCheckResult(passed=not offending, severity=self.severity, metadata=metadata)

    def definition(self) -> dg.AssetChecksDefinition:
        """The check for Dagster: of the run's weeks; executed by itself, of all stored weeks."""

        @dg.asset_check(asset=self.asset, name=self.name, description=self.description)
        def check(
            context: dg.AssetCheckExecutionContext, warehouse: Warehouse, services: dg.ResourceParam[Services]
        ) -> dg.AssetCheckResult:
            with warehouse.get_connection() as connection:
                return self.evaluate(connection, checked_weeks(connection, context.run.tags), services)

        return check


def checked_weeks(connection: Connection, tags: Mapping[str, str]) -> list[date]:
    """The stored weeks of a run, by its tags; all stored ones where a check is executed by itself."""
    stored = [week for (week,) in connection.execute("SELECT week FROM toggl_weeks ORDER BY week").fetchall()]
    if PARTITION in tags:
        first = last = tags[PARTITION]
    elif all(tag in tags for tag in RANGE):
        first, last = (tags[tag] for tag in RANGE)
    else:
        return stored
    weeks = weeks_between(date.fromisoformat(first), date.fromisoformat(last))
    return [week for week in stored if week in weeks]


def prepare(connection: Connection, weeks: Sequence[date], services: Services) -> None:
    """Make the temporary table `checked_weeks`: week, begins_at and ends_at (UTC), after_its_end."""
    bounds = [week_bounds(week, services.settings.zone) for week in weeks]
    begins_at, ends_at = ([_naive(bound[place]) for bound in bounds] for place in (0, 1))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE checked_weeks AS "
        "SELECT week, begins_at, ends_at, after_its_end FROM toggl_weeks JOIN ("
        "SELECT unnest($weeks::DATE[]) AS week, unnest($begins_at::TIMESTAMP[]) AS begins_at, "
        "unnest($ends_at::TIMESTAMP[]) AS ends_at) USING (week)",
        {"weeks": list(weeks), "begins_at": begins_at, "ends_at": ends_at},
    )


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _record(row: Mapping[str, Any]) -> dg.TableRecord:
    return dg.TableRecord(
        {name: str(value) if isinstance(value, date | datetime) else value for name, value in row.items()}
    )
