"""What a reference's label means: the databases of Fibery that its tags can stand for.

Tags are labels that people typed, not names of databases: docs/fibery-api.md, "Labels in descriptions".
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from volt_assets.fibery.configuration import EnrichmentConfig, TypeConfig, label_text
from volt_assets.fibery.schema import Schema, label_key

# A row of `entity_references`.
Reference = Mapping[str, Any]
# (public id, tags of the label)
ReferenceKey = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a label means. `space`, `type` and `project` are as the tags have them; `type` is None where they name none.

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


def reference_key(row: Mapping[str, Any]) -> ReferenceKey:
    """What makes a reference the same one, in any week: also of rows of `enriched_entities`."""
    return (row["public_id"], *row["label"])


def types_to_fetch(reference: Reference, schema: Schema, config: EnrichmentConfig) -> dict[str, TypeConfig]:
    """The reference's candidates that exist and are to be fetched, likeliest first, with what is requested of each."""
    return {
        name: of_type
        for name in reference["candidates"]
        if name in schema.databases and (of_type := config.of(name)) is not None
    }


def used_configuration(references: Iterable[Reference], config: EnrichmentConfig) -> dict[str, Any]:
    """What these references take from the configuration, to find out later which weeks an edit of it concerns.

    By type: the fingerprint of what is requested of it. By label: what it is taken for.
    """
    meanings = defaultdict(set)
    types = set()
    for reference in references:
        alias = config.aliases.get(tuple(reference["label"]))
        meaning = [reference["type"], reference["project"], *reference["candidates"]]
        # Where a label fits nothing, its alias stands for its meaning.
        meanings[label_text(reference["label"])].add(json.dumps(meaning if reference["candidates"] else [alias]))
        types.update(reference["candidates"])
    return {name: config.fingerprint_of(name) for name in types} | {
        label: sorted(found) for label, found in meanings.items()
    }
