"""From references to what Fibery says of them: the databases a label can mean, a batch of queries, the best answer.

What is asked of a type is made in `entity_query.py`, how it is sent in `client.py` and, where something fails, in
`pieces.py`. Here queries are put into as few requests as possible, what Fibery refuses is left out or recorded, and
each reference gets its row. Nothing that is wrong with one type, field, entity or text loses the others.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Any, TypeVar
from urllib.parse import quote

from volt_assets.errors import ServiceError, ServiceUnreachable
from volt_assets.fibery.assigned import Assigned, AssignedQuery, assigned_queries
from volt_assets.fibery.client import COMMANDS_PER_REQUEST, DOCUMENTS_PER_REQUEST, SERVICE, FiberyClient
from volt_assets.fibery.configuration import EnrichmentConfig, label_text
from volt_assets.fibery.entity_query import COLUMNS, EntityQuery, Part, Row, entity_query
from volt_assets.fibery.history import History, StatesQuery, states_queries
from volt_assets.fibery.kept_rows import UNREAD, without_note
from volt_assets.fibery.pieces import Patience, at_once, divided, in_pieces
from volt_assets.fibery.progress import ProgressQuery, progress_query
from volt_assets.fibery.refusals import CommandRefused
from volt_assets.fibery.schema import Schema, label_key, nearest_type
from volt_assets.formatting import listing, plural

logger = logging.getLogger(__name__)

IDS_PER_COMMAND = 500
_NAMED_TYPES = 3

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
    """What was found, per (type, public id), with the query that it was asked with; and what could not be asked.

    `refused` are those of the failures that Fibery has answered with an error.
    """

    rows: dict[tuple[str, str], tuple[Row, EntityQuery]] = field(default_factory=dict)
    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Ask:
    query: EntityQuery
    public_ids: tuple[str, ...]

    @property
    def type(self) -> str:
        return self.query.type

    @property
    def command(self) -> Mapping[str, Any]:
        return self.query.command(self.public_ids)


@dataclass(frozen=True, slots=True)
class _AskBeside:
    """A command that goes along in a request for entities; `keep` takes the rows, `lack` why there are none. Without it
    a report knows less."""

    type: str
    what: str
    command: Mapping[str, Any]
    keep: Callable[[Iterable[Row]], None]
    lack: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _AskProbe:
    query: EntityQuery
    public_ids: tuple[str, ...]

    @property
    def type(self) -> str:
        return self.query.type

    @property
    def command(self) -> Mapping[str, Any]:
        return self.query.probe_command(self.public_ids)


@dataclass(frozen=True, slots=True)
class _AskProgress:
    query: ProgressQuery
    fibery_ids: tuple[str, ...]

    @property
    def type(self) -> str:
        return self.query.type

    @property
    def command(self) -> Mapping[str, Any]:
        return self.query.command(self.fibery_ids)


AnyAsk = TypeVar("AnyAsk", bound=_Ask | _AskBeside | _AskProbe | _AskProgress)


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
    refused: set[tuple[str, str]] | None = None,
) -> list[dict[str, Any]]:
    """Rows of `enriched_entities` (without week and fetched_at) for the references, in the order given.

    A reference is a row of `entity_references`, with `title` (what stands before the id) and `description` (all of
    it) as evidence where the label can mean several databases. Days of instants are days in `zone`.
    `on_progress(done, total)` counts entities and texts. What Fibery does not answer or refuses is a row that has
    `failed`, with the reason; raises what the client raises only where it answers nothing at all.

    `known` holds, for each reference, the row that was stored of it before, or None. Where given, Fibery is first asked
    in one request which of them have changed, and only those are asked for again. `assigned` says whose open work is
    asked for in the same request, and takes the answer; `history`, where it asks for changes, takes the states that
    items of a type can be in. `refused` takes the (type, public id) of lookups that failed since Fibery refused them.
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
            refused=refused,
        )
        again = dict(zip(changed, asked, strict=True))
        return [without_note(row) if row and place in same else again[place] for place, row in enumerate(known)]
    sending = _Sending(client, max_concurrent, len(wanted), on_progress)
    asks: list[_Ask | _AskBeside] = [
        _Ask(queries[type_name], ids)
        for type_name in queries
        for ids in _chunks([public_id for of_type, public_id in wanted if of_type == type_name], IDS_PER_COMMAND)
    ]
    if assigned is not None and assigned.emails:
        asks += [_ask_assigned(query, assigned) for query in assigned_queries(schema, config, zone)]
    if history is not None and history.since is not None:
        types = {ask.type for ask in asks}
        asks += [_ask_states(query, history) for query in states_queries(schema, config, types)]
    answers = await sending.entities(asks)
    if refused is not None:
        refused |= answers.refused
    for row in assigned.rows if assigned is not None else ():
        row["url"] = _url(web_url, row["entity_type"], row["public_id"])
    chosen = [_choose(reference, _askable(reference, schema, config), answers) for reference in references]
    found = [choice[0] for choice in chosen if choice]
    texts, progress = await at_once(
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
        if reasons := {sending.unread[secret]: None for secret in query.secrets(row) if secret in sending.unread}:
            problems += [UNREAD + reason for reason in reasons]
            # It is to be asked for again, whether or not it changes.
            columns["probe"] = None
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
    """Puts asks into requests and keeps the number of requests in flight per type.

    `left_out` are the parts of queries, by type, that Fibery has refused without naming them, each with the reason;
    `unread` the secrets of texts that it did not answer about.
    """

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
        self.patience = Patience()
        self.is_answered = False
        self.left_out: dict[str, dict[str, str]] = {}
        self.unread: dict[str, str] = {}

    async def outcomes(self, asks: Sequence[AnyAsk]) -> list[tuple[AnyAsk, list[Row] | ServiceError]]:
        """Each ask with its rows or what went wrong with it; as many asks go into a request as it takes."""

        async def send(some: Sequence[AnyAsk]) -> list[list[Row] | ServiceError]:
            async with self.under_way({ask.type for ask in some}):
                envelopes = await self.client.query([ask.command for ask in some], brief=not self.patience.is_new)
            return [
                _rows(envelope["result"]) if envelope["success"] else CommandRefused(envelope["result"])
                for envelope in envelopes
            ]

        batches = _chunks(asks, COMMANDS_PER_REQUEST)
        pieces = [
            piece for of in await at_once(in_pieces(send, each, self.patience) for each in batches) for piece in of
        ]
        outcomes = [
            (ask, outcome)
            for some, answer in pieces
            for ask, outcome in zip(some, answer if isinstance(answer, list) else [answer] * len(some), strict=True)
        ]
        self.is_answered |= any(
            not isinstance(outcome, ServiceError) or isinstance(outcome, CommandRefused) for _, outcome in outcomes
        )
        return outcomes

    def require_an_answer(self, outcomes: Sequence[tuple[AnyAsk, list[Row] | ServiceError]]) -> None:
        """Raises what is wrong where Fibery has answered nothing, whatever the type: then it is not what was asked."""
        errors = [outcome for _, outcome in outcomes if isinstance(outcome, ServiceError)]
        if self.is_answered or len(errors) < 2:
            return
        types = list(dict.fromkeys(ask.type for ask, _ in outcomes))
        more = [f"{len(types) - _NAMED_TYPES} more types"] if len(types) > _NAMED_TYPES else []
        asked = listing([*types[:_NAMED_TYPES], *more])
        said = _reason(errors[0]).rstrip(".")
        raise type(errors[0])(
            SERVICE, f"no usable answer to any query ({said}). It was asked about {asked}.", status=errors[0].status
        )

    async def rows(self, query: EntityQuery, public_ids: Sequence[str]) -> list[Row]:
        """The rows of one command, sent alone. Raises what is wrong with it."""
        ((_, outcome),) = await self.outcomes([_Ask(query, tuple(public_ids))])
        if isinstance(outcome, ServiceError):
            raise outcome
        return outcome

    async def entities(self, asks: Sequence[_Ask | _AskBeside]) -> _Answers:
        """Ask until every ask is answered or given up: first all together, again without what is refused by name; then
        what else was refused or not answered, in pieces."""
        answers = _Answers()
        self.tell(0)
        pending = list(asks)
        stuck: dict[str, list[tuple[_Ask, ServiceError]]] = {}
        while pending:
            outcomes = await self.outcomes(pending)
            self.require_an_answer(outcomes)
            pending = []
            for ask, outcome in outcomes:
                if isinstance(ask, _AskBeside):
                    _keep_beside(ask, outcome)
                elif not isinstance(outcome, ServiceError):
                    self.keep(ask.query, ask.public_ids, outcome, answers)
                elif (query := _without_named(ask.query, outcome)) is not None:
                    logger.warning("Fibery: %s: %s", query.type, query.problems[-1])
                    pending.append(replace(ask, query=query))
                else:
                    stuck.setdefault(ask.type, []).append((ask, outcome))
        await at_once(self.unstuck(of_type, answers) for of_type in stuck.values())
        return answers

    def keep(self, query: EntityQuery, public_ids: Sequence[str], rows: Iterable[Row], answers: _Answers) -> None:
        for row in rows:
            answers.rows[query.type, str(row.get("public_id"))] = (row, query)
        self.tell(len(public_ids))

    def fail(self, type_name: str, public_ids: Sequence[str], error: ServiceError, answers: _Answers) -> None:
        reason = f"Fibery could not be asked about {type_name}: {_reason(error)}"
        logger.warning("%s (%s)", reason, plural(len(public_ids), "work item"))
        keys = [(type_name, public_id) for public_id in public_ids]
        answers.failures |= dict.fromkeys(keys, reason)
        if isinstance(error, CommandRefused) and not error.is_timeout:
            answers.refused |= set(keys)
        self.tell(len(public_ids))

    async def unstuck(self, asks: Sequence[tuple[_Ask, ServiceError]], answers: _Answers) -> None:
        """Find what of one type is refused or not answered: ids, parts of the query, or all of it."""
        for ask, error in asks:
            query = ask.query
            if known := self.left_out.get(ask.type):
                query = query.without_parts(known)
                try:
                    self.keep(query, ask.public_ids, await self.rows(query, ask.public_ids), answers)
                    continue
                except ServiceError as again:
                    error = again
            if isinstance(error, CommandRefused) and not error.is_timeout:
                await self.by_parts(query, ask.public_ids, error, answers)
                continue

            async def of_ids(ids: Sequence[str], query: EntityQuery = query) -> list[Row]:
                return await self.rows(query, ids)

            for ids, answer in await divided(of_ids, ask.public_ids, error, self.patience):
                if isinstance(answer, ServiceError):
                    await self.by_parts(query, ids, answer, answers)
                else:
                    self.keep(query, ids, answer, answers)

    async def by_parts(
        self, query: EntityQuery, public_ids: Sequence[str], error: ServiceError, answers: _Answers
    ) -> None:
        """Ask about these ids without the parts of the query that bring about `error`; where it is not any, they have
        failed."""
        rows: dict[str, dict[str, Any]] = {}

        async def of_parts(parts: Sequence[Part]) -> None:
            for row in await self.rows(query.only(parts), public_ids):
                rows.setdefault(str(row.get("public_id")), {}).update(row)

        hopeless = self.patience.left <= 0 or (isinstance(error, CommandRefused) and error.is_about_all_of(query.type))
        try:
            if hopeless or not query.parts:
                raise error
            # Whether it is any part at all shows without them.
            await of_parts(())
        except ServiceError as last:
            self.fail(query.type, public_ids, last, answers)
            return
        pieces = await divided(of_parts, query.parts, error, self.patience)
        reasons = {
            part.name: _reason(answer) for parts, answer in pieces if isinstance(answer, ServiceError) for part in parts
        }
        if len(reasons) == len(query.parts):
            self.fail(query.type, public_ids, error, answers)
            return
        for name, reason in reasons.items():
            logger.warning("Fibery: %s: %s was left out: %s", query.type, name, reason)
        self.left_out.setdefault(query.type, {}).update(reasons)
        self.keep(query.without_parts(reasons), public_ids, rows.values(), answers)

    async def unchanged(
        self, known: Sequence[Mapping[str, Any] | None], queries: Mapping[str, EntityQuery]
    ) -> set[int]:
        """The places of the rows that Fibery shows no change of. What cannot be told has changed."""
        probed: dict[tuple[str, str], tuple[int, str]] = {}
        for place, row in enumerate(known):
            if row is not None and row["status"] == "found" and row["probe"] and row["entity_type"] in queries:
                probed[row["entity_type"], row["public_id"]] = place, row["probe"]
        asks = [
            _AskProbe(queries[name], ids)
            for name in queries
            for ids in _chunks([public_id for of_type, public_id in probed if of_type == name], IDS_PER_COMMAND)
        ]
        outcomes = await self.outcomes(asks)
        self.require_an_answer(outcomes)
        same = set()
        for ask, outcome in outcomes:
            for row in () if isinstance(outcome, ServiceError) else outcome:
                place, probe = probed.get((ask.type, str(row.get("public_id"))), (-1, None))
                if probe is not None and ask.query.probe(row) == probe:
                    same.add(place)
        return same

    async def documents(self, secrets: Mapping[str, str]) -> dict[str, str]:
        """The texts by secret, as far as they are answered. `secrets` maps each to the type that it was found with."""
        self.total += len(secrets)

        async def send(some: Sequence[str]) -> dict[str, str]:
            async with self.under_way({secrets[secret] for secret in some}):
                return await self.client.documents(some, brief=not self.patience.is_new)

        async def fetch(batch: Sequence[str]) -> dict[str, str]:
            texts: dict[str, str] = {}
            for some, answer in await in_pieces(send, batch, self.patience):
                if isinstance(answer, ServiceError):
                    self.unread |= dict.fromkeys(some, _reason(answer))
                else:
                    texts |= answer
            self.tell(len(batch))
            return texts

        found = await at_once(fetch(batch) for batch in _chunks(list(secrets), DOCUMENTS_PER_REQUEST))
        for (name, reason), count in Counter((secrets[each], why) for each, why in self.unread.items()).items():
            logger.warning("Fibery: %s of %s could not be read: %s", plural(count, "text"), name, reason)
        return {secret: text for texts in found for secret, text in texts.items()}

    async def progress(
        self, types: Mapping[str, str], schema: Schema, config: EnrichmentConfig
    ) -> dict[str, dict[str, int | None]]:
        """How far each of these entities has come (their types by Fibery's id): {items, items_done} of those known."""
        asks = []
        for type_name in dict.fromkeys(types.values()):
            if query := progress_query(schema, config, type_name):
                ids = [fibery_id for fibery_id, of_type in types.items() if of_type == type_name]
                asks += [_AskProgress(query, chunk) for chunk in _chunks(ids, IDS_PER_COMMAND)]
        found: dict[str, dict[str, int | None]] = {}
        for ask, outcome in await self.outcomes(asks):
            if isinstance(outcome, ServiceError):
                # Nothing is lost by it but a figure that is then unknown.
                logger.warning("Fibery: progress of %s is unknown: %s", ask.type, _reason(outcome))
            else:
                found |= {str(row.get("id")): ask.query.read(row) for row in outcome}
        return found

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

    def lack(problem: str) -> None:
        assigned.problems.append(problem)
        assigned.unknown.add(query.type)

    return _AskBeside(query.type, "Open work", query.command(assigned.emails), keep, lack)


def _ask_states(query: StatesQuery, history: History) -> _AskBeside:
    def keep(rows: Iterable[Row]) -> None:
        query.read(rows, history)

    return _AskBeside(query.type, "What kind the states are", query.command(), keep, lambda problem: None)


def _keep_beside(ask: _AskBeside, outcome: list[Row] | ServiceError) -> None:
    if not isinstance(outcome, ServiceError):
        ask.keep(outcome)
        return
    # The report says what it knows; this of the type is not part of it.
    problem = f"{ask.what} of {ask.type} is unknown: {_reason(outcome)}"
    logger.warning("Fibery: %s", problem)
    ask.lack(problem)


def _types_above(found: Iterable[tuple[Row, EntityQuery]]) -> dict[str, str]:
    """Of all that is above the entities found: the type by Fibery's id."""
    return {above["fibery_id"]: above["type"] for row, query in found for above in query.parents(row)}


def _without_named(query: EntityQuery, error: ServiceError) -> EntityQuery | None:
    """The same query without the field that Fibery names in its refusal; None where it names none of the query's."""
    if isinstance(error, CommandRefused) and not error.is_about_all_of(query.type):
        for name, of_type in error.fields():
            if (smaller := query.without(name, of_type, _reason(error))) is not None:
                return smaller
    return None


def _reason(error: ServiceError) -> str:
    if isinstance(error, ServiceUnreachable) and error.reason:
        return error.reason
    return error.message.removeprefix(f"{SERVICE}: ")


def _rows(result: Iterable[Any]) -> list[Row]:
    # Some answers mix other values with their rows.
    return [row for row in result if isinstance(row, Mapping)]


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
