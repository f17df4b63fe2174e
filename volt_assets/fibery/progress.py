"""Progress of what is above the entities: of all that is directly below a feature, an epic or the like, how much is in
a final state.

What is below is known by the relations that the configuration names as `parent`, read from their other end. Its rows
are counted here: Fibery refuses aggregates where permissions guard a database (docs/fibery-api.md, "Requests").
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from volt_assets.fibery.configuration import EnrichmentConfig
from volt_assets.fibery.entity_query import ROWS_AT_MOST, Row, query_command
from volt_assets.fibery.schema import FINAL, STATE, AmbiguousField, Field, NoSuchField, Schema


@dataclass(frozen=True, slots=True)
class ProgressQuery:
    """What is requested of one type: how many entities its `collections` hold, and how many of them are final."""

    type: str
    collections: tuple[str, ...]

    def command(self, fibery_ids: Sequence[str]) -> dict[str, Any]:
        """The command that requests the entities with these ids of Fibery."""
        select: dict[str, Any] = {"id": ["fibery/id"]}
        for number, collection in enumerate(self.collections, start=1):
            select[f"items{number}"] = {
                "q/from": collection,
                "q/select": {"final": [STATE, FINAL]},
                "q/limit": ROWS_AT_MOST,
            }
        return query_command(self.type, select, ["q/in", ["fibery/id"], "$ids"], {"$ids": list(fibery_ids)})

    def read(self, row: Row) -> dict[str, int | None]:
        """{items, items_done}; None where there may be more than were read."""
        # An empty collection may come as null.
        collections = [row.get(f"items{number}") or () for number in range(1, len(self.collections) + 1)]
        if any(len(items) >= ROWS_AT_MOST for items in collections):
            return {"items": None, "items_done": None}
        items = [item for items in collections for item in items]
        return {"items": len(items), "items_done": sum(bool(item.get("final")) for item in items)}


def progress_query(schema: Schema, config: EnrichmentConfig, type_name: str) -> ProgressQuery | None:
    """The query for entities of a type that others are parts of; None where what is below cannot be counted."""
    above = schema.types.get(type_name)
    if above is None:
        return None
    relations = {field.meta["fibery/relation"] for field in _relations_to(schema, config, type_name)}
    collections = [
        field.name
        for field in above.fields.values()
        if field.is_collection and field.meta.get("fibery/relation") in relations
    ]
    return ProgressQuery(type_name, tuple(collections)) if collections else None


def _relations_to(schema: Schema, config: EnrichmentConfig, type_name: str) -> Iterator[Field]:
    """The relations to a type that are named as `parent`, of types that have final states. Lookups are none."""
    for name, below in schema.databases.items():
        of_type = config.of(name)
        if of_type is None or not schema.has_final_states(below):
            continue
        for human_name in of_type.preset.parent:
            try:
                field = schema.find_field(name, human_name)
            except (NoSuchField, AmbiguousField):
                continue
            if field.type == type_name and not field.is_collection and field.meta.get("fibery/relation"):
                yield field
