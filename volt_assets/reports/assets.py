"""The assets of the group `reports`: the weekly reports, as facts and as Markdown.

What a report says is computed in `facts/`; when it is another version is decided in `versions/`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from volt_assets.http import RequestCount
from volt_assets.orchestration import run_records
from volt_assets.orchestration.steps import OWNERS, describe, selected_keys, step, weeks_of
from volt_assets.progress import Progress
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files.file_names import file_names
from volt_assets.reports.files.run_folder import statistics
from volt_assets.reports.files.weekly_files import report_url, write_index, write_week
from volt_assets.reports.people_config import people_config
from volt_assets.reports.rules import ReportRules, report_rules
from volt_assets.reports.sentences.resource import SentenceModel
from volt_assets.reports.sentences.writer import ModelWriter
from volt_assets.reports.versions.store import INDIVIDUAL, TEAM, draft_week, sentences_of, store_week
from volt_assets.settings import Settings
from volt_assets.toggl.storage import entries_version, require_stored
from volt_assets.warehouse import Connection, Warehouse, committed
from volt_assets.weeks import iso_week, last_day

GROUP = "reports"
# What a week's reports are made of.
DEPS = [
    "toggl_time_entries",
    "people",
    "tracked_time",
    "entity_references",
    "enriched_entities",
    "assigned_entities",
]


def build_assets(
    weekly: dg.PartitionsDefinition, settings: Settings, freshness: dg.FreshnessPolicy
) -> list[dg.AssetsDefinition]:
    """The group's assets over the given weeks. How the team's report shows people is part of its version, and of both
    what is expected of people and how hours are printed. Raises BadInput for mistakes in people.yaml.
    """
    timezone, privacy_mode = settings.volt_timezone, settings.volt_privacy
    told = f"-{fingerprint[:12]}" if (fingerprint := people_config(settings).fingerprint) else ""
    told += "" if settings.volt_hours == "decimal" else f"-{settings.volt_hours}"
    money = "-money" if settings.volt_money == "on" else ""

    def spec(key: str, description: str, code_version: str) -> dg.AssetSpec:
        return dg.AssetSpec(
            key,
            description=description,
            code_version=code_version,
            deps=DEPS,
            group_name=GROUP,
            owners=OWNERS,
            kinds={"duckdb", "markdown"},
            skippable=True,
            freshness_policy=freshness,
        )

    # One step for both: they are made of the same facts, which are computed once.
    @dg.multi_asset(
        name="reports",
        specs=[
            spec(INDIVIDUAL, "A report for each person with time in the week.", f"1-{timezone}{told}"),
            spec(TEAM, "The report for the team.", f"1-{timezone}-{privacy_mode}{told}{money}"),
        ],
        partitions_def=weekly,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
    )
    def reports(
        context: dg.AssetExecutionContext,
        warehouse: Warehouse,
        sentence_model: SentenceModel,
        requests: dg.ResourceParam[RequestCount],
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[dg.MaterializeResult]:
        with step(context, requests):
            described = make_reports(context, warehouse, settings, sentence_model, progress)
        for key in sorted(described):
            describe(context, key, described[key])
            yield dg.MaterializeResult(asset_key=key)

    return [reports]


def make_reports(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    settings: Settings,
    sentence_model: SentenceModel,
    progress: Progress,
) -> dict[str, dict[date, dict[str, Any]]]:
    """Make, store and write the run's weeks of reports; returns metadata by asset and week."""
    selected, weeks, tags = selected_keys(context), weeks_of(context), context.run.tags
    described: dict[str, dict[date, dict[str, Any]]] = {key: {} for key in selected}
    with warehouse.get_connection() as connection:
        require_stored(connection, weeks[0], last_day(weeks[-1]), settings.volt_timezone)
        names = file_names(connection)
        rules = report_rules(connection, settings)
    writer = sentence_model.writer
    by_model = sentence_model.weeks(
        weeks, automated=run_records.is_automated(tags), requested=run_records.PROSE in tags
    )
    for week in by_model:
        for problem in _ask_model(warehouse, writer, progress, week, rules, selected):
            context.log.warning(problem)
    # Opening and closing a DuckDB file takes as long as reporting on a third of a week.
    with warehouse.connections() as next_connection:
        prepared: PreparedPeriod | None = None
        for done, week in enumerate(weeks, start=1):
            with PreparedPeriod(
                next_connection(), week, last_day(week), hours=rules.hours, previous=prepared
            ) as prepared:
                metadata_of = _report(prepared, rules, selected, writer if week in by_model else None, names)
                write_week(prepared, rules, settings.reports_path, names)
            for key, metadata in metadata_of.items():
                # Opens in the browser where `volt ui` serves the reports.
                page = report_url(iso_week(week), "team_summary.html" if key == TEAM else "")
                described[key][week] = {**metadata, "report": dg.MetadataValue.url(page)}
            progress("Reports: weeks", done, len(weeks))
    with warehouse.get_connection() as connection:
        write_index(connection, settings.reports_path, names)
        if TEAM in selected:
            record_statistics(context, connection, weeks)
    return described


def _report(
    prepared: PreparedPeriod,
    rules: ReportRules,
    selected: set[str],
    writer: ModelWriter | None,
    names: Mapping[int, str],
) -> dict[str, dict[str, Any]]:
    """Make and store the week's reports, in one transaction; returns metadata by asset."""
    connection, week = prepared.connection, prepared.first_day
    drafts = draft_week(prepared, rules, selected)
    proses = sentences_of(connection, drafts, writer, rules.privacy, rules.prose)
    with committed(connection):
        linked = rules.privacy.file_names(names)
        return store_week(connection, week, rules.timezone, drafts, proses, linked, selected)


def _ask_model(
    warehouse: Warehouse,
    writer: ModelWriter | None,
    progress: Progress,
    week: date,
    rules: ReportRules,
    selected: set[str],
) -> list[str]:
    """Have the model's answers about a week stored, so that its reports are then written without waiting.

    Returns why some are missing.
    """
    if writer is None:
        return []
    with (
        warehouse.get_connection() as connection,
        PreparedPeriod(connection, week, last_day(week), hours=rules.hours) as prepared,
    ):
        drafts = draft_week(prepared, rules, selected)
    facts = [draft.facts for draft in drafts]
    return writer.ask(warehouse, facts, rules.privacy.text, progress)


def record_statistics(context: dg.AssetExecutionContext, connection: Connection, weeks: Sequence[date]) -> None:
    """Keep totals with the run: of the days and people that it was for or, where it names no days, of the weeks."""
    record = context.instance.get_run_record_by_id(context.run.run_id)
    if record is None:
        return  # an asset that a test calls
    first, last = run_records.days_of(record) or (weeks[0], last_day(weeks[-1]))
    people = run_records.user_ids_of(record)
    with PreparedPeriod(connection, first, last, people) as prepared:
        totals = statistics(prepared)
    version = entries_version(connection, first, last, people)
    run_records.record_statistics(context.instance, context.run.run_id, totals, version)
