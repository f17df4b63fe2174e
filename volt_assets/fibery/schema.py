"""Fibery's schema: databases and fields, finding a field by its human name, what databases labels stand for, and what
changed between two snapshots.

Pure data: fetched by `client.py`, kept in the table `fibery_schema`. Names are Fibery's API names, "Namespace/Name";
the namespace of a field is not always the space of its database. Facts:
docs/fibery-api.md, "The schema".
"""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Self

DOCUMENT = "Collaboration~Documents/Document"
DOCUMENT_SECRET = "Collaboration~Documents/secret"
COMMENT = "comments/comment"
USER = "fibery/user"
STATE = "workflow/state"
FINAL = "workflow/Final"

# Human names whose field is known, whatever else a database calls so.
_FIXED = {"state": STATE, "assignees": "assignments/assignees", "comments": "comments/comments"}

_NUMBERS = ("fibery/int", "fibery/decimal")
_PRIMITIVES = {
    "fibery/text",
    "fibery/int",
    "fibery/decimal",
    "fibery/bool",
    "fibery/date",
    "fibery/date-time",
    "fibery/date-range",
    "fibery/date-time-range",
    "fibery/uuid",
    "fibery/email",
    "fibery/url",
    "fibery/emoji",
    "fibery/rank",
    "fibery/color",
    "fibery/json-value",
    "fibery/location",
    "fibery/duration",
}
_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")
# The text that a formula puts behind the id: " [Scrum] [Release]", perhaps with the bracket that opens the project's
# name.
_TAGS = re.compile(r"\s*((?:\[[^\[\]]+\]\s*)+)\[?\s*")
_TAG = re.compile(r"\[([^\[\]]+)\]")

Label = tuple[str, ...]


class NoSuchField(LookupError):
    """A database has no field of that name. The message is for people and names the nearest one."""


class AmbiguousField(LookupError):
    """Several fields of a database go by that name. The message is for people."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a database. `type` is a primitive such as "fibery/text" or another database's name."""

    name: str
    id: str
    type: str
    deleted: bool
    meta: Mapping[str, Any]

    @property
    def namespace(self) -> str:
        return self.name.partition("/")[0]

    @property
    def local_name(self) -> str:
        return self.name.partition("/")[2]

    @property
    def is_collection(self) -> bool:
        return bool(self.meta.get("fibery/collection?"))

    @property
    def is_primitive(self) -> bool:
        return self.type in _PRIMITIVES

    @property
    def is_number(self) -> bool:
        return self.type in _NUMBERS


@dataclass(frozen=True, slots=True)
class Type:
    """A type of the schema. `fields` are those not deleted, by API name; relations to deleted types are left out."""

    name: str
    id: str
    meta: Mapping[str, Any]
    fields: Mapping[str, Field]

    @property
    def space(self) -> str:
        return self.name.partition("/")[0]

    @property
    def database(self) -> str:
        return self.name.partition("/")[2]

    @property
    def title(self) -> str | None:
        """The field that holds an entity's name."""
        return next((field.name for field in self.fields.values() if field.meta.get("ui/title?")), None)

    @property
    def toggl_field(self) -> str | None:
        """The formula field that writes descriptions for Toggl."""
        return next((field.name for field in self.fields.values() if _is_toggl_formula(field)), None)

    @property
    def label(self) -> Label | None:
        """The tags, at most two, that the type's own formula puts into descriptions; None where it has none."""
        for field in self.fields.values():
            if _is_toggl_formula(field):
                for text in _texts(field.meta["formula/formula"].get("params")):
                    if tags := _TAGS.fullmatch(text):
                        return tuple(_TAG.findall(tags[1])[:2])
        return None


