"""Requesting and storing: the schema as it is now, and what Fibery has of the work items that weeks refer to."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
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
    answers_of_run,
    new_entities_by_week,
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

# What is requested before anything of it is committed: a year of a small company, some weeks of a large one.
ENTITIES_PER_BATCH = 5_000


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
class Scope:
    """What of a run's consecutive weeks is requested: what they refer to, or the newest one's open work, or both.

    With `only_changes`, what is stored of these weeks is requested only where it has changed.
    """

    weeks: Sequence[date]
    enriching: bool
    assigning: bool
    only_changes: bool


@dataclass(frozen=True, slots=True)
class Lookup:
    """What is requested at once: the references of a batch of weeks, and whose open work.

    `known` are the rows that this run has stored of the same references in earlier batches. `answers` are the rows that
    are stored of the batch's weeks; with `only_changes`, what they hold is requested only where it has changed.
    `open_work` are the stored rows of the newest week. `emails` is None where open work is not in the batch or the
    scope.
    """

    weeks: Sequence[date]
    schema: Schema
    references: Mapping[date, Sequence[StoredRow]]
    known: Mapping[ReferenceKey, StoredRow]
    answers: Mapping[date, Sequence[StoredRow]]
    open_work: Sequence[StoredRow]
    emails: Sequence[str] | None
    only_changes: bool

    @property
    def requested(self) -> dict[ReferenceKey, StoredRow]:
        """Each reference once, however many weeks have it, without those known."""
        distinct = {reference_key(each): each for of_week in self.references.values() for each in of_week}
        return {key: reference for key, reference in distinct.items() if key not in self.known}

    @property
    def before(self) -> list[StoredRow | None]:
        """For each requested reference, the row of the latest week that has one. Empty where all is requested."""
        latest = {reference_key(row): row for week in sorted(self.answers) for row in self.answers[week]}
        return [latest.get(key) for key in self.requested] if latest and self.only_changes else []


def batches(scope: Scope, new_entities: Mapping[date, int], size: int) -> list[list[date]]:
    """The weeks in stretches whose entities are requested at once: at most `size`, unless one week has more.

    `new_entities` counts, by week, the entities that no earlier week of the scope refers to.
    """
    stretches: list[list[date]] = []
    room = 0
    for week in scope.weeks:
        new = new_entities.get(week, 0) if scope.enriching else 0
        if not stretches or new > room:
            stretches.append([])
            room = size
        stretches[-1].append(week)
        room -= new
    return stretches


def read_lookup(warehouse: Warehouse, scope: Scope, batch: Sequence[date], fetched_at: datetime) -> Lookup:
    """The lookup for a batch of the scope's weeks, in a run that stores its rows with `fetched_at`.

    Raises BadInput where no schema is stored.
    """
    newest = scope.weeks[-1]
    is_last = batch[-1] == newest
    with warehouse.get_connection() as connection:
        return Lookup(
            weeks=batch,
            schema=require_schema(connection),
            references={week: stored_references(connection, week) for week in batch} if scope.enriching else {},
            known={reference_key(row): row for row in answers_of_run(connection, scope.weeks[0], batch, fetched_at)},
            answers=stored_answers(connection, batch),
            open_work=stored_assigned(connection, [newest])[newest] if is_last else [],
            emails=addresses(connection, newest) if scope.assigning and is_last else None,
            only_changes=scope.only_changes,
        )


def enrich_and_store(
    log: logging.Logger,
    warehouse: Warehouse,
    fibery: FiberyResource,
    progress: Progress,
    config: EnrichmentConfig,
    scope: Scope,
    on_stored: Callable[[date], None],
) -> None:
    """Request what is in the scope, and replace the weeks' entities, each week alone, and the newest one's open work.

    A large company's weeks are requested in batches, so that a failure loses one batch and memory holds one.
    `on_stored` is called with each week once it is committed. Raises LookupsFailed where too little of a batch was
    answered, and as the client does; nothing of the batch is stored then.
    """
    now = datetime.now(UTC)
    since = history_since(scope.weeks, now, fibery.settings.zone)
    with warehouse.get_connection() as connection:
        new_entities = new_entities_by_week(connection, scope.weeks)
    enriched = finished = 0
    for batch in batches(scope, new_entities, ENTITIES_PER_BATCH):
        lookup = read_lookup(warehouse, scope, batch, naive_utc(now))
        later = sum(count for week, count in new_entities.items() if week > batch[-1])

        def report(done: int, of_batch: int, before: int = finished, later: int = later) -> None:
            nonlocal finished
            finished = before + done
            progress("Fibery: entities", finished, before + of_batch + later)

        assigned, history = Assigned(lookup.emails or ()), History(since)
        found = asyncio.run(request_all(lookup, config, fibery, report, assigned, history))
        enriched += len(found)
        if failed := summary(found.values()):
            log.warning(f"Fibery: {failed}. The others are stored.")
        _store(warehouse, lookup, found, naive_utc(now), config, assigned, history, on_stored)
    log.info(f"Enriched {enriched} entities")


def _store(
    warehouse: Warehouse,
    lookup: Lookup,
    found: Mapping[ReferenceKey, StoredRow],
    fetched_at: datetime,
    config: EnrichmentConfig,
    assigned: Assigned,
    history: History,
    on_stored: Callable[[date], None],
) -> None:
    rows_of = {**lookup.known, **found}
    newest = lookup.weeks[-1]
    with warehouse.connections() as next_connection:
        for week, references in lookup.references.items():
            rows = (
                {**rows_of[reference_key(each)], "week": week, "fetched_at": fetched_at, "label": each["label"]}
                for each in references
            )
            connection = next_connection()
            with committed(connection):
                used = used_configuration(references, config)
                store_answers(connection, week, found_or_kept(rows, lookup.answers[week]), used)
            on_stored(week)
        open_work = [{"week": newest, "fetched_at": fetched_at, **row} for row in assigned.rows]
        open_work += [row for row in lookup.open_work if row["entity_type"] in assigned.unknown]
        connection = next_connection()
        with committed(connection):
            store_history(connection, history, _items(found.values(), assigned))
            if lookup.emails is not None:
                store_assigned(connection, newest, open_work)


async def request_all(
    lookup: Lookup,
    config: EnrichmentConfig,
    fibery: FiberyResource,
    on_progress: Callable[[int, int], None],
    assigned: Assigned,
    history: History,
) -> dict[ReferenceKey, dict[str, Any]]:
    """What Fibery has of each requested reference: rows of `enriched_entities` without week and time.

    `assigned` takes open work, `history` the changes of states where they are requested. Raises LookupsFailed where too
    little was answered.
    """
    requested = lookup.requested
    if not requested and not (assigned.emails and config.types.keys() & lookup.schema.databases.keys()):
        return {}
    refused: set[EntityKey] = set()
    async with fibery.client() as client:
        rows = await enrich(
            list(requested.values()),
            lookup.schema,
            config,
            client,
            web_url=fibery.settings.fibery_web_url,
            zone=fibery.settings.zone,
            on_progress=on_progress,
            known=lookup.before,
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
    return dict(zip(requested, rows, strict=True))


def _items(rows: Iterable[dict[str, Any]], assigned: Assigned) -> list[dict[str, Any]]:
    """The rows of work items that exist: found by a reference, or open."""
    return [*(row for row in rows if row["status"] == "found"), *assigned.rows]


def history_since(weeks: Sequence[date], now: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant from which on changes of states show those at the end of any period in these weeks.

    None: none of these weeks has ended.
    """
    return midnight(weeks[0], zone) if is_closed(weeks[0], now, zone) else None
