"""The assets of the group `fibery`: the schema, the work items that the weeks refer to, and what Fibery has of them.

Thin: they read, call the functions beside them, replace the week and describe it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date
from typing import Any

import dagster as dg

from volt_assets.fibery.configuration import EnrichmentConfig
from volt_assets.fibery.ingestion import Scope, current_schema, enrich_and_store
from volt_assets.fibery.resource import FiberyResource
from volt_assets.fibery.schema import Schema
from volt_assets.fibery.storage import (
    counts_by_type,
    resolved_references,
    store_references,
    stored_answers,
    stored_assigned,
    stored_references,
)
from volt_assets.formatting import table
from volt_assets.http import RequestCount
from volt_assets.orchestration import run_records
from volt_assets.orchestration.data_versions import digest, most_common_version, stamp_versions
from volt_assets.orchestration.external import from_service
from volt_assets.orchestration.steps import (
    OWNERS,
    FetchScope,
    Metadata,
    describe,
    selected_keys,
    share,
    showing_what_was_stored,
    step,
    weeks_of,
)
from volt_assets.progress import Progress
from volt_assets.settings import Settings
from volt_assets.toggl.storage import require_stored
from volt_assets.warehouse import Connection, Warehouse, committed
from volt_assets.weeks import last_day

GROUP = "fibery"
# The first stages of a run that sends requests to Fibery.
STAGES_WITH_REQUESTS = ("toggl", GROUP)
_STORED = {"enriched_entities": stored_answers, "assigned_entities": stored_assigned}
STATUSES = ("found", "not_found", "not_configured", "failed")


def build_assets(
    weekly: dg.PartitionsDefinition, settings: Settings, config: EnrichmentConfig
) -> list[dg.AssetsDefinition]:
    """The group's assets over the given weeks. What each reads of the configuration is part of its version."""
    shared: dict[str, Any] = {"group_name": GROUP, "owners": OWNERS, "kinds": {"duckdb"}}
    of_fibery = shared | {"kinds": {"duckdb", "fibery"}}
    of_weeks = {"partitions_def": weekly, "backfill_policy": dg.BackfillPolicy.single_run()}
    return [
        _fibery_schema(of_fibery),
        _entity_references(settings, config, shared | of_weeks),
        _enriched_and_assigned_entities(settings, config, of_fibery, of_weeks),
    ]


def _fibery_schema(shared: Mapping[str, Any]) -> dg.AssetsDefinition:
    # No asset depends on it: with an upstream asset that has no weeks, Dagster splits a backfill into three runs. Steps
    # read the stored schema from the warehouse.
    @dg.asset(
        deps=[from_service(GROUP)],
        description="Fibery's schema: a row per field of each database. A snapshot, not weekly.",
        **shared,
    )
    def fibery_schema(
        context: dg.AssetExecutionContext,
        warehouse: Warehouse,
        fibery: FiberyResource,
        requests: dg.ResourceParam[RequestCount],
    ) -> dg.MaterializeResult:
        with step(context, requests):
            schema = current_schema(warehouse, fibery)
        return dg.MaterializeResult(metadata=_schema_metadata(schema))

    return fibery_schema


def _entity_references(
    settings: Settings, config: EnrichmentConfig, of_weeks: Mapping[str, Any]
) -> dg.AssetsDefinition:
    @dg.asset(
        deps=["tracked_time"],
        code_version=f"1-{config.aliases_fingerprint[:12]}",
        description="The distinct work items that the week's entries refer to, and the databases their tags can mean.",
        **of_weeks,
    )
    def entity_references(
        context: dg.AssetExecutionContext,
        warehouse: Warehouse,
        fetch_scope: FetchScope,
        fibery: FiberyResource,
        requests: dg.ResourceParam[RequestCount],
    ) -> None:
        metadata = {}
        with step(context, requests):
            weeks = weeks_of(context)
            with warehouse.get_connection() as connection:
                require_stored(connection, weeks[0], last_day(weeks[-1]), settings.volt_timezone)
            schema = None
            if fetch_scope.start_from in STAGES_WITH_REQUESTS:
                schema = current_schema(warehouse, fibery)
                context.log_event(dg.AssetMaterialization("fibery_schema", metadata=_schema_metadata(schema)))
            with warehouse.connections() as next_connection:
                for week in weeks:
                    connection = next_connection()
                    if schema is not None:
                        rows = resolved_references(connection, week, schema, config)
                        with committed(connection):
                            store_references(connection, week, rows)
                    metadata[week] = _references_metadata(stored_references(connection, week))
        describe(context, "entity_references", metadata)

    return entity_references


