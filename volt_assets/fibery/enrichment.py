"""From references to what Fibery says of them: the databases a label can mean, a batch of queries, the best answer.

What is asked of a type is made in `entity_query.py`, how it is sent in `client.py`. Here queries are put into as few
requests as possible, what fails is tried again in smaller pieces or recorded, and each reference gets its row.
Nothing that is wrong with one type, field or entity loses the others.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any, TypeVar
from urllib.parse import quote

from volt_assets.errors import ServiceError
from volt_assets.fibery.assigned import Assigned, AssignedQuery, assigned_queries
from volt_assets.fibery.client import COMMANDS_PER_REQUEST, DOCUMENTS_PER_REQUEST, FiberyClient
from volt_assets.fibery.enrichment_config import EnrichmentConfig, label_text
from volt_assets.fibery.entity_query import COLUMNS, EntityQuery, Row, entity_query
from volt_assets.fibery.history import History, StatesQuery, states_queries
from volt_assets.fibery.progress import ProgressQuery, progress_query
from volt_assets.fibery.schema import Schema, label_key, nearest_type

logger = logging.getLogger(__name__)

IDS_PER_COMMAND = 500
TRIES_OF_ONE_ENTITY = 3

Reference = Mapping[str, Any]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a label says. `space`, `type` and `project` are as the tags have them; `type` is None where they tell none.

    `candidates` are the databases that it can mean, likeliest first; empty where it fits no type.
    """

    space: str
    type: str | None
    project: str | None
    candidates: tuple[str, ...]


def resolve(
    label: Sequence[str], schema: Schema, config: EnrichmentConfig, *, project_tag: str | None = None
) -> Resolution:
    """What a label of one or two tags means: space and type, else the first alone, with the second as the project.

    `project_tag` is the last of three tags or more: with it, the second names a type even if no database goes by it.
    Aliases of the configuration come before those that the schema's formulas give, exact letter case before any.
    """
    space, second = label[0], label[1] if len(label) > 1 else None
    if second is not None and (candidates := _candidates((space, second), schema, config)):
        return Resolution(space, second, None, candidates)
    if candidates := _candidates((space,), schema, config):
        return Resolution(space, candidates[0].partition("/")[2], second, candidates)
    if project_tag is not None:
        return Resolution(space, second, None, ())
    return Resolution(space, None, second, ())


def _candidates(label: tuple[str, ...], schema: Schema, config: EnrichmentConfig) -> tuple[str, ...]:
    for ignore_case in (False, True):
        wanted = label_key(label, ignore_case)
        aliased = {
            type_name: None
            for alias, type_name in config.aliases.items()
            if label_key(alias, ignore_case) == wanted and type_name in schema.databases
        }
        found = tuple(aliased or schema.label_candidates(label, ignore_case=ignore_case))
        # Labels may differ by letter case alone, so without it only a single fit counts.
        if found and (len(found) == 1 or not ignore_case):
            return found
    return ()


@dataclass(slots=True)
class _Answers:
    """What was found, per (type, public id), with the query that it was asked with; and what could not be asked."""

    rows: dict[tuple[str, str], tuple[Row, EntityQuery]] = field(default_factory=dict)
    failures: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Ask:
    query: EntityQuery
    public_ids: tuple[str, ...]
    tries: int = 1


@dataclass(frozen=True, slots=True)
class _AskBeside:
    """A command that goes along in a request for entities; `keep` takes the rows. Without it a report knows less."""

    type: str
    what: str
    command: Mapping[str, Any]
    keep: Callable[[Iterable[Row]], None]
    problems: list[str]


