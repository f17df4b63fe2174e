"""The assets of the group `reports`: the weekly reports, as facts and as Markdown.

Thin: facts are computed in `period_facts.py` and rendered in `markdown.py`; here they get their version and are stored.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg

from volt_assets import runs
from volt_assets.asset_support import OWNERS, describe, step, weeks_of
from volt_assets.partitions import iso_week, last_day
from volt_assets.reports.facts import facts_hash
from volt_assets.reports.markdown import file_names, render_individual, render_team
from volt_assets.reports.period_facts import period_facts
from volt_assets.reports.report import Report
from volt_assets.reports.template_prose import template_prose
from volt_assets.reports.weekly_files import report_url, write_index, write_week
from volt_assets.services import Services
from volt_assets.toggl.stored_weeks import require_stored
from volt_assets.warehouse import Connection, Warehouse, read_rows, replace_rows

GROUP = "reports"


def build_assets(weekly: dg.PartitionsDefinition, timezone: str) -> list[dg.AssetsDefinition]:
    """The group's assets over the given weeks."""
    spec = {
        "group_name": GROUP,
        "owners": OWNERS,
        "kinds": {"duckdb", "markdown"},
        "deps": ["toggl_time_entries", "people", "tracked_time", "entity_references", "enriched_entities"],
        "code_version": f"1-{timezone}",
        "skippable": True,
        # Of the asset, not of a week (Dagster's way): some week was reported on since Monday began.
        "freshness_policy": dg.FreshnessPolicy.cron(
            "0 12 * * 1", lower_bound_delta=timedelta(hours=12), timezone=timezone
        ),
    }

    # One step for both: they are made of the same facts, which are computed once.
    @dg.multi_asset(
        name="reports",
        specs=[
            dg.AssetSpec("individual_reports", description="A report for each person with time in the week.", **spec),
            dg.AssetSpec("team_report", description="The report for the team.", **spec),
        ],
        partitions_def=weekly,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
    )
    def reports(
        context: dg.AssetExecutionContext, warehouse: Warehouse, services: dg.ResourceParam[Services]
    ) -> Iterator[dg.MaterializeResult]:
        selected = {key.to_user_string() for key in context.selected_asset_keys}
        described: dict[str, dict[date, dict[str, Any]]] = {key: {} for key in selected}
        with step(context, services):
            weeks = weeks_of(context)
            with warehouse.get_connection() as connection:
                require_stored(connection, weeks[0], last_day(weeks[-1]), timezone)
                names = file_names(connection)
                for done, week in enumerate(weeks, start=1):
                    told = store_week(connection, week, timezone, names, selected)
                    for key, metadata in told.items():
                        described[key][week] = dict(metadata)
                    write_week(connection, services.settings.reports_path, week, names)
                    # Opens in the browser where `volt ui` serves the reports.
                    for key in told:
                        page = report_url(iso_week(week), "team_summary.md" if key == "team_report" else "")
                        described[key][week]["report"] = dg.MetadataValue.url(page)
                    services.progress("Reports: weeks", done, len(weeks))
                write_index(services.settings.reports_path)
                if "team_report" in selected:
                    runs.record_statistics(context.instance, context.run.run_id, connection, weeks)
        for key in sorted(selected):
            describe(context, key, described[key])
            yield dg.MaterializeResult(asset_key=key)

    return [reports]


def store_week(
    connection: Connection, week: date, timezone: str, names: Mapping[int, str], selected: set[str]
) -> dict[str, dict[str, Any]]:
    """Make a week's reports and store those selected; returns metadata by asset. An unchanged report keeps its row."""
    facts = period_facts(connection, week, last_day(week), None, timezone)
    now = datetime.now(UTC)
    told = {}
    connection.begin()
    if "individual_reports" in selected:
        before = {
            row["user_id"]: row
            for row in read_rows(connection, "SELECT * FROM individual_reports WHERE week = ?", [week])
        }
        rows = []
        for person in facts.individuals:
            row = _report_row(person, before.get(person.user_id), now, render_individual)
            rows.append({"week": week, "user_id": person.user_id, **row})
        replace_rows(connection, "individual_reports", rows, where="week = ?", parameters=[week])
        told["individual_reports"] = {"dagster/partition_row_count": len(rows), "reports": len(rows)}
    if "team_report" in selected:
        (before,) = read_rows(connection, "SELECT * FROM team_report WHERE week = ?", [week]) or (None,)
        row = {"week": week, **_report_row(facts.team, before, now, lambda report: render_team(report, names))}
        replace_rows(connection, "team_report", [row], where="week = ?", parameters=[week])
        told["team_report"] = {"dagster/partition_row_count": 1, "version": row["version"]}
    connection.commit()
    return told


def _report_row(facts: Any, before: Mapping[str, Any] | None, now: datetime, render: Any) -> dict[str, Any]:
    digest = facts_hash(facts)
    if before is not None and before["facts_hash"] == digest:
        return {key: before[key] for key in ("version", "facts", "facts_hash", "markdown", "generated_at")}
    version = before["version"] + 1 if before is not None else 1
    return {
        "version": version,
        "facts": facts.model_dump(mode="json"),
        "facts_hash": digest,
        "markdown": render(Report(facts, now, version, template_prose(facts))),
        "generated_at": now.replace(tzinfo=None),
    }
