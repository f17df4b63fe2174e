"""Requesting and storing: the schema as it is now, and what Fibery has of the work items that weeks refer to."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from volt_assets.errors import BadInput
from volt_assets.fibery.assigned import Assigned
from volt_assets.fibery.configuration import EnrichmentConfig
from volt_assets.fibery.enrichment import enrich
from volt_assets.fibery.failures import found_or_kept, require_answers, summary
from volt_assets.fibery.history import History, request_history
from volt_assets.fibery.lookups import EntityKey
from volt_assets.fibery.references import ReferenceKey, reference_key, used_configuration
from volt_assets.fibery.resource import FiberyResource
from volt_assets.fibery.schema import Schema
from volt_assets.fibery.storage import (
    StoredRow,
    addresses,
    require_schema,
    store_answers,
    store_assigned,
    store_history,
    store_schema,
    stored_answers,
    stored_assigned,
    stored_etag,
    stored_references,
    stored_schema,
)
from volt_assets.progress import Progress
from volt_assets.warehouse import Warehouse, committed
from volt_assets.weeks import is_closed, midnight, naive_utc


def current_schema(warehouse: Warehouse, fibery: FiberyResource) -> Schema:
    """Fibery's schema as it is now: the stored one where Fibery reports it unchanged, else a new one, now stored."""
    with warehouse.get_connection() as connection:
        stored = stored_schema(connection)
        etag = stored_etag(connection)
    schema, etag = asyncio.run(fibery.current_schema(etag))
    if schema is not None:
        with warehouse.transaction() as connection:
            store_schema(connection, schema, etag, before=stored)
        return schema
    if stored is None:
        raise BadInput("Fibery says that its schema is unchanged, but none is stored. Run it again.", code="no_schema")
    return stored


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a run requests: the references of its weeks, and whose open work.

    `answers` are the rows that are stored of the weeks; with `only_changes`, what they hold is requested only where it
    has changed. `open_work` are the stored rows of the newest week. Both are empty where they are not selected.
    """

    weeks: Sequence[date]
    schema: Schema
    references: Mapping[date, Sequence[StoredRow]]
    answers: Mapping[date, Sequence[StoredRow]]
    open_work: Sequence[StoredRow]
    emails: Sequence[str]
    only_changes: bool

    @property
    def distinct(self) -> dict[ReferenceKey, StoredRow]:
        """Each reference once, however many weeks have it."""
        return {reference_key(reference): reference for of_week in self.references.values() for reference in of_week}

    @property
    def known(self) -> list[StoredRow | None]:
        """For each distinct reference, the row of the latest week that has one. Empty where all is requested."""
        latest = {reference_key(row): row for week in sorted(self.answers) for row in self.answers[week]}
        return [latest.get(key) for key in self.distinct] if latest and self.only_changes else []


def read_lookup(
    warehouse: Warehouse, weeks: Sequence[date], *, enriching: bool, assigning: bool, only_changes: bool
) -> Lookup:
    """The lookup for consecutive weeks. Raises BadInput where no schema is stored."""
    with warehouse.get_connection() as connection:
        return Lookup(
            weeks=weeks,
            schema=require_schema(connection),
            references={week: stored_references(connection, week) for week in weeks} if enriching else {},
            answers=stored_answers(connection, weeks),
            open_work=stored_assigned(connection, weeks)[weeks[-1]],
            emails=addresses(connection, weeks[-1]) if assigning else [],
            only_changes=only_changes,
        )


def enrich_and_store(
    log: logging.Logger,
    warehouse: Warehouse,
    fibery: FiberyResource,
    progress: Progress,
    config: EnrichmentConfig,
    lookup: Lookup,
    *,
    assigning: bool,
) -> None:
    """Request what the lookup is for, and replace the weeks' entities, each week alone, and the newest one's open work.

    Raises LookupsFailed where too little was answered, and as the client does; nothing is stored then.
    """
    now = datetime.now(UTC)
    fetched_at = now.replace(tzinfo=None)
    assigned = Assigned(lookup.emails)
    history = History(history_since(lookup.weeks, now, fibery.settings.zone))
    found = asyncio.run(request_all(lookup, config, fibery, progress, assigned, history))
    if failed := summary(found.values()):
        log.warning(f"Fibery: {failed}. The others are stored.")
    newest = lookup.weeks[-1]
    with warehouse.connections() as next_connection:
        for week, references in lookup.references.items():
            rows = (
                {**found[reference_key(each)], "week": week, "fetched_at": fetched_at, "label": each["label"]}
                for each in references
            )
            connection = next_connection()
            with committed(connection):
                used = used_configuration(references, config)
                store_answers(connection, week, found_or_kept(rows, lookup.answers[week]), used)
        open_work = [{"week": newest, "fetched_at": fetched_at, **row} for row in assigned.rows]
        open_work += [row for row in lookup.open_work if row["entity_type"] in assigned.unknown]
        connection = next_connection()
        with committed(connection):
            store_history(connection, history, _items(found.values(), assigned))
            if assigning:
                store_assigned(connection, newest, open_work)
    log.info(f"Enriched {len(found)} entities")


async def request_all(
    lookup: Lookup,
    config: EnrichmentConfig,
    fibery: FiberyResource,
    progress: Progress,
    assigned: Assigned,
    history: History,
) -> dict[ReferenceKey, dict[str, Any]]:
    """What Fibery has of each distinct reference, requested once: rows of `enriched_entities` without week and time.

    `assigned` takes open work, `history` the changes of states where they are requested. Raises LookupsFailed where too
    little was answered.
    """
    distinct = lookup.distinct
    if not distinct and not (config.types.keys() & lookup.schema.databases.keys()):
        return {}

    def report(done: int, total: int) -> None:
        progress("Fibery: entities", done, total)

    refused: set[EntityKey] = set()
    async with fibery.client() as client:
        rows = await enrich(
            list(distinct.values()),
            lookup.schema,
            config,
            client,
            web_url=fibery.settings.fibery_web_url,
            zone=fibery.settings.zone,
            on_progress=report,
            known=lookup.known,
            assigned=assigned,
            history=history,
            refused=refused,
        )
        require_answers(rows, refused)
        items = _items(rows, assigned)
        ids: dict[str, dict[str, None]] = {}
        for row in items:
            ids.setdefault(row["entity_type"], {})[row["public_id"]] = None
        by_type = {name: list(of_type) for name, of_type in ids.items()}
        await request_history(history, by_type, lookup.schema, config, client, datetime.now(UTC))
    since = None if history.since is None else naive_utc(history.since)
    for row in items:
        row["history_since"] = since if history.is_known(row["entity_type"], row["public_id"]) else None
    return dict(zip(distinct, rows, strict=True))


def _items(rows: Iterable[dict[str, Any]], assigned: Assigned) -> list[dict[str, Any]]:
    """The rows of work items that exist: found by a reference, or open."""
    return [*(row for row in rows if row["status"] == "found"), *assigned.rows]


def history_since(weeks: Sequence[date], now: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant from which on changes of states show those at the end of any period in these weeks.

    None: none of these weeks has ended.
    """
    return midnight(weeks[0], zone) if is_closed(weeks[0], now, zone) else None
