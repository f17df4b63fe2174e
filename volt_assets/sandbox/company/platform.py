"""The types that every Fibery workspace has (users, documents, comments, files, views), and how types, fields and
entities are added to one.

The metas are those of a live workspace's `fibery.schema/query`.
"""

from collections.abc import Callable
from typing import Any

from volt_assets.sandbox.company.workspaces import Entity, EntityType, FiberyWorkspace, Field

DOCUMENT = "Collaboration~Documents/Document"
DOCUMENT_SECRET = "Collaboration~Documents/secret"
COMMENT = "comments/comment"
USER = "fibery/user"

# fmt: off
_PRIMITIVES = (
    "text", "int", "decimal", "bool", "date", "date-time", "date-range", "date-time-range", "uuid", "email",
    "url", "emoji", "rank", "color", "json-value", "location", "duration",
)
# fmt: on

_SECURED = {"fibery/secured?": True}
_READONLY = _SECURED | {"fibery/readonly?": True}
_PLATFORM = {
    "fibery/primitive?": False,
    "fibery/domain?": False,
    "fibery/secured?": True,
    "fibery/platform?": True,
}


def new_workspace(name: str) -> FiberyWorkspace:
    """A workspace with the platform's own types: primitives, users, documents, comments, files and views."""
    workspace = FiberyWorkspace(name)
    for primitive in _PRIMITIVES:
        add_type(
            workspace,
            f"fibery/{primitive}",
            {"fibery/primitive?": True, "fibery/domain?": False, "fibery/platform?": True},
        )
    _add_users(workspace)
    _add_documents(workspace)
    _add_comments(workspace)
    add_type(workspace, "fibery/file", _PLATFORM | {"fibery/entity-component?": True})
    view = add_type(workspace, "fibery/view", _PLATFORM | {"fibery/schema-only?": True})
    add_field(workspace, view, "fibery/name", "fibery/text", {"ui/title?": True, "fibery/secured?": False})
    return workspace


def _add_users(workspace: FiberyWorkspace) -> None:
    user = add_type(
        workspace, USER, _PLATFORM | {"fibery/domain?": True, "ui/color": "#404057"}, modification_date=True
    )
    fields = (
        ("user/name", "fibery/text", _SECURED | {"ui/title?": True, "fibery/required?": True}),
        ("user/email", "fibery/email", _READONLY | {"fibery/unique?": True}),
        ("fibery/active?", "fibery/bool", _READONLY | {"fibery/default-value": True}),
        ("fibery/guest?", "fibery/bool", _READONLY | {"fibery/default-value": False}),
        ("fibery/role", "fibery/text", _SECURED),
        ("User Database/Role", "fibery/text", _SECURED),
    )
    for field_name, field_type, meta in fields:
        add_field(workspace, user, field_name, field_type, meta)


def _add_documents(workspace: FiberyWorkspace) -> None:
    document = add_type(
        workspace,
        DOCUMENT,
        _PLATFORM | {"ui/color": "#EF517F", "fibery/entity-component?": True},
        common_fields=("fibery/id",),
    )
    modified: dict[str, Any] = _READONLY | {"fibery/default-value": "$now"}
    unique = _READONLY | {"fibery/unique?": True, "fibery/required?": True}
    add_field(workspace, document, "Collaboration~Documents/Snippet", "fibery/text", _READONLY)
    add_field(workspace, document, "Collaboration~Documents/modification-date", "fibery/date-time", modified)
    add_field(workspace, document, DOCUMENT_SECRET, "fibery/uuid", unique)


def _add_comments(workspace: FiberyWorkspace) -> None:
    component = {"fibery/entity-component?": True, "fibery/entity-component-author-access?": True}
    comment = add_type(workspace, COMMENT, _PLATFORM | {"ui/color": "#EB4B00"} | component)
    author: dict[str, Any] = {"fibery/readonly?": True, "fibery/default-value": {"fibery/id": "$my-id"}}
    author["fibery/relation"] = workspace.uuid("relation", "comment/author")
    add_field(workspace, comment, "comment/author", USER, author)
    add_field(workspace, comment, "comment/document-secret", "fibery/uuid", _READONLY | {"fibery/required?": True})
    add_field(workspace, comment, "comments/parent", COMMENT, {"fibery/readonly?": True})


def add_user(workspace: FiberyWorkspace, name: str, email: str, *, active: bool = True, role: str = "") -> Entity:
    number = len(workspace.entities[USER]) + 1
    created = f"2021-03-01T09:{number // 60:02}:{number % 60:02}.000Z"
    values = identity(workspace, USER, str(number), created, created)
    values |= {"user/name": name, "user/email": email, "fibery/active?": active, "fibery/guest?": False}
    values |= {"fibery/role": "Member", "User Database/Role": role or None}
    return add_entity(workspace, USER, values)


def add_document(workspace: FiberyWorkspace, content: str, key: str, modified: str) -> Entity:
    """A document with its secret; `Snippet` is the plain beginning of its text."""
    secret = workspace.uuid("secret", key)
    workspace.documents[secret] = content
    values = {
        "fibery/id": workspace.uuid("document", key),
        DOCUMENT_SECRET: secret,
        "Collaboration~Documents/Snippet": " ".join(content.split())[:120],
        "Collaboration~Documents/modification-date": modified,
    }
    return add_entity(workspace, DOCUMENT, values)


def add_type(
    workspace: FiberyWorkspace,
    name: str,
    meta: dict[str, Any],
    *,
    modification_date: bool = False,
    common_fields: tuple[str, ...] = ("fibery/id", "fibery/public-id", "fibery/creation-date"),
) -> EntityType:
    entity_type = EntityType(name, workspace.uuid("type", name), meta)
    workspace.types[name] = entity_type
    workspace.entities[name] = []
    if meta["fibery/primitive?"]:
        return entity_type
    readonly: dict[str, Any] = {"fibery/secured?": False, "fibery/readonly?": True}
    now = readonly | {"fibery/default-value": "$now"}
    common: dict[str, tuple[str, dict[str, Any]]] = {
        "fibery/id": ("fibery/uuid", readonly | {"fibery/id?": True}),
        "fibery/public-id": ("fibery/text", readonly | {"fibery/public-id?": True}),
        "fibery/creation-date": ("fibery/date-time", now | {"fibery/creation-date?": True}),
    }
    for field_name in common_fields:
        add_field(workspace, entity_type, field_name, *common[field_name])
    if modification_date:
        modified = now | {"fibery/modification-date?": True, "fibery/required?": True}
        add_field(workspace, entity_type, "fibery/modification-date", "fibery/date-time", modified)
    return entity_type


def add_field(
    workspace: FiberyWorkspace,
    entity_type: EntityType,
    name: str,
    field_type: str,
    meta: dict[str, Any],
    compute: Callable[[Entity, Any], Any] | None = None,
) -> None:
    field_id = workspace.uuid("field", entity_type.name, name)
    entity_type.fields[name] = Field(name, field_type, field_id, meta, compute=compute)


def identity(
    workspace: FiberyWorkspace, type_name: str, public_id: str, created: str, modified: str | None
) -> dict[str, Any]:
    values = {
        "fibery/id": workspace.uuid("entity", type_name, public_id),
        "fibery/public-id": public_id,
        "fibery/creation-date": created,
    }
    if modified:
        values["fibery/modification-date"] = modified
    return values


def add_entity(workspace: FiberyWorkspace, type_name: str, values: dict[str, Any]) -> Entity:
    entity = Entity(type_name, values)
    workspace.entities[type_name].append(entity)
    workspace.data_version += 1
    return entity
