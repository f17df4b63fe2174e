"""A Toggl workspace and a Fibery workspace as plain data, and what a person can do to them.

Times are whole Unix seconds (UTC) on the Toggl side and the strings that Fibery prints on the other.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

# Everything that has an id counts from a base of its own above 2^32, so that no id fits 32 bits and no two kinds
# collide.
_FIRST_ID = {
    "entry": 5_000_000_000,
    "person": 6_000_000_000,
    "workspace_user": 6_500_000_000,
    "project": 7_000_000_000,
    "client": 7_500_000_000,
    "tag": 8_000_000_000,
}


@dataclass(slots=True)
class Person:
    """A member. `timezone` is the profile's, by which Toggl evaluates dates; `active` is false once deactivated by an
    admin.
    """

    id: int
    workspace_user_id: int
    name: str
    email: str
    timezone: str
    active: bool = True
    admin: bool = False


@dataclass(slots=True)
class Client:
    id: int
    name: str


@dataclass(slots=True)
class Project:
    id: int
    name: str
    client_id: int | None = None
    active: bool = True
    color: str = "#0b83d9"
    # What an hour of billable entries costs, in hundredths of the workspace's currency; None: there is no rate.
    rate_cents: int | None = None


@dataclass(slots=True)
class Entry:
    """`stop` is None while it runs. `seconds` is what Toggl stores, which may differ from `stop - start`."""

    id: int
    person_id: int
    start: int
    stop: int | None
    seconds: int
    description: str | None
    project_id: int | None
    tag_ids: tuple[int, ...]
    billable: bool
    at: int


class TogglWorkspace:
    """People, projects and time entries. `version` grows with every change, so that readers may keep indexes.

    `clock` is the workspace's own now: an edit without an `at` is stamped with it, and it moves on by a minute.
    """

    def __init__(self, *, workspace_id: int = 4_500_000_001, name: str, clock: int = 0):
        self.id = workspace_id
        self.organization_id = workspace_id + 1
        self.name = name
        self.currency = "USD"
        self.clock = clock
        self.version = 0
        self.people: dict[int, Person] = {}
        self.clients: dict[int, Client] = {}
        self.projects: dict[int, Project] = {}
        self.tags: dict[int, str] = {}
        self.entries: dict[int, Entry] = {}
        self._newest_id: dict[str, int] = dict(_FIRST_ID)

    @property
    def owner(self) -> Person:
        """Whose token it is: the first admin."""
        return next(person for person in self.people.values() if person.admin)

    def _next_id(self, kind: str) -> int:
        self._newest_id[kind] += 1
        return self._newest_id[kind]

    def add_person(self, name: str, email: str, timezone: str, *, active: bool = True, admin: bool = False) -> Person:
        """The first person is the owner of the token, so an admin."""
        person = Person(
            id=self._next_id("person"),
            workspace_user_id=self._next_id("workspace_user"),
            name=name,
            email=email,
            timezone=timezone,
            active=active,
            admin=admin or not self.people,
        )
        self.people[person.id] = person
        self.version += 1
        return person

    def add_client(self, name: str) -> Client:
        client = Client(self._next_id("client"), name)
        self.clients[client.id] = client
        self.version += 1
        return client

    def add_project(
        self, name: str, *, client: Client | None = None, active: bool = True, color: str = "#0b83d9"
    ) -> Project:
        project = Project(self._next_id("project"), name, client.id if client else None, active, color)
        self.projects[project.id] = project
        self.version += 1
        return project

    def add_tag(self, name: str) -> int:
        tag_id = self._next_id("tag")
        self.tags[tag_id] = name
        self.version += 1
        return tag_id

    def add_entry(
        self,
        person: Person,
        start: int,
        stop: int | None,
        description: str | None,
        *,
        seconds: int | None = None,
        project: Project | None = None,
        tag_ids: Iterable[int] = (),
        billable: bool = False,
        at: int | None = None,
    ) -> Entry:
        """`start` and `stop` in Unix seconds. Without `seconds` they are `stop - start`, or -1 while it runs."""
        if seconds is None:
            seconds = -1 if stop is None else stop - start
        entry = Entry(
            id=self._next_id("entry"),
            person_id=person.id,
            start=start,
            stop=stop,
            seconds=seconds,
            description=description,
            project_id=project.id if project else None,
            tag_ids=tuple(tag_ids),
            billable=billable,
            at=self._tick() if at is None else at,
        )
        self.entries[entry.id] = entry
        self.version += 1
        return entry

    def edit_entry(self, entry_id: int, *, at: int | None = None, **changes: Any) -> Entry:
        """Change any fields of an entry, also to move it (`start`, `stop`); `seconds` follow unless given. Bumps its
        `at`.
        """
        if {"start", "stop"} & changes.keys() and "seconds" not in changes:
            moved = replace(self.entries[entry_id], **changes)
            changes["seconds"] = -1 if moved.stop is None else moved.stop - moved.start
        entry = replace(self.entries[entry_id], **changes, at=self._tick() if at is None else at)
        self.entries[entry_id] = entry
        self.version += 1
        return entry

    def delete_entry(self, entry_id: int) -> None:
        """Deleted entries leave no trace in reports."""
        del self.entries[entry_id]
        self.version += 1

    def _tick(self) -> int:
        self.clock += 60
        return self.clock


class Entity:
    """A row of a Fibery database. `values` are keyed by full field name; relations hold other entities (or a list)."""

    __slots__ = ("type", "values")

    def __init__(self, type_name: str, values: dict[str, Any]):
        self.type = type_name
        self.values = values

    @property
    def id(self) -> str:
        return self.values["fibery/id"]

    def __repr__(self) -> str:
        return f"<{self.type} {self.values.get('fibery/public-id', self.id)}>"


@dataclass
class Field:
    """A field of a type. `compute` makes the value of a formula or lookup from (entity, sandbox settings)."""

    name: str
    type: str
    id: str
    meta: dict[str, Any]
    deleted: bool = False
    compute: Callable[[Entity, Any], Any] | None = None

    @property
    def collection(self) -> bool:
        return bool(self.meta.get("fibery/collection?"))


@dataclass
class EntityType:
    name: str
    id: str
    meta: dict[str, Any]
    fields: dict[str, Field] = field(default_factory=dict)
    deleted: bool = False

    @property
    def primitive(self) -> bool:
        return bool(self.meta.get("fibery/primitive?"))

    @property
    def title(self) -> str:
        return next(field.name for field in self.fields.values() if field.meta.get("ui/title?"))


@dataclass(frozen=True, slots=True)
class Event:
    """A change of one value of an entity, at a time in Unix seconds. `field` is the title that people see."""

    at: int
    entity: Entity
    field: str
    before: str | None
    after: str | None


def value_of(entity: Entity, field: Field, settings: Any) -> Any:
    """A field's value: stored, or made by its formula."""
    return field.compute(entity, settings) if field.compute else entity.values.get(field.name)


