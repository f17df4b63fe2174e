"""The assets of the group `reports`: the weekly reports, as facts and as Markdown.

Thin: how a report is made, and when it is another version, is in `versions.py`.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg

from volt_assets.orchestration import run_records
from volt_assets.orchestration.steps import OWNERS, describe, selected_keys, step, weeks_of
from volt_assets.reports.facts.prepared import PreparedPeriod
from volt_assets.reports.files.file_names import file_names
from volt_assets.reports.files.weekly_files import report_url, write_index, write_week
from volt_assets.reports.privacy import Mode
from volt_assets.reports.rules import ReportRules, report_rules
from volt_assets.reports.sentences.writer import ModelWriter
from volt_assets.reports.versions.store import INDIVIDUAL, TEAM, draft_week, sentences_of, store_week
from volt_assets.services import Services
from volt_assets.toggl.storage import require_stored
from volt_assets.warehouse import Warehouse, committed
from volt_assets.weeks import iso_week, last_day

GROUP = "reports"


def build_assets(
    weekly: dg.PartitionsDefinition, timezone: str, privacy_mode: Mode, freshness: dg.FreshnessPolicy
) -> list[dg.AssetsDefinition]:
    """The group's assets over the given weeks. `privacy_mode`: how the team's report shows people."""
    spec = {
        "group_name": GROUP,
        "owners": OWNERS,
        "kinds": {"duckdb", "markdown"},
        "deps": [
            "toggl_time_entries",
            "people",
            "tracked_time",
            "entity_references",
            "enriched_entities",
            "assigned_entities",
        ],
        "code_version": f"1-{timezone}",
        "skippable": True,
        "freshness_policy": freshness,
    }

    # One step for both: they are made of the same facts, which are computed once.
    @dg.multi_asset(
        name="reports",
        specs=[
            dg.AssetSpec(INDIVIDUAL, description="A report for each person with time in the week.", **spec),
            dg.AssetSpec(
                TEAM,
                description="The report for the team.",
                **spec | {"code_version": f"1-{timezone}-{privacy_mode}"},
            ),
        ],
        partitions_def=weekly,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
    )
    def reports(
        context: dg.AssetExecutionContext, warehouse: Warehouse, services: dg.ResourceParam[Services]
    ) -> Iterator[dg.MaterializeResult]:
        selected = selected_keys(context)
        described: dict[str, dict[date, dict[str, Any]]] = {key: {} for key in selected}
        with step(context, services):
            weeks = weeks_of(context)
            with warehouse.get_connection() as connection:
                require_stored(connection, weeks[0], last_day(weeks[-1]), timezone)
                names = file_names(connection)
                rules = report_rules(connection, services.settings)
            tags = context.run.tags
            by_model = services.weeks_by_model(
                weeks, by_itself=run_records.is_by_itself(tags), asked_for=run_records.PROSE in tags
            )
            for week in by_model:
                for problem in _ask_model(warehouse, services, week, rules, selected):
                    context.log.warning(problem)
            # Opening and closing a DuckDB file takes as long as reporting on a third of a week.
            with warehouse.turns() as turn:
                prepared: PreparedPeriod | None = None
                for done, week in enumerate(weeks, start=1):
                    with PreparedPeriod(turn(), week, last_day(week), previous=prepared) as prepared:
                        writer = services.model_writer if week in by_model else None
                        metadata_of = _report(prepared, rules, selected, writer, names)
                        write_week(prepared, services.settings.reports_path, names)
                    for key, metadata in metadata_of.items():
                        # Opens in the browser where `volt ui` serves the reports.
                        page = report_url(iso_week(week), "team_summary.html" if key == TEAM else "")
                        described[key][week] = {**metadata, "report": dg.MetadataValue.url(page)}
                    services.progress("Reports: weeks", done, len(weeks))
            with warehouse.get_connection() as connection:
                write_index(connection, services.settings.reports_path, names)
                if TEAM in selected:
                    run_records.record_statistics(context.instance, context.run.run_id, connection, weeks)
        for key in sorted(selected):
            describe(context, key, described[key])
            yield dg.MaterializeResult(asset_key=key)

    return [reports]


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
    proses = sentences_of(connection, drafts, writer, rules.privacy)
    with committed(connection):
        linked = rules.privacy.file_names(names)
        return store_week(connection, week, rules.timezone, drafts, proses, linked, selected)


def _ask_model(
    warehouse: Warehouse, services: Services, week: date, rules: ReportRules, selected: set[str]
) -> list[str]:
    """Have the model's answers about a week stored, so that its reports are then written without waiting.

    Returns why some are missing.
    """
    with (
        warehouse.get_connection() as connection,
        PreparedPeriod(connection, week, last_day(week)) as prepared,
    ):
        drafts = draft_week(prepared, rules, selected)
    facts = [draft.facts for draft in drafts]
    return services.model_writer.ask(warehouse, facts, rules.privacy.text, services.progress)