def _enriched_and_assigned_entities(
    settings: Settings, config: EnrichmentConfig, of_fibery: dict[str, Any], of_weeks: Mapping[str, Any]
) -> dg.AssetsDefinition:
    version = f"2-{config.fingerprint[:12]}"

    # One step for both: they are requested together. Where one is selected, the other is not requested.
    @dg.multi_asset(
        name="enriched_entities",
        specs=_entity_specs(of_fibery | {"code_version": version, "skippable": True}),
        can_subset=True,
        **of_weeks,
    )
    def enriched_entities(
        context: dg.AssetExecutionContext,
        warehouse: Warehouse,
        fetch_scope: FetchScope,
        fibery: FiberyResource,
        requests: dg.ResourceParam[RequestCount],
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[dg.MaterializeResult]:
        selected = selected_keys(context)
        enriching, assigning = "enriched_entities" in selected, "assigned_entities" in selected
        automated = run_records.is_automated(context.run.tags)
        with step(context, requests):
            weeks = weeks_of(context)
            with warehouse.get_connection() as connection:
                require_stored(connection, weeks[0], last_day(weeks[-1]), settings.volt_timezone)
            scope = Scope(weeks, enriching, assigning, only_changes=automated)

            def metadata_of(some: Sequence[date]) -> Metadata:
                return _metadata_and_versions(warehouse, some, selected, requests, settings.fibery_web_url)[0]

            with showing_what_was_stored(context, metadata_of) as stored:
                if fetch_scope.start_from in STAGES_WITH_REQUESTS:
                    enrich_and_store(context.log, warehouse, fibery, progress, config, scope, on_stored=stored.append)
            metadata, versions = _metadata_and_versions(warehouse, weeks, selected, requests, settings.fibery_web_url)
        for asset, by_week in versions.items():
            describe(context, asset, metadata[asset])
            yield dg.MaterializeResult(asset_key=asset, data_version=most_common_version(by_week))
        stamp_versions(context, versions)

    return enriched_entities


def _entity_specs(shared: Mapping[str, Any]) -> list[dg.AssetSpec]:
    return [
        dg.AssetSpec(
            "enriched_entities",
            description="What Fibery says of each work item the week refers to, found or not, as of the fetch.",
            deps=["entity_references", from_service(GROUP)],
            **shared,
        ),
        dg.AssetSpec(
            "assigned_entities",
            description="Open work items assigned to people, as of the fetch; of a run's newest week.",
            deps=["people", from_service(GROUP)],
            **shared,
        ),
    ]


def preview(connection: Connection, week: date) -> str:
    """A Markdown table of what was found by type, without names or descriptions."""
    return table({"type": "---", "status": "---", "entities": "---:"}, counts_by_type(connection, week))


def _schema_metadata(schema: Schema) -> dict[str, Any]:
    return {"databases": len(schema.types)}


def _references_metadata(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return {
        "dagster/partition_row_count": len(rows),
        "entities": len(rows),
        "labels_that_fit_no_type": sum(not row["candidates"] for row in rows),
    }


def _metadata_and_versions(
    warehouse: Warehouse, weeks: Sequence[date], selected: Set[str], requests: RequestCount, web_url: str | None
) -> tuple[Metadata, dict[str, dict[date, str]]]:
    """Metadata and data versions by asset and week, of the assets selected; requests are those sent to Fibery.

    A version is of the rows, whenever they were fetched. They are read a week at a time: years of them are not to be
    held at once.
    """
    metadata: dict[str, dict[date, dict[str, Any]]] = {}
    versions: dict[str, dict[date, str]] = {}
    sent = requests.by_service["fibery"]
    with warehouse.connections() as next_connection:
        for asset, rows_of in _STORED.items():
            for week in weeks if asset in selected else ():
                connection = next_connection()
                rows = rows_of(connection, [week])[week]
                if asset == "assigned_entities":
                    of_week = {"dagster/partition_row_count": len(rows), "items": len(rows)}
                else:
                    of_week = _answers_metadata(rows, preview(connection, week), sent, web_url)
                metadata.setdefault(asset, {})[week] = of_week
                versions.setdefault(asset, {})[week] = digest([{**row, "fetched_at": None} for row in rows])
    return metadata, versions


def _answers_metadata(
    rows: Sequence[Mapping[str, Any]], preview: str, requests: int, web_url: str | None
) -> dict[str, Any]:
    statuses = Counter(row["status"] for row in rows)
    return {
        "dagster/partition_row_count": len(rows),
        "entities": len(rows),
        **dict.fromkeys(STATUSES, 0),
        **statuses,
        "found_share": share(statuses["found"], len(rows)) or 0.0,
        "requests": requests,
        "preview": dg.MetadataValue.md(preview),
        **({"fibery": dg.MetadataValue.url(web_url)} if web_url else {}),
    }
