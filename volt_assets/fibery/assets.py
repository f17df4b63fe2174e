"""The assets of the group `fibery`: the schema, the work items that the weeks refer to, and what Fibery says of them.

Thin: they read, call the functions beside them, replace the week and describe it.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from volt_assets.errors import BadInput
from volt_assets.fibery.assigned import Assigned
from volt_assets.fibery.configuration import EnrichmentConfig
from volt_assets.fibery.enrichment import enrich
from volt_assets.fibery.failures import found_or_kept, require_answers, summary
from volt_assets.fibery.history import History, request_history
from volt_assets.fibery.references import resolve, used_configuration
from volt_assets.fibery.resource import FiberyResource
from volt_assets.fibery.schema import Schema, changes_of_schema
from volt_assets.fibery.storage import keep_used_configuration
from volt_assets.formatting import table
from volt_assets.http import RequestCount
from volt_assets.orchestration import run_records
from volt_assets.orchestration.steps import (
    OWNERS,
    FetchScope,
    commonest,
    describe,
    digest,
    selected_keys,
    share,
    stamp_versions,
    step,
    weeks_of,
)
from volt_assets.progress import Progress
from volt_assets.settings import Settings
from volt_assets.toggl.storage import require_stored
from volt_assets.warehouse import (
    Connection,
    Warehouse,
    committed,
    insert_rows,
    query,
    read_rows,
    replace_rows,
)
from volt_assets.weeks import is_closed, last_day, midnight

GROUP = "fibery"
# The first stages of a run that asks Fibery.
STAGES_THAT_ASK = ("toggl", GROUP)
STATUSES = ("found", "not_found", "not_configured", "failed")


def build_assets(
    weekly: dg.PartitionsDefinition, settings: Settings, config: EnrichmentConfig
) -> list[dg.AssetsDefinition]:
    """The group's assets over the given weeks. What each reads of the configuration is part of its version."""
    timezone, web_url = settings.volt_timezone, settings.fibery_web_url
    shared = {"group_name": GROUP, "owners": OWNERS, "kinds": {"duckdb"}}

    @dg.asset(
        description="Fibery's schema: a row per field of each database. A snapshot, not weekly.",
        **(shared | {"kinds": {"duckdb", "fibery"}}),
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

    @dg.asset(
        partitions_def=weekly,
        backfill_policy=dg.BackfillPolicy.single_run(),
        deps=["tracked_time"],
        code_version=f"1-{config.aliases_fingerprint[:12]}",
        description="The distinct work items that the week's entries refer to, and the databases their tags can mean.",
        **shared,
    )
    def entity_references(
        context: dg.AssetExecutionContext,
        warehouse: Warehouse,
        fetch_scope: FetchScope,
        fibery: FiberyResource,
        requests: dg.ResourceParam[RequestCount],
    ) -> None:
        with step(context, requests):
            weeks = weeks_of(context)
            with warehouse.get_connection() as connection:
                require_stored(connection, weeks[0], last_day(weeks[-1]), timezone)
                before = stored_schema(connection)
            asking = fetch_scope.start_from in STAGES_THAT_ASK
            schema = current_schema(warehouse, fibery) if asking else before
            if schema is not before:
                context.log_event(dg.AssetMaterialization("fibery_schema", metadata=_schema_metadata(schema)))
            described = {}
            with warehouse.turns() as turn:
                for week in weeks:
                    connection = turn()
                    if asking:
                        rows = resolved_references(connection, week, schema, config)
                        with committed(connection):
                            replace_rows(connection, "entity_references", rows, where="week = ?", parameters=[week])
                    else:
                        rows = stored_references(connection, week)
                    described[week] = {
                        "dagster/partition_row_count": len(rows),
                        "entities": len(rows),
                        "labels_that_fit_no_type": sum(not row["candidates"] for row in rows),
                    }
        describe(context, "entity_references", described)

    of_fibery = shared | {
        "kinds": {"duckdb", "fibery"},
        "code_version": f"2-{config.fingerprint[:12]}",
        "skippable": True,
    }

    # One step for both: they are asked for in the same request. Where one is selected, the other is not asked for.
    @dg.multi_asset(
        name="enriched_entities",
        specs=[
            dg.AssetSpec(
                "enriched_entities",
                description="What Fibery says of each work item the week refers to, found or not, as of the fetch.",
                deps=["entity_references"],
                **of_fibery,
            ),
            dg.AssetSpec(
                "assigned_entities",
                description="Open work items assigned to people, as of the fetch; of a run's newest week.",
                deps=["people"],
                **of_fibery,
            ),
        ],
        partitions_def=weekly,
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
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
        with step(context, requests):
            weeks = weeks_of(context)
            with warehouse.get_connection() as connection:
                require_stored(connection, weeks[0], last_day(weeks[-1]), timezone)
                schema = stored_schema(connection)
                references = {week: stored_references(connection, week) if enriching else [] for week in weeks}
                kept = stored_answers(connection, weeks)
                open_before = stored_assigned(connection, weeks)[weeks[-1]]
                assigned = Assigned(addresses(connection, weeks[-1]) if assigning else [])
            schema = _required(schema)
            if fetch_scope.start_from in STAGES_THAT_ASK:
                now = datetime.now(UTC)
                fetched_at = now.replace(tzinfo=None)
                history = History(history_since(weeks, now, settings.zone))
                known = kept if run_records.is_by_itself(context.run.tags) else {}
                found = asyncio.run(enrich_all(references, schema, config, fibery, progress, known, assigned, history))
                rows = {
                    week: found_or_kept(
                        (
                            {**found[_key(each)], "week": week, "fetched_at": fetched_at, "label": each["label"]}
                            for each in of_week
                        ),
                        kept[week],
                    )
                    for week, of_week in references.items()
                }
                if failed := summary(found.values()):
                    context.log.warning(f"Fibery: {failed}. The others are stored.")
                with warehouse.turns() as turn:
                    for week in weeks if enriching else ():
                        connection = turn()
                        with committed(connection):
                            replace_rows(
                                connection, "enriched_entities", rows[week], where="week = ?", parameters=[week]
                            )
                            keep_used_configuration(connection, week, used_configuration(references[week], config))
                    open_work = [{"week": weeks[-1], "fetched_at": fetched_at, **row} for row in assigned.rows]
                    open_work += [row for row in open_before if row["entity_type"] in assigned.unknown]
                    connection = turn()
                    with committed(connection):
                        asked = [row for row in found.values() if row["status"] == "found"]
                        keep_history(connection, history, [*asked, *assigned.rows])
                        if assigning:
                            replace_rows(
                                connection, "assigned_entities", open_work, where="week = ?", parameters=[weeks[-1]]
                            )
                context.log.info(f"Enriched {len(found)} entities")
            else:
                rows = kept
            with warehouse.get_connection() as connection:
                previews = {week: preview(connection, week) for week in weeks}
                open_rows = stored_assigned(connection, weeks)
        told = {
            "enriched_entities": {
                week: {
                    "dagster/partition_row_count": len(of_week),
                    "entities": len(of_week),
                    **dict.fromkeys(STATUSES, 0),
                    **Counter(row["status"] for row in of_week),
                    "found_share": share(sum(row["status"] == "found" for row in of_week), len(of_week)) or 0.0,
                    "requests": requests.by_service["fibery"],
                    "preview": dg.MetadataValue.md(previews[week]),
                    **({"fibery": dg.MetadataValue.url(web_url)} if web_url else {}),
                }
                for week, of_week in rows.items()
            },
            "assigned_entities": {
                week: {"dagster/partition_row_count": len(of_week), "items": len(of_week)}
                for week, of_week in open_rows.items()
            },
        }
        versions = {
            asset: {week: digest([row | {"fetched_at": None} for row in of_week]) for week, of_week in by_week.items()}
            for asset, by_week in (("enriched_entities", rows), ("assigned_entities", open_rows))
            if asset in selected
        }
        for asset, by_week in versions.items():
            describe(context, asset, told[asset])
            yield dg.MaterializeResult(asset_key=asset, data_version=commonest(by_week))
        stamp_versions(context, versions)

    return [fibery_schema, entity_references, enriched_entities]


def current_schema(warehouse: Warehouse, fibery: FiberyResource) -> Schema:
    """Fibery's schema as it is now: the stored one where Fibery says it is unchanged, else a new one, now stored."""
    with warehouse.get_connection() as connection:
        stored = stored_schema(connection)
        etag = stored_etag(connection)
    schema, etag = asyncio.run(fibery.current_schema(etag))
    if schema is None:
        if stored is None:
            raise BadInput(
                "Fibery says that its schema is unchanged, but none is stored. Run it again.", code="no_schema"
            )
        return stored
    now = datetime.now(UTC).replace(tzinfo=None)
    with warehouse.transaction() as connection:
        if stored is not None:
            changes = changes_of_schema(stored, schema)
            insert_rows(connection, "fibery_schema_changes", ({**change, "seen_at": now} for change in changes))
        rows = schema.rows(etag, now)
        replace_rows(connection, "fibery_schema", rows, where="true", parameters=[])
    return schema


def _required(schema: Schema | None) -> Schema:
    if schema is None:
        raise BadInput("Fibery's schema is not stored yet. Materialize entity_references first.", code="no_schema")
    return schema


def addresses(connection: Connection, week: date) -> list[str]:
    """The addresses of the people of the workspace, as of the week's fetch."""
    rows = connection.execute(
        "SELECT DISTINCT email FROM people WHERE week = ? AND active AND email IS NOT NULL ORDER BY email", [week]
    ).fetchall()
    return [email for (email,) in rows]


def stored_assigned(connection: Connection, weeks: Sequence[date]) -> dict[date, list[dict[str, Any]]]:
    """The stored rows of `assigned_entities` of consecutive weeks, by week."""
    return _by_week(connection, "assigned_entities", weeks, "entity_type, public_id")


def stored_answers(connection: Connection, weeks: Sequence[date]) -> dict[date, list[dict[str, Any]]]:
    """The stored rows of `enriched_entities` of consecutive weeks, by week."""
    return _by_week(connection, "enriched_entities", weeks, "label, public_id")


def _by_week(connection: Connection, table: str, weeks: Sequence[date], order: str) -> dict[date, list[dict[str, Any]]]:
    rows = read_rows(
        connection,
        f"SELECT * FROM {table} WHERE week BETWEEN ? AND ? ORDER BY week, {order}",
        [weeks[0], weeks[-1]],
    )
    by_week: dict[date, list[dict[str, Any]]] = {week: [] for week in weeks}
    for row in rows:
        by_week[row["week"]].append(row)
    return by_week


def stored_schema(connection: Connection) -> Schema | None:
    """The schema last stored, or None."""
    rows = read_rows(connection, "SELECT * FROM fibery_schema")
    return Schema.from_rows(rows) if rows else None


def stored_etag(connection: Connection) -> str | None:
    """The ETag of the schema last stored, or None."""
    (etag,) = connection.execute("SELECT any_value(etag) FROM fibery_schema").fetchone()
    return etag


def resolved_references(
    connection: Connection, week: date, schema: Schema, config: EnrichmentConfig
) -> list[dict[str, Any]]:
    """A week's rows of `entity_references`."""
    rows = []
    for reference in read_rows(connection, query("fibery/sql/references.sql"), {"week": week}):
        said = resolve(reference["label"], schema, config, project_tag=reference["project_tag"])
        rows.append(
            {
                "week": week,
                "public_id": reference["public_id"],
                "label": reference["label"],
                "space": said.space,
                "type": said.type,
                "project": said.project,
                "candidates": list(said.candidates),
            }
        )
    return rows


def stored_references(connection: Connection, week: date) -> list[dict[str, Any]]:
    """A week's references as `enrich` takes them: rows of `entity_references`, with what people typed as evidence."""
    typed = {_key(row): row for row in read_rows(connection, query("fibery/sql/references.sql"), {"week": week})}
    rows = read_rows(
        connection,
        "SELECT public_id, label, space, type, project, candidates FROM entity_references WHERE week = ? "
        "ORDER BY label, public_id",
        [week],
    )
    return [{**row, "title": typed.get(_key(row), {}).get("title")} for row in rows]


async def enrich_all(
    references: Mapping[date, list[dict[str, Any]]],
    schema: Schema,
    config: EnrichmentConfig,
    fibery: FiberyResource,
    progress: Progress,
    known: Mapping[date, list[dict[str, Any]]],
    assigned: Assigned,
    history: History,
) -> dict[tuple[str, ...], dict[str, Any]]:
    """What Fibery says of each distinct reference of all weeks, asked for once, by its key.

    `known` are stored rows: of what they hold, only what has changed is asked for. `assigned` takes open work,
    `history` the changes of states where they are asked for. Raises LookupsFailed where too little was answered.
    """
    latest = {_key(row): row for week in sorted(known) for row in known[week]}
    distinct = {_key(reference): reference for of_week in references.values() for reference in of_week}
    if not distinct and not (config.types.keys() & schema.databases.keys()):
        return {}

    def tell(done: int, total: int) -> None:
        progress("Fibery: entities", done, total)

    refused: set[tuple[str, str]] = set()
    async with fibery.client() as client:
        rows = await enrich(
            list(distinct.values()),
            schema,
            config,
            client,
            web_url=fibery.settings.fibery_web_url,
            zone=fibery.settings.zone,
            on_progress=tell,
            known=[latest.get(key) for key in distinct] if latest else (),
            assigned=assigned,
            history=history,
            refused=refused,
        )
        require_answers(rows, refused)
        items = [*(row for row in rows if row["status"] == "found"), *assigned.rows]
        ids: dict[str, dict[str, None]] = {}
        for row in items:
            ids.setdefault(row["entity_type"], {})[row["public_id"]] = None
        await request_history(
            history, {name: list(of_type) for name, of_type in ids.items()}, schema, config, client, datetime.now(UTC)
        )
    since = None if history.since is None else history.since.astimezone(UTC).replace(tzinfo=None)
    for row in items:
        row["history_since"] = since if history.is_known(row["entity_type"], row["public_id"]) else None
    return dict(zip(distinct, rows, strict=True))


def history_since(weeks: Sequence[date], now: datetime, zone: ZoneInfo) -> datetime | None:
    """From when on changes of states tell those at the end of any period in these weeks; None: none has ended."""
    return midnight(weeks[0], zone) if is_closed(weeks[0], now, zone) else None


def keep_history(
    connection: Connection,
    history: History,
    items: Sequence[Mapping[str, Any]],
) -> None:
    """Store what was answered of these items' states. Call it inside the transaction that stores the items."""
    since = history.since and history.since.astimezone(UTC).replace(tzinfo=None)
    for name in history.answered:
        ids = [row["public_id"] for row in items if row["entity_type"] == name]
        connection.execute(
            "DELETE FROM state_changes WHERE entity_type = ? AND changed_at >= ? AND list_contains(?, public_id)",
            [name, since, ids],
        )
        states = [row for row in history.states if row["entity_type"] == name]
        replace_rows(connection, "workflow_states", states, where="entity_type = ?", parameters=[name])
    unique = {(row["entity_type"], row["public_id"], row["changed_at"]): row for row in history.changes}
    insert_rows(connection, "state_changes", unique.values())


def _key(reference: dict[str, Any]) -> tuple[str, ...]:
    return (reference["public_id"], *reference["label"])


def preview(connection: Connection, week: date) -> str:
    """A Markdown table of what was found by type, without names or descriptions."""
    counts: Sequence[tuple[str, str, int]] = connection.execute(
        "SELECT entity_type, status, count(*) FROM enriched_entities WHERE week = ? GROUP BY ALL ORDER BY ALL", [week]
    ).fetchall()
    return table({"type": "---", "status": "---", "entities": "---:"}, counts)


def _schema_metadata(schema: Schema) -> dict[str, Any]:
    return {"databases": len(schema.types)}