class FiberyWorkspace:
    """Types, their entities and the documents behind rich text. Built with `databases.py`.

    `version` is the schema's: it grows with every change of a type or field. `data_version` grows with every entity.
    """

    def __init__(self, name: str):
        self.name = name
        self.id = self.uuid("workspace")
        self.version = 6208
        self.data_version = 0
        self.types: dict[str, EntityType] = {}
        self.entities: dict[str, list[Entity]] = {}
        self.documents: dict[str, str] = {}
        # What happened to entities, oldest first; None: the workspace keeps no history.
        self.history: list[Event] | None = None
        self._indexes: dict[str, tuple[int, dict[str, Entity]]] = {}

    def uuid(self, *names: str) -> str:
        """The same id for the same names: the whole workspace is a function of what it was built from."""
        return str(uuid5(_NAMESPACE, "/".join((self.name, *names))))

    def by_public_id(self, type_name: str) -> dict[str, Entity]:
        """An index of a type's entities, kept until the data change."""
        version, index = self._indexes.get(type_name, (-1, {}))
        if version != self.data_version:
            index = {entity.values["fibery/public-id"]: entity for entity in self.entities[type_name]}
            self._indexes[type_name] = (self.data_version, index)
        return index

    def entity(self, type_name: str, public_id: str | int) -> Entity:
        """The entity with this public id; KeyError if there is none."""
        return self.by_public_id(type_name)[str(public_id)]

    def edit(self, type_name: str, public_id: str | int, **values: Any) -> Entity:
        """Change values, keyed by full field name: `edit("Scrum/Task", 7, **{"Scrum/Name": "New"})`."""
        entity = self.entity(type_name, public_id)
        entity.values.update(values)
        self.data_version += 1
        return entity

    def delete(self, type_name: str, public_id: str | int) -> None:
        """Queries leave deleted entities out."""
        self.entities[type_name].remove(self.entity(type_name, public_id))
        self.data_version += 1

    def delete_field(self, type_name: str, field_name: str) -> None:
        """As Fibery does: the field stays in the schema under a `_deleted` name, with the flag."""
        entity_type = self.types[type_name]
        deleted = entity_type.fields.pop(field_name)
        tombstone = f"{field_name}_{deleted.id[:7]}_deleted"
        entity_type.fields[tombstone] = replace(deleted, name=tombstone, deleted=True)
        self.version += 1

    def rename_field(self, type_name: str, old: str, new: str) -> None:
        """The name is the API's key, the `fibery/id` stays."""
        entity_type = self.types[type_name]
        entity_type.fields = {
            (new if name == old else name): (replace(fld, name=new) if name == old else fld)
            for name, fld in entity_type.fields.items()
        }
        for entity in self.entities[type_name]:
            if old in entity.values:
                entity.values[new] = entity.values.pop(old)
        self.version += 1


_NAMESPACE: UUID = uuid5(NAMESPACE_URL, "https://fibery.io/volt-sandbox")


@dataclass
class Company:
    """Both sides of one company."""

    toggl: TogglWorkspace
    fibery: FiberyWorkspace