async def enrich(
    references: Sequence[Reference],
    schema: Schema,
    config: EnrichmentConfig,
    client: FiberyClient,
    *,
    web_url: str,
    zone: tzinfo = UTC,
    on_progress: Callable[[int, int], None] | None = None,
    known: Sequence[Mapping[str, Any] | None] = (),
    assigned: Assigned | None = None,
    history: History | None = None,
) -> list[dict[str, Any]]:
    """Rows of `enriched_entities` (without week and fetched_at) for the references, in the order given.

    A reference is a row of `entity_references`, with `title` (what stands before the id) and `description` (all of
    it) as evidence where the label can mean several databases. Days of instants are days in `zone`.
    `on_progress(done, total)` counts entities and texts. Raises what the client raises for a whole request.

    `known` holds, for each reference, the row that was stored of it before, or None. Where given, Fibery is first asked
    in one request which of them have changed, and only those are asked for again. `assigned` says whose open work is
    asked for in the same request, and takes the answer; `history`, where it asks for changes, takes the states that
    items of a type can be in.
    """
    wanted = {
        (type_name, reference["public_id"]): None
        for reference in references
        for type_name in _askable(reference, schema, config)
    }
    queries = {
        type_name: entity_query(schema, type_name, config.of(type_name), zone, config.parents_of)
        for type_name in dict.fromkeys(type_name for type_name, _ in wanted)
    }
    for problem in [*_misspelt_types(schema, config), *(each for query in queries.values() for each in query.problems)]:
        logger.warning("Fibery: %s", problem)
    max_concurrent = {name: config.of(name).max_concurrent for name in queries}
    if any(known):
        same = await _Sending(client, max_concurrent, 0, None).unchanged(known, queries)
        changed = [place for place, row in enumerate(known) if row is None or place not in same]
        asked = await enrich(
            [references[place] for place in changed],
            schema,
            config,
            client,
            web_url=web_url,
            zone=zone,
            on_progress=on_progress,
            assigned=assigned,
            history=history,
        )
        again = dict(zip(changed, asked, strict=True))
        return [again[place] if place in again else dict(row) for place, row in enumerate(known)]
    sending = _Sending(client, max_concurrent, len(wanted), on_progress)
    asks: list[_Ask | _AskBeside] = [
        _Ask(queries[type_name], ids)
        for type_name in queries
        for ids in _chunks([public_id for of_type, public_id in wanted if of_type == type_name], IDS_PER_COMMAND)
    ]
    if assigned is not None and assigned.emails:
        asks += [_ask_assigned(query, assigned) for query in assigned_queries(schema, config, zone)]
    if history is not None and history.since is not None:
        types = {ask.type if isinstance(ask, _AskBeside) else ask.query.type for ask in asks}
        asks += [_ask_states(query, history) for query in states_queries(schema, config, types)]
    answers = await sending.entities(asks)
    for row in assigned.rows if assigned is not None else ():
        row["url"] = _url(web_url, row["entity_type"], row["public_id"])
    chosen = [_choose(reference, _askable(reference, schema, config), answers) for reference in references]
    found = [choice[0] for choice in chosen if choice]
    texts, progress = await _all(
        (
            sending.documents({secret: query.type for row, query in found for secret in query.secrets(row)}),
            sending.progress(_types_above(found), schema, config),
        )
    )
    rows = []
    for reference, choice in zip(references, chosen, strict=True):
        if choice is None:
            rows.append(_not_found(reference, schema, config, answers))
            continue
        (row, query), problems = choice
        columns = query.read(row, texts)
        if columns["parents"] is not None:
            columns["parents"] = [
                above | {"url": _url(web_url, above["type"], above["public_id"])} | progress.get(above["fibery_id"], {})
                for above in columns["parents"]
            ]
        rows.append(
            _row(reference, "found", query.type, config)
            | columns
            | {"problems": columns["problems"] + problems, "url": _url(web_url, query.type, reference["public_id"])}
        )
    return rows


