"""From answers to rows of `enriched_entities`: which of several entities a reference means, or why there is none."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from volt_assets.fibery.configuration import EnrichmentConfig, label_text
from volt_assets.fibery.entity_query import COLUMNS, EntityQuery, Row
from volt_assets.fibery.failures import UNREAD
from volt_assets.fibery.lookups import Answers
from volt_assets.fibery.references import Reference, types_to_fetch
from volt_assets.fibery.schema import Schema, nearest_type


class Choice(NamedTuple):
    """The entity that a reference means: the row of the answer, its query, and what is uncertain, in words."""

    row: Row
    query: EntityQuery
    problems: list[str]


def choose(reference: Reference, candidates: Sequence[str], answers: Answers) -> Choice | None:
    """The candidate's row that the reference means. None: none was found."""
    public_id = reference["public_id"]
    found = [answers.rows[name, public_id] for name in candidates if (name, public_id) in answers.rows]
    if not found:
        return None
    problems = _failures(reference, candidates, answers)
    for fits in (_toggl_text_fits, _name_fits):
        found = [answer for answer in found if fits(reference, answer[0])] or found
        if len(found) == 1:
            return Choice(*found[0], problems)
    types = ", ".join(query.type for _, query in found)
    problems.append(f"{label_text(reference['label'])} #{public_id} can be several: {types}. The first was taken.")
    return Choice(*found[0], problems)


def _failures(reference: Reference, candidates: Sequence[str], answers: Answers) -> list[str]:
    keys = [(name, reference["public_id"]) for name in candidates]
    return [answers.failures[key] for key in keys if key in answers.failures]


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


def found_row(
    reference: Reference,
    choice: Choice,
    texts: Mapping[str, str],
    unread: Mapping[str, str],
    progress: Mapping[str, Mapping[str, int | None]],
    config: EnrichmentConfig,
    web_url: str | None,
) -> dict[str, Any]:
    """The row of a reference whose entity was found.

    `texts` are the documents by secret, `unread` the reasons why some were not answered, and `progress` that of the
    entities above, by Fibery's id.
    """
    row, query, problems = choice
    columns = query.read(row, texts)
    if reasons := {unread[secret]: None for secret in query.secrets(row) if secret in unread}:
        problems = [*problems, *(UNREAD + reason for reason in reasons)]
        # It is to be requested again, whether or not it changes.
        columns["probe"] = None
    if columns["parents"] is not None:
        columns["parents"] = [
            above
            | {"url": entity_url(web_url, above["type"], above["public_id"])}
            | progress.get(above["fibery_id"], {})
            for above in columns["parents"]
        ]
    return (
        _row(reference, "found", query.type, config)
        | columns
        | {
            "problems": columns["problems"] + problems,
            "url": entity_url(web_url, query.type, reference["public_id"]),
        }
    )


def missing_row(reference: Reference, schema: Schema, config: EnrichmentConfig, answers: Answers) -> dict[str, Any]:
    """The row of a reference without an entity: which of the three reasons, in words where there is one."""
    candidates = list(types_to_fetch(reference, schema, config))
    failures = _failures(reference, candidates, answers)
    if failures:
        status, problems = "failed", failures
    elif candidates:
        status, problems = "not_found", []
    else:
        status, problems = "not_configured", [_why_not_requested(reference, schema, config)]
    tags = "/".join(filter(None, (reference["space"], reference["type"])))
    row = _row(reference, status, candidates[0] if candidates else tags, config)
    return row | {"url": None, "problems": problems}


def _row(reference: Reference, status: str, entity_type: str, config: EnrichmentConfig) -> dict[str, Any]:
    return dict.fromkeys(COLUMNS) | {
        "public_id": reference["public_id"],
        "label": list(reference["label"]),
        "status": status,
        "entity_type": entity_type,
        "configured": config.is_configured(entity_type),
    }


def _why_not_requested(reference: Reference, schema: Schema, config: EnrichmentConfig) -> str:
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


def entity_url(web_url: str | None, type_name: str, public_id: str) -> str | None:
    """Fibery's link to an entity: {origin}/{Space}/{Database}/{id}, with `_` for spaces and hyphens."""
    if web_url is None:
        return None
    path = type_name.replace(" ", "_").replace("-", "_")
    return f"{web_url}/{quote(path)}/{public_id}"