class Schema:
    """The types of a Fibery workspace. Lookups see what is not deleted; `rows` keeps all that Fibery sent."""

    def __init__(self, types: Iterable[Mapping[str, Any]]):
        self._sent = list(types)

    @classmethod
    def from_api(cls, answer: Mapping[str, Any]) -> Self:
        """From the schema object of `GET /api/schema`. Raises KeyError or TypeError where it is not one."""
        return cls(
            {
                "type": sent["fibery/name"],
                "type_id": sent["fibery/id"],
                "type_deleted": bool(sent.get("fibery/deleted?")),
                "type_meta": sent.get("fibery/meta") or {},
                "fields": [
                    {
                        "field": field["fibery/name"],
                        "field_id": field["fibery/id"],
                        "field_type": field["fibery/type"],
                        "field_deleted": bool(field.get("fibery/deleted?")),
                        "field_meta": field.get("fibery/meta") or {},
                    }
                    for field in sent.get("fibery/fields") or ()
                ],
            }
            for sent in answer["fibery/types"]
        )

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Self:
        """From rows of the table `fibery_schema`."""
        types: dict[str, dict[str, Any]] = {}
        for row in rows:
            sent = types.setdefault(
                row["type_id"],
                {key: row[key] for key in ("type", "type_id", "type_deleted", "type_meta")} | {"fields": []},
            )
            if row["field"] is not None:
                sent["fields"].append(
                    {key: row[key] for key in ("field", "field_id", "field_type", "field_deleted", "field_meta")}
                )
        return cls(types.values())

    def rows(self, etag: str | None, fetched_at: datetime) -> Iterator[dict[str, Any]]:
        """Rows for the table `fibery_schema`: one per field; a type without fields has one with empty field columns."""
        for sent in self._sent:
            of_type = {key: value for key, value in sent.items() if key != "fields"}
            for field in sent["fields"] or [{}]:
                yield of_type | field | {"etag": etag, "fetched_at": fetched_at}

    @cached_property
    def types(self) -> dict[str, Type]:
        """The types that are not deleted, by name, in the order of the schema."""
        deleted = {sent["type"] for sent in self._sent if sent["type_deleted"]}
        return {
            sent["type"]: Type(
                sent["type"],
                sent["type_id"],
                sent["type_meta"],
                {
                    field["field"]: Field(
                        field["field"],
                        field["field_id"],
                        field["field_type"],
                        field["field_deleted"],
                        field["field_meta"],
                    )
                    for field in sent["fields"]
                    if not field["field_deleted"] and field["field_type"] not in deleted
                },
            )
            for sent in self._sent
            if not sent["type_deleted"]
        }

    @cached_property
    def databases(self) -> dict[str, Type]:
        """The types that users see as databases."""
        return {name: each for name, each in self.types.items() if each.meta.get("fibery/domain?")}

    def title_of(self, type_name: str) -> str | None:
        """The field that names an entity of a type, also of one that the schema does not spell out."""
        known = self.types.get(type_name)
        if known and known.title:
            return known.title
        if type_name == USER:
            return "user/name"
        is_enum = known.meta.get("fibery/enum?") if known else "_" in type_name.partition("/")[2]
        return "enum/name" if is_enum else None

    def has_final_states(self, of_type: Type) -> bool:
        """Whether the type has workflow states with a mark for those that are final."""
        field = of_type.fields.get(STATE)
        states = self.types.get(field.type) if field else None
        return field is not None and (states is None or FINAL in states.fields)

    def find_field(self, type_name: str, human_name: str) -> Field:
        """The field that people call `human_name`, with or without its namespace. Raises NoSuchField or AmbiguousField.

        Letter case and spaces are ignored, unless the very name is there too; then the type's own space decides.
        """
        of_type = self.types[type_name]
        fixed = of_type.fields.get(_FIXED.get(_folded(human_name), ""))
        if fixed:
            return fixed
        wanted = _folded(human_name)
        found = [field for field in of_type.fields.values() if wanted in _human_forms(field)]
        for narrower in (
            [field for field in found if _nfc(human_name) in (_nfc(field.local_name), _nfc(field.name))],
            [field for field in found if field.namespace == of_type.space],
        ):
            if len(found) > 1 and narrower:
                found = [field for field in found if field in narrower] or found
        if len(found) > 1:
            names = ", ".join(field.name for field in found)
            raise AmbiguousField(f'{type_name} has several fields called "{human_name}": {names}. Write one of these.')
        if not found:
            forms = {form: field for field in of_type.fields.values() for form in _human_forms(field)}
            near = difflib.get_close_matches(wanted, forms, n=1)
            hint = f' The nearest is "{forms[near[0]].local_name.strip()}".' if near else ""
            raise NoSuchField(f'{type_name} has no field "{human_name}".{hint}')
        return found[0]

    def label_candidates(self, label: Sequence[str], *, ignore_case: bool = False) -> list[str]:
        """The databases that a label can mean: those whose formula writes it, then the one named so.

        A name does not count where its own formula writes another label and somebody else's writes this one.
        """
        by_formula, by_name = self._labels[ignore_case]
        wanted = label_key(label, ignore_case)
        writers = by_formula.get(wanted, [])
        named = [each.name for each in by_name.get(wanted, []) if each.label is None or not writers]
        return writers + named

    @cached_property
    def _labels(self) -> dict[bool, tuple[dict[Label, list[str]], dict[Label, list[Type]]]]:
        """Databases by their formula's label and by their own name, with and without regard to letter case."""
        indexes: dict[bool, tuple[dict[Label, list[str]], dict[Label, list[Type]]]] = {}
        for ignore_case in (False, True):
            by_formula: dict[Label, list[str]] = defaultdict(list)
            by_name: dict[Label, list[Type]] = defaultdict(list)
            for each in self.databases.values():
                by_name[label_key((each.space, each.database), ignore_case)].append(each)
                if each.label:
                    by_formula[label_key(each.label, ignore_case)].append(each.name)
            indexes[ignore_case] = by_formula, by_name
        return indexes