class _Sending:
    """Puts asks into requests and keeps the number of requests in flight per type."""

    def __init__(
        self,
        client: FiberyClient,
        max_concurrent: Mapping[str, int],
        total: int,
        on_progress: Callable[[int, int], None] | None,
    ):
        self.client = client
        self.gates = {name: asyncio.Semaphore(limit) for name, limit in max_concurrent.items()}
        self.done, self.total = 0, total
        self.on_progress = on_progress

    async def entities(self, asks: Iterable[_Ask | _AskBeside]) -> _Answers:
        """Ask until every ask is answered or given up, in rounds: what must be tried again goes together again."""
        answers = _Answers()
        self.tell(0)
        pending = list(asks)
        while pending:
            batches = _chunks(pending, COMMANDS_PER_REQUEST)
            again = await _all(self.batch(batch, answers) for batch in batches)
            pending = [ask for asks in again for ask in asks]
        return answers

    async def batch(self, asks: Sequence[_Ask | _AskBeside], answers: _Answers) -> list[_Ask]:
        """One request. Returns what to ask instead of the commands that failed and can be helped."""
        commands = [ask.query.command(ask.public_ids) if isinstance(ask, _Ask) else ask.command for ask in asks]
        async with self.under_way({ask.query.type if isinstance(ask, _Ask) else ask.type for ask in asks}):
            envelopes = await _halving(self.client.query, commands)
        again = []
        for ask, envelope in zip(asks, (each for part in envelopes for each in part), strict=True):
            if isinstance(ask, _AskBeside):
                _keep_beside(ask, envelope)
            elif envelope["success"]:
                self.keep(ask, _rows(envelope["result"]), answers)
            elif others := _instead(ask, envelope["result"]):
                again += others
            else:
                reason = f"Fibery could not be asked about {ask.query.type}: {_message(envelope['result'])}"
                logger.warning(reason)
                answers.failures |= {(ask.query.type, public_id): reason for public_id in ask.public_ids}
                self.tell(len(ask.public_ids))
        return again

    def keep(self, ask: _Ask, rows: Iterable[Row], answers: _Answers) -> None:
        for row in rows:
            answers.rows[ask.query.type, str(row.get("public_id"))] = (row, ask.query)
        self.tell(len(ask.public_ids))

    async def unchanged(
        self, known: Sequence[Mapping[str, Any] | None], queries: Mapping[str, EntityQuery]
    ) -> set[int]:
        """The places of the rows that Fibery shows no change of. What cannot be told has changed."""
        probed: dict[tuple[str, str], int] = {}
        for place, row in enumerate(known):
            if row is not None and row["status"] == "found" and row["probe"] and row["entity_type"] in queries:
                probed[row["entity_type"], row["public_id"]] = place
        asks = [
            (queries[name], ids)
            for name in queries
            for ids in _chunks([public_id for of_type, public_id in probed if of_type == name], IDS_PER_COMMAND)
        ]

        async def fetch(batch: Sequence[tuple[EntityQuery, Sequence[str]]]) -> set[int]:
            async with self.under_way({query.type for query, _ in batch}):
                parts = await _halving(self.client.query, [query.probe_command(ids) for query, ids in batch])
            same = set()
            for (query, _), envelope in zip(batch, (each for part in parts for each in part), strict=True):
                for row in _rows(envelope["result"]) if envelope["success"] else ():
                    place = probed.get((query.type, str(row.get("public_id"))))
                    if place is not None and query.probe(row) == known[place]["probe"]:
                        same.add(place)
            return same

        found = await _all(fetch(batch) for batch in _chunks(asks, COMMANDS_PER_REQUEST))
        return set().union(*found)

    async def documents(self, secrets: Mapping[str, str]) -> dict[str, str]:
        """The texts by secret. `secrets` maps each to the type that it was found with."""
        self.total += len(secrets)

        async def fetch(batch: Sequence[str]) -> list[dict[str, str]]:
            async with self.under_way({secrets[secret] for secret in batch}):
                parts = await _halving(self.client.documents, batch)
            self.tell(len(batch))
            return parts

        parts = await _all(fetch(batch) for batch in _chunks(list(secrets), DOCUMENTS_PER_REQUEST))
        return {secret: text for of_batch in parts for part in of_batch for secret, text in part.items()}

    async def progress(
        self, types: Mapping[str, str], schema: Schema, config: EnrichmentConfig
    ) -> dict[str, dict[str, int | None]]:
        """How far each of these entities has come (their types by Fibery's id): {items, items_done} of those known."""
        asks = []
        for type_name in dict.fromkeys(types.values()):
            if query := progress_query(schema, config, type_name):
                ids = [fibery_id for fibery_id, of_type in types.items() if of_type == type_name]
                asks += [(query, chunk) for chunk in _chunks(ids, IDS_PER_COMMAND)]

        async def fetch(batch: Sequence[tuple[ProgressQuery, Sequence[str]]]) -> dict[str, dict[str, int | None]]:
            async with self.under_way({query.type for query, _ in batch}):
                parts = await _halving(self.client.query, [query.command(ids) for query, ids in batch])
            found = {}
            for (query, _), envelope in zip(batch, (each for part in parts for each in part), strict=True):
                if envelope["success"]:
                    found |= {row.get("id"): query.read(row) for row in _rows(envelope["result"])}
                else:
                    # Nothing is lost by it but a figure that is then unknown.
                    logger.warning("Fibery: progress of %s is unknown: %s", query.type, _message(envelope["result"]))
            return found

        found = await _all(fetch(batch) for batch in _chunks(asks, COMMANDS_PER_REQUEST))
        return {fibery_id: counts for of_batch in found for fibery_id, counts in of_batch.items()}

    @asynccontextmanager
    async def under_way(self, types: Set[str]) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            # In one order, so that no two requests wait for each other.
            for name in sorted(types & self.gates.keys()):
                await stack.enter_async_context(self.gates[name])
            yield

    def tell(self, more: int) -> None:
        self.done += more
        if self.on_progress is not None:
            self.on_progress(self.done, self.total)


