"""Which weeks exactly are out of date, and bringing them up to date: `volt run --start-from fibery --stale`.

After an edit of the configuration Dagster calls all weeks stale of the assets that read it. Here: the weeks that used
what was edited are enriched again; the others are reported to Dagster again under the new version, without a request,
so that it calls them fresh; and the reports are made again that read a week that changed.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from volt_assets.definitions import build_defs
from volt_assets.errors import VoltError
from volt_assets.fibery.assets import GROUP
from volt_assets.fibery.configuration import EnrichmentConfig, load_enrichment_config
from volt_assets.fibery.references import used_configuration
from volt_assets.fibery.storage import kept_configurations, resolved_references, stored_schema
from volt_assets.orchestration.dagster_private import CODE_VERSION_TAG
from volt_assets.orchestration.data_versions import with_tags
from volt_assets.orchestration.failed_checks import FailedCheck
from volt_assets.orchestration.instance import open_instance
from volt_assets.progress import Progress, no_progress
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.rules import report_rules
from volt_assets.reports.versions.store import INDIVIDUAL, TEAM, draft_week
from volt_assets.runs.plan import RunRequest
from volt_assets.runs.run import RunResult, run_weeks
from volt_assets.settings import Settings
from volt_assets.toggl.storage import refuse_other_zones, stored_weeks
from volt_assets.warehouse import Connection, warehouse_of
from volt_assets.weeks import last_day, local_day, unbroken

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StaleWeeks:
    """`to_enrich`: used what was edited. `to_report`: their reports read a week that changed. `to_restamp`: the weeks
    and materializations that Dagster wrongly calls stale. `code_versions`: the current ones."""

    to_enrich: list[date]
    to_report: list[date]
    to_restamp: list[tuple[date, dg.AssetMaterialization]]
    code_versions: dict[dg.AssetKey, str]

    @property
    def stale(self) -> list[date]:
        return sorted({*self.to_enrich, *self.to_report})

    @property
    def restamped(self) -> list[date]:
        return sorted({week for week, _ in self.to_restamp})


@dataclass
class Refreshed:
    """What was done. `failed` is the run that ended it, where one did; what was done before it stays done."""

    stale_weeks: list[date]
    restamped_weeks: list[date]
    run_ids: list[str] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=lambda: Counter(toggl=0, fibery=0, openai=0))
    reports: list[Path] = field(default_factory=list)
    failed_checks: list[FailedCheck] = field(default_factory=list)
    failed: RunResult | None = None


def refresh(settings: Settings, output_dir: Path, *, dry_run: bool, progress: Progress = no_progress) -> Refreshed:
    """Bring all enriched weeks up to date with the configuration, and reports with the weeks that they read.

    One run for each unbroken range of weeks; with `dry_run`, none, and nothing is stored. Raises a VoltError where
    there is something wrong before any run.
    """
    if not dry_run:
        settings.require_fibery()
    with open_instance(settings) as instance:
        found = stale_weeks(settings, instance, progress)
        if not dry_run:
            restamp(instance, found)
    done = Refreshed(found.stale, found.restamped)
    if dry_run:
        return done
    for weeks in unbroken(found.to_enrich):
        if not _run(settings, output_dir, "fibery", weeks, done, progress):
            return done
    # What was just enriched may have changed what the reports of later weeks read of it.
    with warehouse_of(settings).get_connection() as connection:
        to_report = _weeks_to_report(connection, settings, progress)
    done.stale_weeks = sorted({*found.stale, *to_report})
    for weeks in unbroken(to_report):
        if not _run(settings, output_dir, "reports", weeks, done, progress):
            return done
    return done


def stale_weeks(settings: Settings, instance: dg.DagsterInstance, progress: Progress = no_progress) -> StaleWeeks:
    """Compare the stored weeks with the configuration and with each other. Raises BadInput."""
    config = load_enrichment_config(settings.enrichment_config_path)
    graph = build_defs(settings).resolve_asset_graph()
    readers = {
        key: graph.get(key).code_version or ""
        for key in sorted(graph.materializable_asset_keys)
        if graph.get(key).group_name == GROUP and graph.get(key).is_partitioned
    }
    with warehouse_of(settings).get_connection() as connection:
        kept = kept_configurations(connection)
        refuse_other_zones(stored_weeks(connection, list(kept)).values(), settings.volt_timezone)
        edited = _weeks_using_an_edit(connection, kept, config)
        latest = [(week, event) for key in readers for week in kept if (event := _latest(instance, key, week))]
        outdated = [(week, event) for week, event in latest if _code_version(event) != readers[event.asset_key]]
        # Another version of the program, not of the configuration: its results may differ for every week.
        older = {week for week, event in outdated if _logic(_code_version(event)) != _logic(readers[event.asset_key])}
        to_enrich = sorted(edited | older)
        to_report = [week for week in _weeks_to_report(connection, settings, progress) if week not in to_enrich]
    to_restamp = [(week, event) for week, event in outdated if week not in to_enrich]
    return StaleWeeks(to_enrich, to_report, to_restamp, readers)


def restamp(instance: dg.DagsterInstance, found: StaleWeeks) -> None:
    """Report to Dagster again the weeks that the edit does not concern: the same, under the current version."""
    for _, event in found.to_restamp:
        stamped = with_tags(
            event,
            {CODE_VERSION_TAG: found.code_versions[event.asset_key]},
            description="Nothing that this week uses was edited in the configuration: not requested again.",
        )
        instance.report_runless_asset_event(stamped)


def _weeks_using_an_edit(connection: Connection, kept: Mapping[date, Any], config: EnrichmentConfig) -> set[date]:
    schema = stored_schema(connection)
    if schema is None:
        return set(kept)  # nothing to compare with: all are enriched again
    return {
        week
        for week, used in kept.items()
        if used != used_configuration(resolved_references(connection, week, schema, config), config)
    }


def _run(
    settings: Settings,
    output_dir: Path,
    start_from: str,
    weeks: Sequence[date],
    done: Refreshed,
    progress: Progress,
) -> bool:
    """Run unbroken weeks and note the result; whether it completed."""
    today = local_day(datetime.now(UTC), settings.zone)
    request = RunRequest(output_dir, start_from, weeks[0], min(last_day(weeks[-1]), today))
    result = run_weeks(settings, request, progress)
    done.run_ids.append(result.run_id)
    done.requests.update(result.requests)
    done.reports += result.reports
    done.failed_checks += result.failed_checks
    done.failed = result if result.error is not None else None
    return done.failed is None


def _latest(instance: dg.DagsterInstance, key: dg.AssetKey, week: date) -> dg.AssetMaterialization | None:
    wanted = dg.AssetRecordsFilter(asset_key=key, asset_partitions=[week.isoformat()])
    records = instance.fetch_materializations(wanted, limit=1).records
    return records[0].asset_materialization if records else None


def _code_version(event: dg.AssetMaterialization) -> str:
    return (event.tags or {}).get(CODE_VERSION_TAG, "")


def _logic(code_version: str) -> str:
    """The part of a code version that is not the configuration's: "1" of "1-0a1b2c"."""
    return code_version.partition("-")[0]


def _weeks_to_report(connection: Connection, settings: Settings, progress: Progress) -> list[date]:
    """The weeks whose stored reports were made of other facts than they have now."""
    stored = [week for (week,) in connection.execute("SELECT week FROM team_report ORDER BY week").fetchall()]
    found = []
    rules = report_rules(connection, settings)
    prepared: PreparedPeriod | None = None
    for done, week in enumerate(stored, start=1):
        progress("Reports: comparing weeks", done, len(stored))
        try:
            with PreparedPeriod(connection, week, last_day(week), hours=rules.hours, previous=prepared) as prepared:
                drafts = draft_week(prepared, rules, {INDIVIDUAL, TEAM})
        except VoltError as error:
            # Its entries were fetched and not summed yet: that is for Toggl's stage.
            logger.warning("%s", error.message)
            continue
        now = {(draft.user_id, draft.facts_hash) for draft in drafts}
        before = connection.execute(
            "SELECT NULL, facts_hash FROM team_report WHERE week = $week "
            "UNION ALL SELECT user_id, facts_hash FROM individual_reports WHERE week = $week",
            {"week": week},
        ).fetchall()
        if now != set(before):
            found.append(week)
    return found
