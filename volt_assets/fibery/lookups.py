"""Looking up entities: sends their queries and, where Fibery refuses one or does not answer, finds out what fails.

An error of one type, field or entity loses none of the others. `rows.py` makes rows of the answers.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from volt_assets.errors import ServiceError
from volt_assets.fibery.configuration import EnrichmentConfig
from volt_assets.fibery.entity_query import EntityQuery, Part, Row
from volt_assets.fibery.progress import progress_query
from volt_assets.fibery.refusals import CommandRefused
from volt_assets.fibery.schema import Schema
from volt_assets.fibery.sending import (
    EntityCommand,
    QueryCommand,
    Sender,
    SideCommand,
    chunks,
    reason_of,
)
from volt_assets.fibery.splitting import at_once, divided
from volt_assets.formatting import plural

logger = logging.getLogger(__name__)

IDS_PER_COMMAND = 500

# (type, public id)
EntityKey = tuple[str, str]


@dataclass(slots=True)
class Answers:
    """The rows found, each with its query, and the reasons of failures.

    `refused` are the failures that Fibery answered with an error.
    """

    rows: dict[EntityKey, tuple[Row, EntityQuery]] = field(default_factory=dict)
    failures: dict[EntityKey, str] = field(default_factory=dict)
    refused: set[EntityKey] = field(default_factory=set)


class EntityLookup:
    """One lookup of entities, of any types.

    `left_out` are the parts of queries, by type, that Fibery has refused without naming them, each with the reason.
    """

    def __init__(self, sender: Sender):
        self.sender = sender
        self.answers = Answers()
        self.left_out: dict[str, dict[str, str]] = {}

    async def run(self, commands: Sequence[EntityCommand | SideCommand]) -> Answers:
        """Send until each command is answered or given up.

        All are sent together first, and again without the parts that Fibery refuses by name. What is still refused or
        not answered is then divided until the failing part is found.
        """
        self.sender.advance(0)
        pending = list(commands)
        stuck: dict[str, list[tuple[EntityCommand, ServiceError]]] = {}
        while pending:
            outcomes = await self.sender.outcomes(pending)
            self.sender.require_an_answer(outcomes)
            pending = []
            for command, outcome in outcomes:
                if isinstance(command, SideCommand):
                    _keep_beside(command, outcome)
                elif not isinstance(outcome, ServiceError):
                    self._keep(command.query, command.public_ids, outcome)
                elif (query := _without_named(command.query, outcome)) is not None:
                    logger.warning("Fibery: %s: %s", query.type, query.problems[-1])
                    pending.append(replace(command, query=query))
                else:
                    stuck.setdefault(command.type, []).append((command, outcome))
        await at_once(self._isolate(of_type) for of_type in stuck.values())
        return self.answers

    def _keep(self, query: EntityQuery, public_ids: Sequence[str], rows: Iterable[Row]) -> None:
        for row in rows:
            self.answers.rows[query.type, str(row.get("public_id"))] = (row, query)
        self.sender.advance(len(public_ids))

    def _fail(self, type_name: str, public_ids: Sequence[str], error: ServiceError) -> None:
        reason = f"Fibery could not be asked about {type_name}: {reason_of(error)}"
        logger.warning("%s (%s)", reason, plural(len(public_ids), "work item"))
        keys = [(type_name, public_id) for public_id in public_ids]
        self.answers.failures |= dict.fromkeys(keys, reason)
        if isinstance(error, CommandRefused) and not error.is_timeout:
            self.answers.refused |= set(keys)
        self.sender.advance(len(public_ids))

    async def _isolate(self, commands: Sequence[tuple[EntityCommand, ServiceError]]) -> None:
        """Find what of one type is refused or not answered: ids, parts of the query, or all of it."""
        for command, error in commands:
            query = command.query
            if known := self.left_out.get(command.type):
                query = query.without_parts(known)
                try:
                    self._keep(query, command.public_ids, await self.sender.rows(query, command.public_ids))
                    continue
                except ServiceError as again:
                    error = again
            if isinstance(error, CommandRefused) and not error.is_timeout:
                await self._without_failing_parts(query, command.public_ids, error)
                continue

            async def of_ids(ids: Sequence[str], query: EntityQuery = query) -> list[Row]:
                return await self.sender.rows(query, ids)

            for ids, answer in await divided(of_ids, command.public_ids, error, self.sender.patience):
                if isinstance(answer, ServiceError):
                    await self._without_failing_parts(query, ids, answer)
                else:
                    self._keep(query, ids, answer)

    async def _without_failing_parts(self, query: EntityQuery, public_ids: Sequence[str], error: ServiceError) -> None:
        """Request these ids without the parts of the query that cause `error`. Where no part does, they have failed."""
        rows: dict[str, dict[str, Any]] = {}

        async def of_parts(parts: Sequence[Part]) -> None:
            for row in await self.sender.rows(query.only(parts), public_ids):
                rows.setdefault(str(row.get("public_id")), {}).update(row)

        is_about_all = isinstance(error, CommandRefused) and error.is_about_all_of(query.type)
        try:
            if self.sender.patience.left <= 0 or is_about_all or not query.parts:
                raise error
            # Whether it is any part at all shows without them.
            await of_parts(())
        except ServiceError as last:
            self._fail(query.type, public_ids, last)
            return
        pieces = await divided(of_parts, query.parts, error, self.sender.patience)
        reasons = {
            part.name: reason_of(answer)
            for parts, answer in pieces
            if isinstance(answer, ServiceError)
            for part in parts
        }
        if len(reasons) == len(query.parts):
            self._fail(query.type, public_ids, error)
            return
        for name, reason in reasons.items():
            logger.warning("Fibery: %s: %s was left out: %s", query.type, name, reason)
        self.left_out.setdefault(query.type, {}).update(reasons)
        self._keep(query.without_parts(reasons), public_ids, rows.values())


async def unchanged(
    sender: Sender, known: Sequence[Mapping[str, Any] | None], queries: Mapping[str, EntityQuery]
) -> dict[int, Mapping[str, Any]]:
    """Those `known` rows of `enriched_entities`, by index, that Fibery shows no change of.

    Where a change could not be shown, there is one.
    """
    probed: dict[EntityKey, tuple[int, Mapping[str, Any]]] = {}
    for index, stored in enumerate(known):
        if stored is not None and stored["status"] == "found" and stored["probe"] and stored["entity_type"] in queries:
            probed[stored["entity_type"], stored["public_id"]] = index, stored
    commands = [
        QueryCommand(query, query.probe_command(ids))
        for name, query in queries.items()
        for ids in chunks([public_id for of_type, public_id in probed if of_type == name], IDS_PER_COMMAND)
    ]
    outcomes = await sender.outcomes(commands)
    sender.require_an_answer(outcomes)
    same: dict[int, Mapping[str, Any]] = {}
    for command, outcome in outcomes:
        for row in () if isinstance(outcome, ServiceError) else outcome:
            match = probed.get((command.type, str(row.get("public_id"))))
            if match is not None and command.query.probe(row) == match[1]["probe"]:
                same[match[0]] = match[1]
    return same


async def progress(
    sender: Sender, types: Mapping[str, str], schema: Schema, config: EnrichmentConfig
) -> dict[str, dict[str, int | None]]:
    """How much of what is below these entities is done: {items, items_done} by Fibery's id, where it is known.

    `types` are the entities' types, by Fibery's id.
    """
    commands = []
    for type_name in dict.fromkeys(types.values()):
        if query := progress_query(schema, config, type_name):
            ids = [fibery_id for fibery_id, of_type in types.items() if of_type == type_name]
            commands += [QueryCommand(query, query.command(chunk)) for chunk in chunks(ids, IDS_PER_COMMAND)]
    found: dict[str, dict[str, int | None]] = {}
    for command, outcome in await sender.outcomes(commands):
        if isinstance(outcome, ServiceError):
            # Nothing is lost by it but a figure that is then unknown.
            logger.warning("Fibery: progress of %s is unknown: %s", command.type, reason_of(outcome))
        else:
            found |= {str(row.get("id")): command.query.read(row) for row in outcome}
    return found


def _keep_beside(command: SideCommand, outcome: list[Row] | ServiceError) -> None:
    if not isinstance(outcome, ServiceError):
        command.keep(outcome)
        return
    problem = f"{command.subject} of {command.type} is unknown: {reason_of(outcome)}"
    logger.warning("Fibery: %s", problem)
    command.lack(problem)


def _without_named(query: EntityQuery, error: ServiceError) -> EntityQuery | None:
    """The same query without the field that Fibery names in its refusal; None where it names none of the query's."""
    if isinstance(error, CommandRefused) and not error.is_about_all_of(query.type):
        for name, of_type in error.fields():
            if (smaller := query.without(name, of_type, reason_of(error))) is not None:
                return smaller
    return None