def _ask_assigned(query: AssignedQuery, assigned: Assigned) -> _AskBeside:
    def keep(rows: Iterable[Row]) -> None:
        query.read(list(rows), assigned)

    return _AskBeside(query.type, "Open work", query.command(assigned.emails), keep, assigned.problems)


def _ask_states(query: StatesQuery, history: History) -> _AskBeside:
    def keep(rows: Iterable[Row]) -> None:
        history.states += query.read(rows)

    return _AskBeside(query.type, "What kind the states are", query.command(), keep, [])


def _keep_beside(ask: _AskBeside, envelope: Mapping[str, Any]) -> None:
    if envelope["success"]:
        ask.keep(_rows(envelope["result"]))
        return
    # The report says what it knows; this of the type is not part of it.
    problem = f"{ask.what} of {ask.type} is unknown: {_message(envelope['result'])}"
    logger.warning("Fibery: %s", problem)
    ask.problems.append(problem)


def _types_above(found: Iterable[tuple[Row, EntityQuery]]) -> dict[str, str]:
    """Of all that is above the entities found: the type by Fibery's id."""
    return {above["fibery_id"]: above["type"] for row, query in found for above in query.parents(row)}


def _instead(ask: _Ask, failure: Any) -> list[_Ask]:
    """What to ask after a failure: smaller pieces after a timeout, the same without a field that Fibery lacks."""
    if "timeout" in _message(failure).casefold() or "timed out" in _message(failure).casefold():
        if len(ask.public_ids) > 1:
            middle = len(ask.public_ids) // 2
            return [_Ask(ask.query, ids) for ids in (ask.public_ids[:middle], ask.public_ids[middle:])]
        return [_Ask(ask.query, ask.public_ids, ask.tries + 1)] if ask.tries < TRIES_OF_ONE_ENTITY else []
    name, of_type = _refused_field(failure)
    query = ask.query.without(name, of_type, _message(failure)) if name else None
    if query is None:
        return []
    logger.warning("Fibery: %s: %s", query.type, query.problems[-1])
    return [_Ask(query, ask.public_ids)]


def _refused_field(failure: Any) -> tuple[str | None, str | None]:
    """The field that an error is about, `data.field` (older: `data.top.field`; a name or a list), and its type."""
    data = failure.get("data") if isinstance(failure, Mapping) else None
    if not isinstance(data, Mapping):
        return None, None
    top = data.get("top")
    name = data.get("field") or (top.get("field") if isinstance(top, Mapping) else None)
    name = name[0] if isinstance(name, list) and name else name
    of_type = data.get("type")
    return name if isinstance(name, str) else None, of_type if isinstance(of_type, str) else None


def _message(failure: Any) -> str:
    if isinstance(failure, Mapping):
        return str(failure.get("message") or failure.get("name") or "it gave no reason")
    return str(failure)


def _rows(result: Any) -> list[Row]:
    # Some answers wrap their rows, or mix other values with them.
    rows = result.get("data") if isinstance(result, Mapping) else result
    return [row for row in rows or () if isinstance(row, Mapping)]


def _askable(reference: Reference, schema: Schema, config: EnrichmentConfig) -> list[str]:
    """The candidates that are there and are to be fetched."""
    return [name for name in reference["candidates"] if name in schema.databases and config.of(name) is not None]