def nearest_type(schema: Schema, type_name: str, *, likeness: float = 0.6) -> str | None:
    """The database whose name is most like `type_name`, if any is (1: the same but for case and spaces)."""
    folded = {_folded(name): name for name in schema.databases}
    near = difflib.get_close_matches(_folded(type_name), folded, n=1, cutoff=likeness)
    return folded[near[0]] if near else None


def changes_of_schema(before: Schema, after: Schema) -> Iterator[dict[str, Any]]:
    """What changed between two snapshots: fields added, removed and renamed, by Fibery's own ids.

    Rows of `fibery_schema_changes` without the time, of the databases that both have.
    """
    known = {of_type.id: of_type for of_type in before.databases.values()}
    for name, now in after.databases.items():
        was = known.get(now.id)
        if was is None:
            continue
        old = {field.id: field for field in was.fields.values()}
        new = {field.id: field for field in now.fields.values()}
        for id, field in new.items():
            if id not in old:
                yield {"kind": "added", "type": name, "field": field.local_name, "before": None}
            elif old[id].local_name != field.local_name:
                yield {"kind": "renamed", "type": name, "field": field.local_name, "before": old[id].local_name}
        for id, field in old.items():
            if id not in new:
                yield {"kind": "removed", "type": name, "field": field.local_name, "before": None}


def _is_toggl_formula(field: Field) -> bool:
    return field.local_name == "Toggl" and bool(field.meta.get("formula/formula"))


def _texts(value: Any) -> Iterator[str]:
    """All texts in a JSON value, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def label_key(label: Sequence[str], ignore_case: bool) -> Label:
    """What two labels have in common that are the same."""
    return tuple(_folded(tag) if ignore_case else _nfc(tag) for tag in label)


def _human_forms(field: Field) -> set[str]:
    """How people may write a field's name: Fibery shows "creation-date" as "Creation Date", "a~b" as "a b"."""
    local = field.local_name.replace("~", " ")
    if _KEBAB.fullmatch(local):
        local = local.replace("-", " ")
    return {_folded(name) for name in (field.local_name, field.name, local)}


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _folded(text: str) -> str:
    return " ".join(_nfc(text).casefold().split())
