"""States that work items had: Fibery's history of them, asked and read. `alignment.sql` concludes from it.

Asked where the configuration says `history: true`: one request for each type (more where there are more than a page of
changes, or more than a year). Facts: Fibery API, "Timeline". Where it is not answered nothing is lost: states are then
told as they were when fetched.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from volt_assets.errors import ServiceError, ServiceUnreachable, UnexpectedAnswer
from volt_assets.fibery.client import FiberyClient
from volt_assets.fibery.enrichment_config import EnrichmentConfig
from volt_assets.fibery.entity_query import ROWS_AT_MOST, STATE_KINDS, STATE_TYPE
from volt_assets.fibery.schema import FINAL, STATE, Schema

logger = logging.getLogger(__name__)

# The timeframe of a search spans a year at most.
_LONGEST = timedelta(days=365)
_IDS_PER_SEARCH = 500


@dataclass
class History:
    """What is known of states. `since` (UTC): the instant from which on all changes are wanted; None: nothing is asked.

    `states` are rows of `workflow_states`, `changes` of `state_changes`; `answered` the types whose history was given.
    """

    since: datetime | None = None
    states: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class StatesQuery:
    """The command for the states that items of one type can be in, and what kind each is."""

    type: str
    states: str
    has_kinds: bool

    def command(self) -> dict[str, Any]:
        select = {"name": ["enum/name"], "final": [FINAL]} | ({"kind": [STATE_TYPE]} if self.has_kinds else {})
        return {
            "command": "fibery.entity/query",
            "args": {"query": {"q/from": self.states, "q/select": select, "q/limit": ROWS_AT_MOST}},
        }

    def read(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        for row in rows:
            if row.get("name"):
                kind = "final" if row.get("final") else STATE_KINDS.get(row.get("kind"))
                yield {"entity_type": self.type, "name": row["name"], "kind": kind}


def states_queries(schema: Schema, config: EnrichmentConfig, types: Iterable[str]) -> Iterator[StatesQuery]:
    """The queries for those of the types whose history is asked for."""
    for name in sorted(set(types)):
        if name in schema.databases and _is_asked(schema, config, name):
            states = schema.types[schema.types[name].fields[STATE].type]
            yield StatesQuery(name, states.name, STATE_TYPE in states.fields)


def _is_asked(schema: Schema, config: EnrichmentConfig, name: str) -> bool:
    of_type = config.of(name)
    return of_type is not None and of_type.history and schema.has_final_states(schema.types[name])


async def ask_history(
    history: History,
    public_ids: Mapping[str, Sequence[str]],
    schema: Schema,
    config: EnrichmentConfig,
    client: FiberyClient,
    now: datetime,
) -> None:
    """Ask for the changes of state of these items (by type) from `history.since` to `now`, both aware, and keep them.

    A type whose history is refused or cannot be read is left out with a warning; nothing is raised for it.
    """
    for name, ids in public_ids.items():
        if history.since is None or not ids or not _is_asked(schema, config, name):
            continue
        changes = []
        try:
            for chunk in (ids[start : start + _IDS_PER_SEARCH] for start in range(0, len(ids), _IDS_PER_SEARCH)):
                for start, end in _years(history.since, now):
                    items = await client.history(schema.types[name].id, chunk, start, end)
                    changes += [{"entity_type": name, **change} for change in state_changes(items)]
        except (ServiceError, ServiceUnreachable, UnexpectedAnswer) as error:
            logger.warning("Fibery: the history of %s is unknown: %s", name, error.message)
            continue
        except (KeyError, TypeError, AttributeError, ValueError):
            logger.warning("Fibery: the history of %s came in an unknown form.", name)
            continue
        history.changes += changes
        history.answered.add(name)


def _years(since: datetime, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < now:
        yield since, min(since + _LONGEST, now)
        since += _LONGEST


def state_changes(items: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The changes of state among the items of a search: {public_id, changed_at (UTC, without zone), before, after}.

    `before` and `after` are names of states; None: in no state. Raises ValueError, TypeError or KeyError for an item in
    a form that is not known.
    """
    for item in items:
        for changed in item.get("changedValues") or []:
            if (changed["field"].get("title") or "").casefold() != "state":
                continue
            instant = datetime.fromisoformat(item["date"]).astimezone(UTC)
            yield {
                "public_id": str(item["entity"]["publicId"]),
                "changed_at": instant.replace(tzinfo=None),
                "before": _name(changed["previousValue"]),
                "after": _name(changed["currentValue"]),
            }


def _name(value: Any) -> str | None:
    """The name of a state, as text or as the state that bears it."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, list):
        return _name(value[0]) if value else None
    return value.get("name") or value.get("title") or value["enum/name"]
