"""The assets of the group `toggl`: entries and people as fetched, time summed, and the week's summary before
enrichment.

Thin: they read, call the functions beside them, replace the week and describe it.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date
from typing import Any

import dagster as dg

from volt_assets.formatting import HoursForm, number, table
from volt_assets.http import RequestCount
from volt_assets.orchestration.data_versions import most_common_version, stamp_versions
from volt_assets.orchestration.external import from_service
from volt_assets.orchestration.steps import (
    OWNERS,
    FetchScope,
    Metadata,
    describe,
    hours,
    materialize_beside,
    selected_keys,
    share,
    showing_what_was_stored,
    step,
    weeks_of,
)
from volt_assets.progress import Progress
from volt_assets.settings import Settings
from volt_assets.toggl.ingestion import fetch_and_store
from volt_assets.toggl.resource import TogglResource
from volt_assets.toggl.storage import (
    hours_by_project_and_type,
    people_and_entities,
    require_stored,
    store_summary,
    store_tracked_time,
    stored_figures,
    stored_weeks,
    week_numbers,
    week_versions,
)
from volt_assets.toggl.stored_week import weeks_wanted
from volt_assets.toggl.summary import summary_markdown
from volt_assets.warehouse import Connection, Warehouse
from volt_assets.weeks import last_day, naive_utc

GROUP = "toggl"
FETCHED = {
    "toggl_time_entries": "Toggl time entries as fetched, whole, in the week they start in.",
    "people": "The people of the Toggl workspace when the week was fetched.",
}


def build_assets(weekly: dg.PartitionsDefinition, settings: Settings) -> list[dg.AssetsDefinition]:
    """The group's assets over the given weeks. The time zone is part of their versions: with another, all are stale."""
    shared: dict[str, Any] = {
        "group_name": GROUP,
        "owners": OWNERS,
        "kinds": {"duckdb"},
        "code_version": f"1-{settings.volt_timezone}",
    }
    of_weeks = shared | {"partitions_def": weekly, "backfill_policy": dg.BackfillPolicy.single_run()}
    return [
        _time_entries_and_people(weekly, settings, shared | {"kinds": {"duckdb", "toggl"}}),
        _tracked_time(settings.volt_timezone, settings.volt_hours, of_weeks),
        _toggl_summary(settings.volt_timezone, settings.volt_hours, of_weeks),
    ]


