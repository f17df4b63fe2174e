"""The whole graph, assembled on one page: toggl -> fibery -> reports.

Dagster, the command line and the tests all call `build_defs`.
"""

import warnings
from typing import Any

import dagster as dg

from volt_assets.automation.sensors import build_automation
from volt_assets.fibery import assets as fibery
from volt_assets.fibery import checks as fibery_checks
from volt_assets.fibery.configuration import EnrichmentConfig, load_enrichment_config
from volt_assets.fibery.resource import FiberyResource, SchemaAnswer
from volt_assets.http import RequestCount
from volt_assets.orchestration import run_records
from volt_assets.orchestration.catalog import catalogued
from volt_assets.orchestration.checks import Check, check_definitions
from volt_assets.orchestration.external import external_assets
from volt_assets.orchestration.freshness import reported_by
from volt_assets.orchestration.partitions import weekly_partitions
from volt_assets.orchestration.steps import FetchScope
from volt_assets.orchestration.terminal_log import terminal_logger
from volt_assets.private_files import make_files_private
from volt_assets.progress import Progress, no_progress
from volt_assets.reports import assets as reports
from volt_assets.reports import checks as reports_checks
from volt_assets.reports.sentences.resource import SentenceModel, model_writer
from volt_assets.reports.sentences.writer import ModelWriter
from volt_assets.settings import Settings
from volt_assets.toggl import assets as toggl
from volt_assets.toggl import checks as toggl_checks
from volt_assets.toggl.client import Person
from volt_assets.toggl.resource import TogglResource
from volt_assets.warehouse import warehouse_of

WEEKLY_JOB = "weekly_reports"


def build_defs(
    settings: Settings | None = None,
    *,
    people: tuple[Person, ...] | None = None,
    schema: SchemaAnswer | None = None,
    requests: RequestCount | None = None,
    progress: Progress = no_progress,
    writer: ModelWriter | None = None,
) -> dg.Definitions:
    """All assets, the job that runs them for a range of weeks, what starts runs automatically, and their resources.

    `settings` come from the environment where none are given. The rest belongs to one run: `people` and `schema` are
    Toggl's and Fibery's answers where they were requested before it, to refuse it early; `requests` counts on;
    `writer` has its own budget, and is made of the settings where none is given. Reads the configuration file for its
    fingerprint; opens no database and sends nothing. Raises BadInput.
    """
    _accept_what_is_not_stable()
    settings = settings or Settings.load()
    requests = requests or RequestCount()
    config = load_enrichment_config(settings.enrichment_config_path)
    weekly = weekly_partitions(settings.volt_first_week, settings.zone)
    assets = [
        *toggl.build_assets(weekly, settings),
        *fibery.build_assets(weekly, settings, config),
        *reports.build_assets(weekly, settings, reported_by(settings)),
    ]
    checks = all_checks(settings, config)
    error_checks = [check.key for check in checks if check.severity == dg.AssetCheckSeverity.ERROR]
    sensors, schedules = build_automation(settings, WEEKLY_JOB, error_checks=error_checks)
    every_week = dg.AssetSelection.groups(*run_records.STAGES) - dg.AssetSelection.assets("fibery_schema")
    return dg.Definitions(
        assets=[*catalogued(assets), *external_assets()],
        asset_checks=check_definitions(checks, weekly, settings.zone),
        jobs=[
            dg.define_asset_job(
                WEEKLY_JOB, selection=every_week, description="Fetch, enrich and report on a range of weeks."
            )
        ],
        sensors=sensors,
        schedules=schedules,
        resources=_resources(settings, requests, people, schema, progress, writer),
        loggers={"console": terminal_logger},
        # DuckDB has one writer; the steps of a run share this process, and parallelism lives inside them.
        executor=dg.in_process_executor,
    )


def _resources(
    settings: Settings,
    requests: RequestCount,
    people: tuple[Person, ...] | None,
    schema: SchemaAnswer | None,
    progress: Progress,
    writer: ModelWriter | None,
) -> dict[str, Any]:
    return {
        "warehouse": warehouse_of(settings),
        "fetch_scope": FetchScope(),
        "toggl": TogglResource(settings=settings, requests=requests, known_people=people),
        "fibery": FiberyResource(settings=settings, requests=requests, known_schema=schema),
        "sentence_model": SentenceModel(settings=settings, writer=writer or model_writer(settings, requests)),
        "requests": dg.ResourceDefinition.hardcoded_resource(requests),
        "progress": dg.ResourceDefinition.hardcoded_resource(progress),
    }


def all_checks(settings: Settings, config: EnrichmentConfig) -> list[Check]:
    """The checks of all groups."""
    return [*toggl_checks.checks(settings.volt_unlinked_share), *fibery_checks.checks(config), *reports_checks.checks()]


def _accept_what_is_not_stable() -> None:
    """No warnings of what is used on purpose: backfill policies, beta in Dagster 1.13, let a range of weeks be one run,
    and checks by week are a preview.
    """
    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    warnings.filterwarnings("ignore", category=dg.PreviewWarning)


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads."""
    make_files_private()  # `dagster dev`, too, writes the warehouse and the reports
    return build_defs()
