"""States that work items had: Fibery's history of them, requested and read. `alignment.sql` concludes from it.

Requested where the configuration has `history: true`: one request for each type (more where there are more than a page
of changes, or more than a year). Where it is not answered, or an item of it cannot be read, nothing is lost: states of
the work items concerned are then those of the fetch. Facts: docs/fibery-api.md, "History".
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from volt_assets.errors import ServiceError
from volt_assets.fibery.client import FiberyClient
from volt_assets.fibery.configuration import EnrichmentConfig
from volt_assets.fibery.entity_query import STATE_KINDS, STATE_TYPE, query_command
from volt_assets.fibery.schema import FINAL, STATE, Schema
from volt_assets.formatting import plural
from volt_assets.weeks import naive_utc

logger = logging.getLogger(__name__)

# The timeframe of a search spans a year at most.
_LONGEST = timedelta(days=365)
_IDS_PER_SEARCH = 500


@dataclass
class History:
    """What is known of states. `since` (UTC): the instant from which on all changes are wanted; None: none are.

    `states` are rows of `workflow_states`, `changes` of `state_changes`; `names` those of the states by Fibery's id.
    `answered` are the types whose history was given, `unreadable` the work items (type, public id) of which it is not
    known whole.
    """

    since: datetime | None = None
    states: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    unreadable: set[tuple[str, str]] = field(default_factory=set)

    def is_known(self, entity_type: str, public_id: str) -> bool:
        """Whether all changes of this work item's state are known."""
        return entity_type in self.answered and (entity_type, public_id) not in self.unreadable


@dataclass(frozen=True, slots=True)
class StatesQuery:
    """The command for the states that items of one type can be in, and what kind each is."""

    type: str
    states: str
    has_kinds: bool

    def command(self) -> dict[str, Any]:
        select = {"id": ["fibery/id"], "name": ["enum/name"], "final": [FINAL]}
        select |= {"kind": [STATE_TYPE]} if self.has_kinds else {}
        return query_command(self.states, select)

    def read(self, rows: Iterable[Mapping[str, Any]], history: History) -> None:
        """Keep an answer's rows."""
        for row in rows:
            if row.get("name"):
                kind = "final" if row.get("final") else STATE_KINDS.get(str(row.get("kind")))
                history.states.append({"entity_type": self.type, "name": row["name"], "kind": kind})
                history.names[str(row.get("id"))] = row["name"]


def states_queries(schema: Schema, config: EnrichmentConfig, types: Iterable[str]) -> Iterator[StatesQuery]:
    """The queries for those of the types whose history is requested."""
    for name in sorted(set(types)):
        if name in schema.databases and _is_requested(schema, config, name):
            states = schema.types[name].fields[STATE].type
            # Not every schema spells out the types of states.
            known = schema.types.get(states)
            yield StatesQuery(name, states, known is not None and STATE_TYPE in known.fields)


def _is_requested(schema: Schema, config: EnrichmentConfig, name: str) -> bool:
    of_type = config.of(name)
    return of_type is not None and of_type.history and schema.has_final_states(schema.types[name])


async def request_history(
    history: History,
    public_ids: Mapping[str, Sequence[str]],
    schema: Schema,
    config: EnrichmentConfig,
    client: FiberyClient,
    now: datetime,
) -> None:
    """Request the changes of state of these items (by type) from `history.since` to `now`, both aware, and keep them.

    A type whose history is refused or not answered is left out with a warning, as is an item that cannot be read;
    nothing is raised for it.
    """
    brief = False
    for name, ids in public_ids.items():
        if history.since is None or not ids or not _is_requested(schema, config, name):
            continue
        items: list[Any] = []
        try:
            for chunk in (ids[start : start + _IDS_PER_SEARCH] for start in range(0, len(ids), _IDS_PER_SEARCH)):
                for start, end in _years(history.since, now):
                    items += await client.history(schema.types[name].id, chunk, start, end, brief=brief)
        except ServiceError as error:
            logger.warning("Fibery: the history of %s is unknown: %s", name, error.message)
            brief = True
            continue
        read_history(name, items, history)


def read_history(entity_type: str, items: Iterable[Any], history: History) -> None:
    """Keep the changes of state among the items of a type's history, unless none of them can be read."""
    read = skipped = 0
    for item in items:
        try:
            history.changes += [{"entity_type": entity_type, **each} for each in state_changes(item, history.names)]
            read += 1
        except (KeyError, TypeError, AttributeError, ValueError):
            skipped += 1
            entity = item.get("entity") if isinstance(item, Mapping) else None
            public_id = entity.get("publicId") if isinstance(entity, Mapping) else None
            if public_id is not None:
                history.unreadable.add((entity_type, str(public_id)))
    if read or not skipped:
        history.answered.add(entity_type)
    if skipped:
        logger.warning("Fibery: %s of the history of %s came in an unknown form.", plural(skipped, "item"), entity_type)


def _years(since: datetime, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < now:
        yield since, min(since + _LONGEST, now)
        since += _LONGEST


def state_changes(item: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The changes of state in an item of a search: {public_id, changed_at (UTC, without zone), before, after}.

    `before` and `after` are names of states; None: in no state, or none was sent. `names` are those by Fibery's id,
    where an item has no more of a state. Raises ValueError, TypeError, AttributeError or KeyError for an item in a form
    that is not known.
    """
    return [
        {
            "public_id": str(item["entity"]["publicId"]),
            "changed_at": naive_utc(datetime.fromisoformat(item["date"])),
            "before": _name(changed.get("previousValue"), names),
            "after": _name(changed.get("currentValue"), names),
        }
        for changed in item.get("changedValues") or []
        if (changed["field"].get("title") or "").casefold() == "state"
    ]


def _name(value: Any, names: Mapping[str, str]) -> str | None:
    """The name of a state, as text, as the state that bears it or as that state's id."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, list):
        return _name(value[0], names) if value else None
    named = value.get("name") or value.get("title") or value.get("enum/name")
    return named or names[value.get("id") or value["fibery/id"]]