def _time_entries_and_people(
    weekly: dg.PartitionsDefinition, settings: Settings, shared: Mapping[str, Any]
) -> dg.AssetsDefinition:
    specs = {
        key: dg.AssetSpec(key, description=description, deps=[from_service(GROUP)], skippable=True, **shared)
        for key, description in FETCHED.items()
    }

    # Either can be selected; both are made, since a week's entries and people are replaced in one transaction.
    @dg.multi_asset(
        name="toggl_time_entries",
        specs=list(specs.values()),
        partitions_def=weekly,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
    )
    def toggl_time_entries(
        context: dg.AssetExecutionContext,
        warehouse: Warehouse,
        fetch_scope: FetchScope,
        toggl: TogglResource,
        requests: dg.ResourceParam[RequestCount],
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[dg.MaterializeResult]:
        people, zone, web_page = fetch_scope.user_ids or None, settings.zone, settings.toggl_web_page
        with step(context, requests):
            weeks = weeks_of(context)

            def metadata_of(some: Sequence[date]) -> Metadata:
                with warehouse.get_connection() as connection:
                    return stored_metadata(connection, some, requests, web_page)

            with showing_what_was_stored(context, metadata_of) as stored:
                if wanted := weeks_to_fetch(context, warehouse, weeks, fetch_scope, settings.volt_timezone):
                    asyncio.run(
                        fetch_and_store(context.log, warehouse, toggl, progress, zone, wanted, people, stored.append)
                    )
            metadata = metadata_of(weeks)
            with warehouse.get_connection() as connection:
                versions = week_versions(connection, weeks)
        yield from _results(context, specs, metadata, versions)

    return toggl_time_entries


def _results(
    context: dg.AssetExecutionContext,
    specs: Mapping[str, dg.AssetSpec],
    metadata: Metadata,
    versions: Mapping[str, Mapping[date, str]],
) -> Iterator[dg.MaterializeResult]:
    """Describe both assets, and give results for those that are selected."""
    selected = selected_keys(context)
    for key, by_week in metadata.items():
        if key in selected:
            describe(context, key, by_week)
        else:
            materialize_beside(context, specs[key], by_week, versions[key])
    for key in sorted(selected):
        yield dg.MaterializeResult(asset_key=key, data_version=most_common_version(versions[key]))
    stamp_versions(context, {key: versions[key] for key in selected})


def _tracked_time(timezone: str, hours_form: HoursForm, of_weeks: Mapping[str, Any]) -> dg.AssetsDefinition:
    @dg.asset(
        deps=["toggl_time_entries"],
        description="Seconds per person, day and work item or other activity, by what descriptions say.",
        **of_weeks,
    )
    def tracked_time(
        context: dg.AssetExecutionContext, warehouse: Warehouse, requests: dg.ResourceParam[RequestCount]
    ) -> None:
        metadata = {}
        with step(context, requests):
            weeks = weeks_of(context)
            with warehouse.connections() as next_connection:
                require_stored(next_connection(), weeks[0], last_day(weeks[-1]), timezone)
                for week in weeks:
                    connection = next_connection()
                    store_tracked_time(connection, week)
                    metadata[week] = tracked_time_metadata(connection, week, hours_form)
                people, entities = people_and_entities(next_connection(), weeks)
            context.log.info(f"Aggregated {people} users, {entities} entities")
        describe(context, "tracked_time", metadata)

    return tracked_time


def _toggl_summary(timezone: str, hours_form: HoursForm, of_weeks: Mapping[str, Any]) -> dg.AssetsDefinition:
    told = "" if hours_form == "decimal" else f"-{hours_form}"

    @dg.asset(
        deps=["tracked_time", "people"],
        description="Markdown of where the week's time went, before anything is known from Fibery.",
        **{**of_weeks, "code_version": f"{of_weeks['code_version']}{told}"},
    )
    def toggl_summary(
        context: dg.AssetExecutionContext, warehouse: Warehouse, requests: dg.ResourceParam[RequestCount]
    ) -> None:
        metadata = {}
        with step(context, requests):
            weeks = weeks_of(context)
            with warehouse.connections() as next_connection:
                require_stored(next_connection(), weeks[0], last_day(weeks[-1]), timezone)
                for week in weeks:
                    connection = next_connection()
                    markdown = summary_markdown(connection, week, last_day(week), None, timezone, hours_form)
                    store_summary(connection, week, markdown)
                    metadata[week] = {"dagster/partition_row_count": 1, "characters": len(markdown)}
        describe(context, "toggl_summary", metadata)

    return toggl_summary


def weeks_to_fetch(
    context: dg.AssetExecutionContext, warehouse: Warehouse, weeks: Sequence[date], scope: FetchScope, timezone: str
) -> list[date]:
    """Those of the run's weeks that are to be fetched: the others keep what is stored of them, and must be stored.

    A run that executes a failed one again fetches what that one, or an earlier try of it, has not committed.
    """
    if scope.start_from != GROUP:
        with warehouse.get_connection() as connection:
            require_stored(connection, weeks[0], last_day(weeks[-1]), timezone)
        return []
    root = context.instance.get_run_record_by_id(context.run.root_run_id) if context.run.root_run_id else None
    if root is None and not scope.only_incomplete:
        return list(weeks)
    began = naive_utc(root.create_timestamp) if root else None
    with warehouse.get_connection() as connection:
        known = stored_weeks(connection, weeks)
    wanted = weeks_wanted(weeks, known, unless_since=began, only_incomplete=scope.only_incomplete)
    context.log.info(f"{len(wanted)} of {len(weeks)} weeks are to be fetched")
    return wanted


def stored_metadata(
    connection: Connection, weeks: Sequence[date], requests: RequestCount, web_page: str | None
) -> dict[str, dict[date, dict[str, Any]]]:
    """Metadata of stored weeks, by asset and week; requests are those that the run has sent to Toggl."""
    known = stored_weeks(connection, weeks)
    figures = stored_figures(connection, weeks)
    metadata: dict[str, dict[date, dict[str, Any]]] = {key: {} for key in FETCHED}
    for week in weeks:
        of_week = figures[week]
        common = {"volt/complete": known[week].complete, "requests": requests.by_service["toggl"]}
        metadata["people"][week] = {"dagster/partition_row_count": of_week["listed"], **common}
        metadata["toggl_time_entries"][week] = {
            "dagster/partition_row_count": of_week["entries"] + of_week["running"],
            "entries": of_week["entries"],
            "running": of_week["running"],
            "hours": hours(of_week["seconds"]),
            "people": of_week["people"],
            "fetched_at": dg.MetadataValue.timestamp(known[week].fetched_at.replace(tzinfo=UTC)),
            **common,
            **({"toggl": dg.MetadataValue.url(f"{web_page}/from/{week}/to/{last_day(week)}")} if web_page else {}),
        }
    return metadata


def tracked_time_metadata(connection: Connection, week: date, hours_form: HoursForm) -> dict[str, Any]:
    """Metadata of a week's summed time, without anybody's name or words."""
    numbers = week_numbers(connection, week)
    return {
        "dagster/partition_row_count": numbers["rows"],
        "entries": numbers["entries"],
        "hours": numbers["tracked_hundredths"] / 100,
        "linked_share": share(numbers["linked_seconds"], numbers["tracked_seconds"]) or 0.0,
        "people": numbers["people"],
        "entities": numbers["entities"],
        "preview": dg.MetadataValue.md(preview(connection, week, hours_form)),
    }


def preview(connection: Connection, week: date, hours_form: HoursForm = "decimal") -> str:
    """A Markdown table of hours by project and type, without anybody's name or words."""
    rows = hours_by_project_and_type(connection, week)
    printed = "minutes" if hours_form == "hm" else "hundredths"
    return table(
        {"project": "---", "type": "---", "hours": "---:"},
        [(row["project"] or "–", row["type"] or "–", number(row[printed], hours_form)) for row in rows],
    )
