"""Building a Fibery database as real ones look: its fields, and the entities in it.

The metas are those of a live workspace's `fibery.schema/query` (titles by `ui/title?`, `fibery/collection?`,
relations with a shared uuid, lookups without one, states in `workflow/state_Space/Database`). What a company contains
is decided elsewhere.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from volt_assets.sandbox.company.platform import (
    COMMENT,
    DOCUMENT,
    USER,
    add_document,
    add_entity,
    add_field,
    add_type,
    identity,
)
from volt_assets.sandbox.company.workspaces import Entity, EntityType, FiberyWorkspace, value_of

NOT_STARTED, STARTED, FINISHED = "Not started", "Started", "Finished"


class Database:
    """One database while it is being built. Field names are given without the space, which becomes their namespace;
    a name with a slash is taken as it is.

    `title` is the title field's short name: `name` in about half of the real databases, `Name` in the others.
    """

    def __init__(self, workspace: FiberyWorkspace, name: str, *, title: str = "Name", color: str = "#4978d8"):
        self.workspace = workspace
        self.name = name
        self.space = name.split("/", 1)[0]
        self.title = self._full(title)
        self.states: dict[str, Entity] = {}
        self._options: dict[str, dict[str, Entity]] = {}
        self._backs: dict[str, str] = {}
        meta = {
            "fibery/primitive?": False,
            "fibery/domain?": True,
            "fibery/secured?": True,
            "ui/color": color,
            "app/mixins": {"fibery/rank-mixin": True, "Collaboration~Documents/ReferencesMixin": True},
        }
        self.type = add_type(workspace, name, meta, modification_date=True)
        author = {"fibery/readonly?": True, "fibery/default-value": {"fibery/id": "$my-id"}}
        add_field(workspace, self.type, "fibery/rank", "fibery/rank", {"fibery/secured?": False})
        add_field(workspace, self.type, "fibery/created-by", USER, author)
        add_field(workspace, self.type, self.title, "fibery/text", {"fibery/secured?": True, "ui/title?": True})

    # Fields

    def field(self, name: str, field_type: str, **meta: Any) -> None:
        """A plain field, such as `field("Planned End", "fibery/date")`."""
        add_field(
            self.workspace,
            self.type,
            self._full(name),
            field_type,
            {"ui/object-editor-order": len(self.type.fields), "fibery/secured?": True} | meta,
        )

    def rich_text(self, name: str) -> None:
        add_field(
            self.workspace,
            self.type,
            self._full(name),
            DOCUMENT,
            {"fibery/entity-component?": True, "ui/object-editor-order": None, "fibery/required?": True},
        )

    def workflow(self, states: Mapping[str, str]) -> None:
        """`workflow/state`, with each state's name and whether it is `Not started`, `Started` or `Finished` (so
        final).
        """
        self.type.meta["app/mixins"]["workflow/workflow"] = True
        state_type = f"workflow/state_{self.name}"
        enum = _add_enum(self.workspace, state_type)
        secured = {"fibery/secured?": False, "fibery/required?": True}
        final_meta = secured | {"fibery/default-value": False}
        type_meta = secured | {"fibery/readonly?": True, "fibery/default-value": "Unknown"}
        add_field(self.workspace, enum, "workflow/Final", "fibery/bool", final_meta)
        add_field(self.workspace, enum, "workflow/Type", "fibery/text", type_meta)
        for number, (name, kind) in enumerate(states.items(), start=1):
            extra = {"workflow/Final": kind == FINISHED, "workflow/Type": kind}
            self.states[name] = _add_option(self.workspace, state_type, name, number, extra)
        add_field(
            self.workspace,
            self.type,
            "workflow/state",
            state_type,
            {
                "fibery/relation": self.workspace.uuid("relation", state_type),
                "fibery/type-component?": True,
                "fibery/entity-of-field-type-can-be-created-by-creator-only?": True,
                "fibery/default-value": {"fibery/id": next(iter(self.states.values())).id},
                "fibery/required?": True,
            },
        )

    def assignees(self, name: str = "assignments/assignees") -> None:
        add_field(
            self.workspace,
            self.type,
            name,
            USER,
            {
                "fibery/collection?": True,
                "fibery/relation": self.workspace.uuid("relation", self.name, name),
                "ui/object-editor-order": 8,
                "fibery/app-contributors-source?": True,
            },
        )

    def comments(self) -> None:
        self.type.meta["app/mixins"]["comments/comments-mixin"] = True
        meta = {"fibery/collection?": True, "fibery/entity-component?": True, "ui/object-editor-order": 2}
        add_field(self.workspace, self.type, "comments/comments", COMMENT, meta)

    def views(self) -> None:
        """`documents/documents`, which the schema lists and no query can read."""
        self.type.meta["app/mixins"]["documents/documents-mixin"] = True
        add_field(self.workspace, self.type, "documents/documents", "fibery/view", {"fibery/collection?": True})

    def select(self, name: str, options: Iterable[str], *, multiple: bool = False) -> None:
        """A single or multi-select: an enum type of its own, named after the field and the database."""
        full = self._full(name)
        enum_type = f"{full}_{self.name}"
        _add_enum(self.workspace, enum_type)
        self._options[full] = {
            option: _add_option(self.workspace, enum_type, option, number, {})
            for number, option in enumerate(options, start=1)
        }
        meta = {
            "ui/object-editor-order": len(self.type.fields),
            "fibery/type-component?": True,
            "fibery/relation": self.workspace.uuid("relation", enum_type),
            "fibery/required?": False,
        }
        if multiple:
            meta["fibery/collection?"] = True
        add_field(self.workspace, self.type, full, enum_type, meta)

    def relation(self, name: str, to: "Database", *, back: str | None = None) -> None:
        """A single relation; `back` names the collection at the other end (full name, or short in the target's
        space).
        """
        full = self._full(name)
        relation_id = self.workspace.uuid("relation", self.name, full)
        order = len(self.type.fields)
        meta = {"fibery/relation": relation_id, "ui/object-editor-order": order}
        add_field(self.workspace, self.type, full, to.name, meta)
        if back:
            back_name = to._full(back)
            back_meta = {"fibery/collection?": True, "fibery/relation": relation_id, "ui/object-editor-order": order}
            add_field(self.workspace, to.type, back_name, self.name, back_meta)
            self._backs[full] = back_name

    def many(self, name: str, to: "Database", *, back: str | None = None) -> None:
        """A many-to-many relation: a collection at both ends."""
        self.relation(name, to, back=back)
        self.type.fields[self._full(name)].meta["fibery/collection?"] = True

    def lookup(self, name: str, path: list[str], field_type: str, *, collection: bool = False) -> None:
        """A lookup along a path of full field names. It has no `fibery/relation`, and is queried like a relation."""
        ids = self._field_ids(path)
        expression: Any = ids
        if collection:
            expression = {"q/from": ids[:1], "q/select": {"fibery/id": ids[1:]}, "q/limit": "q/no-limit"}
        meta = {
            "ui/object-editor-order": len(self.type.fields),
            "formula/lookup?": True,
            "fibery/readonly?": True,
            "fibery/required?": False,
            "formula/formula?": True,
            "formula/formula": {"expression": expression, "params": {}},
            "history/disabled?": False,
        }
        if collection:
            meta |= {"fibery/collection?": True, "fibery/field-reversed-collection?": True}
        compute = self._collector(path) if collection else self._follower(path)
        add_field(self.workspace, self.type, self._full(name), field_type, meta, compute)

    def text_formula(self, name: str, path: list[str], *, otherwise: str) -> None:
        """A text taken along a path of full field names, or `otherwise` where there is none."""
        ids = self._field_ids(path)
        expression = ["q/if", ["q/null?", ids[:-1]], "$formulaParam1", ids]
        meta = {
            "ui/object-editor-order": len(self.type.fields),
            "fibery/readonly?": True,
            "fibery/required?": False,
            "formula/formula?": True,
            "formula/formula": {"expression": expression, "params": {"$formulaParam1": otherwise}},
            "history/disabled?": False,
            "fibery/secured?": True,
        }
        follow = self._follower(path)

        def text(entity: Entity, settings: Any) -> str:
            value = follow(entity, settings)
            return otherwise if value is None else value

        add_field(self.workspace, self.type, self._full(name), "fibery/text", meta, text)

    def toggl(self, constant: str, project: list[str] | None) -> None:
        """The formula that makes Toggl descriptions: name, ` #`, public id, `constant`, and the project in brackets.

        `constant` is typed by hand in every database, so its tags are labels and not the schema's names; it is
        `$formulaParam2` of the formula, as in all real ones.
        """
        parts: list[Any] = ["$formulaParam1", self._field_ids(["fibery/public-id"]), "$formulaParam2"]
        params = {"$formulaParam1": " #", "$formulaParam2": constant}
        if project:
            parts += ["$formulaParam3", self._field_ids(project), "$formulaParam4"]
            params |= {"$formulaParam3": " [", "$formulaParam4": "]"}
        expression: Any = self._field_ids([self.title])
        for part in parts:
            expression = ["q/concat", expression, part]
        add_field(
            self.workspace,
            self.type,
            self._full("Toggl"),
            "fibery/text",
            {
                "ui/object-editor-order": len(self.type.fields),
                "fibery/readonly?": True,
                "fibery/required?": False,
                "formula/formula?": True,
                "formula/formula": {"expression": expression, "params": params},
                "history/disabled?": False,
                "fibery/secured?": True,
            },
            self._toggl_text(constant, project),
        )

    def has(self, name: str) -> bool:
        return self._full(name) in self.type.fields

    def is_computed(self, name: str) -> bool:
        return self.type.fields[self._full(name)].compute is not None

    # Entities

    def add(
        self,
        public_id: int | str,
        name: str,
        *,
        created: str,
        modified: str | None = None,
        state: str | None = None,
        description: tuple[str, str] | None = None,
        assignees: Iterable[Entity] = (),
        author: Entity | None = None,
        **values: Any,
    ) -> Entity:
        """A new entity. `description` is (field, Markdown). `values` are keyed by field name without the space;
        selects take the option's name, relations the entity. Dates as Fibery prints them. KeyError for a field that
        the database does not have.
        """
        row = identity(self.workspace, self.name, str(public_id), created, modified or created)
        row[self.title] = name
        row["fibery/created-by"] = author
        entity = Entity(self.name, row)
        if state is not None:
            row["workflow/state"] = self.states[state]
        if description is not None:
            field_name, content = description
            row[self._full(field_name)] = add_document(
                self.workspace, content, f"{self.name}/{public_id}/{field_name}", row["fibery/modification-date"]
            )
        if assigned := list(assignees):
            row["assignments/assignees"] = assigned
        for short, value in values.items():
            full = self._full(short)
            if full not in self.type.fields:
                raise KeyError(f"{self.name} has no field {full}")
            if full in self._options and value is not None:
                options = self._options[full]
                value = [options[name] for name in value] if isinstance(value, list | tuple) else options[value]
            row[full] = value
            if full in self._backs:
                for target in value if isinstance(value, list) else [value] if value else []:
                    target.values.setdefault(self._backs[full], []).append(entity)
        self.workspace.entities[self.name].append(entity)
        self.workspace.data_version += 1
        return entity

    def comment(self, entity: Entity, author: Entity, created: str, content: str) -> Entity:
        """A comment; its text is a document, like all rich text."""
        number = str(len(self.workspace.entities[COMMENT]) + 1)
        secret = self.workspace.uuid("secret", COMMENT, number)
        self.workspace.documents[secret] = content
        values = identity(self.workspace, COMMENT, number, created, None)
        values |= {"comment/author": author, "fibery/created-by": author, "comment/document-secret": secret}
        comment = add_entity(self.workspace, COMMENT, values)
        entity.values.setdefault("comments/comments", []).append(comment)
        return comment

    # Formulas

    def _read(self, entity: Entity, name: str, settings: Any) -> Any:
        return value_of(entity, self.workspace.types[entity.type].fields[name], settings)

    def _follower(self, path: list[str]) -> Callable[[Entity, Any], Any]:
        def follow(entity: Entity, settings: Any) -> Any:
            value: Any = entity
            for name in path:
                if value is None:
                    return None
                value = self._read(value, name, settings)
            return value

        return follow

    def _collector(self, path: list[str]) -> Callable[[Entity, Any], list[Entity]]:
        """Along a path through collections: every entity at its end, once."""

        def collect(entity: Entity, settings: Any) -> list[Entity]:
            found = [entity]
            for name in path:
                values = [self._read(item, name, settings) for item in found]
                found = [item for value in values if value for item in _as_list(value)]
            return list(dict.fromkeys(found))

        return collect

    def _toggl_text(self, constant: str, project: list[str] | None) -> Callable[[Entity, Any], str | None]:
        project_of = self._follower(project) if project else None

        def text(entity: Entity, settings: Any) -> str | None:
            head = f"{entity.values[self.title]} #{entity.values['fibery/public-id']}{constant}"
            if project_of is None:
                return head
            project_name = project_of(entity, settings)
            if project_name is not None:
                return f"{head} [{project_name}]"
            return {"[]": f"{head} []", "no tag": head, "null": None}[settings.formula_without_project]

        return text

    def _full(self, name: str) -> str:
        return name if "/" in name else f"{self.space}/{name}"

    def _field_ids(self, path: list[str]) -> list[str]:
        ids, entity_type = [], self.type
        for name in path:
            ids.append(entity_type.fields[name].id)
            entity_type = self.workspace.types[entity_type.fields[name].type]
        return ids


def _add_enum(workspace: FiberyWorkspace, name: str) -> EntityType:
    meta = {
        "fibery/primitive?": False,
        "fibery/domain?": False,
        "fibery/enum?": True,
        "fibery/secured?": True,
        "fibery/type-component?": True,
        "app/mixins": {"fibery/rank-mixin": True},
    }
    enum = add_type(workspace, name, meta)
    add_field(workspace, enum, "fibery/rank", "fibery/rank", {"fibery/secured?": False})
    add_field(workspace, enum, "enum/color", "fibery/color", {"fibery/secured?": False})
    add_field(workspace, enum, "enum/icon", "fibery/emoji", {"fibery/secured?": False})
    add_field(workspace, enum, "enum/name", "fibery/text", {"ui/title?": True, "fibery/secured?": False})
    return enum


def _add_option(workspace: FiberyWorkspace, enum: str, name: str, number: int, extra: dict[str, Any]) -> Entity:
    created = "2021-03-01T08:00:00.000Z"
    values = identity(workspace, enum, str(number), created, None)
    return add_entity(workspace, enum, values | {"enum/name": name, "fibery/rank": number * 1000} | extra)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
