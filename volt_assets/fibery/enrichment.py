"""From references to rows of `enriched_entities`: queries planned, sent in as few requests as possible, answers read.

The steps are elsewhere: `entity_query.py` says what is requested of a type, `lookups.py` sends it and isolates what
fails, `rows.py` chooses among the answers. Each reference gets its row, whatever fails.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any

from volt_assets.fibery.assigned import Assigned, AssignedQuery, assigned_queries
from volt_assets.fibery.client import FiberyClient
from volt_assets.fibery.configuration import EnrichmentConfig, TypeConfig
from volt_assets.fibery.entity_query import EntityQuery, Row, entity_query
from volt_assets.fibery.failures import without_note
from volt_assets.fibery.history import History, StatesQuery, states_queries
from volt_assets.fibery.lookups import IDS_PER_COMMAND, EntityKey, EntityLookup, progress, unchanged
from volt_assets.fibery.references import Reference, types_to_fetch
from volt_assets.fibery.rows import choose, entity_url, found_row, missing_row
from volt_assets.fibery.schema import Schema, nearest_type
from volt_assets.fibery.sending import EntityCommand, Sender, SideCommand, chunks
from volt_assets.fibery.splitting import at_once
from volt_assets.formatting import plural

logger = logging.getLogger(__name__)


async def enrich(
    references: Sequence[Reference],
    schema: Schema,
    config: EnrichmentConfig,
    client: FiberyClient,
    *,
    web_url: str | None,
    zone: tzinfo = UTC,
    on_progress: Callable[[int, int], None] | None = None,
    known: Sequence[Mapping[str, Any] | None] = (),
    assigned: Assigned | None = None,
    history: History | None = None,
    refused: set[EntityKey] | None = None,
) -> list[dict[str, Any]]:
    """Rows of `enriched_entities` (without week and fetched_at) for the references, in the order given.

    A reference is a row of `entity_references`, with `title` (what stands before the id) and `description` (all of
    it) as evidence where the label can mean several databases. Days of instants are days in `zone`.
    `on_progress(done, total)` counts entities and texts. What Fibery does not answer or refuses is a row that has
    `failed`, with the reason; raises what the client raises only where it answers nothing at all.

    `known` holds, for each reference, the row that was stored of it before, or None. Where given, one request first
    finds out which of them have changed, and only those are requested again. `assigned` says whose open work is
    requested along with them, and takes the answer; `history`, where changes are wanted, takes the states that items of
    a type can be in. `refused` takes the (type, public id) of lookups that failed since Fibery refused them.
    """
    enrichment = _Enrichment(references, schema, config, zone)
    for problem in [*_misspelt_types(schema, config), *enrichment.problems]:
        logger.warning("Fibery: %s", problem)
    same: dict[int, Mapping[str, Any]] = {}
    if any(known):
        same = await unchanged(Sender(client, enrichment.max_concurrent), known, enrichment.queries)
    changed = [index for index in range(len(references)) if index not in same]
    if same:
        enrichment = _Enrichment([references[index] for index in changed], schema, config, zone)
    sender = Sender(client, enrichment.max_concurrent, len(enrichment.wanted), on_progress)
    rows = await enrichment.rows(sender, web_url, assigned, history, refused)
    renewed = dict(zip(changed, rows, strict=True))
    return [without_note(same[index]) if index in same else renewed[index] for index in range(len(references))]


class _Enrichment:
    """The lookups for some references. `wanted` are the entities that they can mean, `queries` those of their types."""

    def __init__(self, references: Sequence[Reference], schema: Schema, config: EnrichmentConfig, zone: tzinfo):
        self.references = references
        self.schema, self.config, self.zone = schema, config, zone
        self.wanted: dict[EntityKey, None] = {}
        self.types: dict[str, TypeConfig] = {}
        for reference in references:
            types = types_to_fetch(reference, schema, config)
            self.types |= types
            self.wanted |= dict.fromkeys((name, reference["public_id"]) for name in types)
        self.queries = {
            name: entity_query(schema, name, of_type, zone, config.parents_of) for name, of_type in self.types.items()
        }

    @property
    def problems(self) -> Iterator[str]:
        """What the configuration wants and the types do not have, in words."""
        for query in self.queries.values():
            yield from query.problems

    @property
    def max_concurrent(self) -> dict[str, int]:
        """How many requests may be in flight at once, by type."""
        return {name: of_type.max_concurrent for name, of_type in self.types.items()}

    async def rows(
        self,
        sender: Sender,
        web_url: str | None,
        assigned: Assigned | None,
        history: History | None,
        refused: set[EntityKey] | None,
    ) -> list[dict[str, Any]]:
        """Send all that is wanted, and make the rows; the other parameters are those of `enrich`."""
        answers = await EntityLookup(sender).run(self._commands(assigned, history))
        if refused is not None:
            refused |= answers.refused
        for row in assigned.rows if assigned is not None else ():
            row["url"] = entity_url(web_url, row["entity_type"], row["public_id"])
        chosen = [
            choose(reference, list(types_to_fetch(reference, self.schema, self.config)), answers)
            for reference in self.references
        ]
        found = [(choice.row, choice.query) for choice in chosen if choice]
        (texts, unread), done_below = await at_once(
            (
                _documents(sender, found),
                progress(sender, _types_above(found), self.schema, self.config),
            )
        )
        return [
            missing_row(reference, self.schema, self.config, answers)
            if choice is None
            else found_row(reference, choice, texts, unread, done_below, self.config, web_url)
            for reference, choice in zip(self.references, chosen, strict=True)
        ]

    def _commands(self, assigned: Assigned | None, history: History | None) -> list[EntityCommand | SideCommand]:
        commands: list[EntityCommand | SideCommand] = [
            EntityCommand(query, ids)
            for name, query in self.queries.items()
            for ids in chunks([public_id for of_type, public_id in self.wanted if of_type == name], IDS_PER_COMMAND)
        ]
        if assigned is not None and assigned.emails:
            queries = assigned_queries(self.schema, self.config, self.zone)
            commands += [_assigned_command(query, assigned) for query in queries]
        if history is not None and history.since is not None:
            types = {command.type for command in commands}
            commands += [_states_command(query, history) for query in states_queries(self.schema, self.config, types)]
        return commands


def _assigned_command(query: AssignedQuery, assigned: Assigned) -> SideCommand:
    def keep(rows: Iterable[Row]) -> None:
        query.read(list(rows), assigned)

    def lack(problem: str) -> None:
        assigned.problems.append(problem)
        assigned.unknown.add(query.type)

    return SideCommand(query.type, "Open work", query.command(assigned.emails), keep, lack)


def _states_command(query: StatesQuery, history: History) -> SideCommand:
    def keep(rows: Iterable[Row]) -> None:
        query.read(rows, history)

    return SideCommand(query.type, "What kind the states are", query.command(), keep, lambda problem: None)


async def _documents(sender: Sender, found: Sequence[tuple[Row, EntityQuery]]) -> tuple[dict[str, str], dict[str, str]]:
    """The texts of entities by secret, and by secret why some of them could not be read."""
    secrets = {secret: query.type for row, query in found for secret in query.secrets(row)}
    texts, unread = await sender.documents(secrets)
    for (name, reason), count in Counter((secrets[each], why) for each, why in unread.items()).items():
        logger.warning("Fibery: %s of %s could not be read: %s", plural(count, "text"), name, reason)
    return texts, unread


def _types_above(found: Iterable[tuple[Row, EntityQuery]]) -> dict[str, str]:
    """Of all that is above the entities found: the type by Fibery's id."""
    return {above["fibery_id"]: above["type"] for row, query in found for above in query.parents(row)}


def _misspelt_types(schema: Schema, config: EnrichmentConfig) -> Iterator[str]:
    """Keys of the configuration that Fibery has no database for, where one is so like it that it must be meant."""
    for name in config.types:
        if name not in schema.databases and (near := nearest_type(schema, name, likeness=0.85)):
            yield f'the configuration has a key "{name}", and there is no such database. Is it "{near}"?'
