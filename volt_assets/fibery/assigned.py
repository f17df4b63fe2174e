"""What is assigned to people and not finished, as of the fetch: open work, also where no time was spent on it.

Requested along with the entities that time was spent on: one command for each type that has a key in the configuration.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from volt_assets.fibery.configuration import EnrichmentConfig
from volt_assets.fibery.entity_query import ROWS_AT_MOST, Part, entity_query, query_command
from volt_assets.fibery.schema import FINAL, STATE, USER, AmbiguousField, Field, NoSuchField, Schema

_COLUMNS = ("name", "state", "state_kind", "planned_end", "actual_start", "estimate_seconds")
# Parts of a query that are named after their field begin so.
_WANTED_FIELDS = ("the date ", "the estimate ")


@dataclass
class Assigned:
    """Whose open work is requested, by address, and what came of it: rows of `assigned_entities` without week and time.

    `problems`: in words, what was not answered or was cut; `unknown` are the types that gave no answer.
    """

    emails: Sequence[str]
    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class AssignedQuery:
    """The command for one type."""

    type: str
    assignees: Field
    parts: Sequence[Part]

    def command(self, emails: Sequence[str]) -> dict[str, Any]:
        select: dict[str, Any] = {"id": ["fibery/id"], "public_id": ["fibery/public-id"]}
        for part in self.parts:
            select |= part.select
        is_assigned = ["q/in", [self.assignees.name, "user/email"], "$emails"]
        is_open = ["=", [STATE, FINAL], "$final"]
        return query_command(
            self.type, select, ["q/and", is_assigned, is_open], {"$emails": list(emails), "$final": False}
        )

    def read(self, rows: Sequence[Mapping[str, Any]], assigned: Assigned) -> None:
        """Keep an answer's rows."""
        for row in rows:
            values: dict[str, Any] = {}
            for part in self.parts:
                values |= part.read(row, {})
            emails = [person["email"] for person in values.pop("assignees") or [] if person["email"]]
            known = {name: values.get(name) for name in _COLUMNS}
            assigned.rows.append(
                {"entity_type": self.type, "public_id": str(row.get("public_id")), "emails": sorted(emails), **known}
            )
        if len(rows) >= ROWS_AT_MOST:
            assigned.problems.append(f"{self.type} has more open work than the {ROWS_AT_MOST} items that were read.")


def assigned_queries(schema: Schema, config: EnrichmentConfig, zone: tzinfo = UTC) -> Iterator[AssignedQuery]:
    """The queries for the types with a key in the configuration, as far as they have assignees and final states."""
    for name in config.types:
        if name not in schema.databases or not schema.has_final_states(schema.types[name]):
            continue
        assignees = _assignees(schema, name, config.types[name].preset.assignees)
        if assignees is None:
            continue
        wanted = ("the name", "the state", "the assignees")
        query = entity_query(schema, name, config.types[name], zone)
        parts = [part for part in query.parts if part.name in wanted or part.name.startswith(_WANTED_FIELDS)]
        yield AssignedQuery(name, assignees, parts)


def _assignees(schema: Schema, type_name: str, names: Sequence[str]) -> Field | None:
    for name in names:
        try:
            field = schema.find_field(type_name, name)
        except (NoSuchField, AmbiguousField):
            continue
        if field.type == USER:
            return field
    return None