def _choose(
    reference: Reference, candidates: Sequence[str], answers: _Answers
) -> tuple[tuple[Row, EntityQuery], list[str]] | None:
    """The candidate's row that the reference means, with what is uncertain about it. None: none was found."""
    public_id = reference["public_id"]
    found = [answers.rows[name, public_id] for name in candidates if (name, public_id) in answers.rows]
    problems = [answers.failures[name, public_id] for name in candidates if (name, public_id) in answers.failures]
    if not found:
        return None
    for fits in (_toggl_text_fits, _name_fits):
        fitting = [answer for answer in found if fits(reference, answer[0])]
        if fitting:
            found = fitting
        if len(found) == 1:
            return found[0], problems
    types = ", ".join(query.type for _, query in found)
    problems.append(f"{label_text(reference['label'])} #{public_id} can be several: {types}. The first was taken.")
    return found[0], problems


def _toggl_text_fits(reference: Reference, row: Row) -> bool:
    """Whether the entity's own formula writes this description (it stops doing so when the entity is renamed)."""
    written = _plain(row.get("toggl"))
    if reference.get("description"):
        return written == _plain(reference["description"])
    start = _plain(f"{reference.get('title') or ''} #{reference['public_id']} {label_text(reference['label'])}")
    return bool(written) and written.startswith(start)


def _name_fits(reference: Reference, row: Row) -> bool:
    return bool(row.get("name")) and _plain(row["name"]) == _plain(reference.get("title"))


def _plain(text: Any) -> str:
    return " ".join(str(text or "").split())


def _row(reference: Reference, status: str, entity_type: str, config: EnrichmentConfig) -> dict[str, Any]:
    return dict.fromkeys(COLUMNS) | {
        "public_id": reference["public_id"],
        "label": list(reference["label"]),
        "status": status,
        "entity_type": entity_type,
        "configured": config.is_configured(entity_type),
    }


def _not_found(reference: Reference, schema: Schema, config: EnrichmentConfig, answers: _Answers) -> dict[str, Any]:
    """The row of a reference without an entity: which of the three reasons, in words where there is one."""
    candidates = _askable(reference, schema, config)
    failures = [
        answers.failures[name, reference["public_id"]]
        for name in candidates
        if (name, reference["public_id"]) in answers.failures
    ]
    if failures:
        status, problems = "failed", failures
    elif candidates:
        status, problems = "not_found", []
    else:
        status, problems = "not_configured", [_why_not_asked(reference, schema, config)]
    tags = "/".join(filter(None, (reference["space"], reference["type"])))
    row = _row(reference, status, candidates[0] if candidates else tags, config)
    return row | {"url": None, "problems": problems}


def _why_not_asked(reference: Reference, schema: Schema, config: EnrichmentConfig) -> str:
    label = label_text(reference["label"])
    alias = config.aliases.get(tuple(reference["label"]))
    if reference["candidates"]:
        types = ", ".join(reference["candidates"])
        return f"{types} is not fetched: the configuration has no key for it and no default."
    if alias:
        near = nearest_type(schema, alias)
        hint = f" The nearest is {near}." if near else ""
        return f"The configuration says that {label} is {alias}, and Fibery has no such database.{hint}"
    return f"{label} fits no database of Fibery. An alias in the configuration can say which it is."


def _misspelt_types(schema: Schema, config: EnrichmentConfig) -> Iterator[str]:
    """Keys of the configuration that Fibery has no database for, where one is so like it that it must be meant."""
    for name in config.types:
        if name not in schema.databases and (near := nearest_type(schema, name, likeness=0.85)):
            yield f'the configuration has a key "{name}", and there is no such database. Is it "{near}"?'


def _url(web_url: str, type_name: str, public_id: str) -> str:
    """Fibery's link to an entity: {origin}/{Space}/{Database}/{id}, with `_` for spaces and hyphens."""
    path = type_name.replace(" ", "_").replace("-", "_")
    return f"{web_url}/{quote(path)}/{public_id}"


def _chunks(items: Sequence[Item], size: int) -> list[tuple[Item, ...]]:
    return [tuple(items[start : start + size]) for start in range(0, len(items), size)]


async def _halving(send: Callable[[Sequence[Item]], Awaitable[Any]], items: Sequence[Item]) -> list[Any]:
    """Send in one request, or in halves where Fibery says that it is too large. Returns the answers in order."""
    try:
        return [await send(items)]
    except ServiceError as error:
        if error.status != 413 or len(items) == 1:
            raise
    middle = len(items) // 2
    return await _halving(send, items[:middle]) + await _halving(send, items[middle:])


async def _all(work: Iterable[Awaitable[Any]]) -> list[Any]:
    """Do all at once; the first failure ends the others and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
