"""What to request of entities of one type, and how to read the answer: a configuration laid over the schema.

A query is made of parts, each with what it selects and how its value is read, so that a part that Fibery refuses can
be left out without the others. Sending is not done here. Select expressions are in the map dialect: {alias: path or
sub-query}. Facts: docs/fibery-api.md.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, Self

from volt_assets.fibery.configuration import Dates, Estimate, TypeConfig
from volt_assets.fibery.schema import (
    COMMENT,
    DOCUMENT,
    DOCUMENT_SECRET,
    FINAL,
    STATE,
    USER,
    AmbiguousField,
    Field,
    NoSuchField,
    Schema,
    Type,
)

ROWS_AT_MOST = 1000
COLLECTION_ROWS_AT_MOST = 100
LEVELS_ABOVE = 3
PUBLIC_ID = "fibery/public-id"

Row = Mapping[str, Any]
Texts = Mapping[str, str]

# What people call the units of an estimate, in a field's `ui/number-unit`.
_UNITS = {
    "hours": ("h", "hr", "hrs", "hour", "hours"),
    "days": ("d", "day", "days"),
    "points": ("p", "pt", "pts", "sp", "point", "points"),
}
_DATES = ("fibery/date", "fibery/date-time", "fibery/date-range", "fibery/date-time-range")
# Of `enriched_entities`: what is known of an entity that was found.
COLUMNS = (
    "fibery_id",
    "name",
    "state",
    "state_final",
    "state_kind",
    "planned_start",
    "planned_end",
    "actual_start",
    "actual_end",
    "estimate_seconds",
    "assignees",
    "parents",
    "description",
    "comments",
    "fields",
    "missing",
    "probe",
)

# Of a workflow state: its kind, whatever it is called. New states are of the type "Unknown".
STATE_TYPE = "workflow/Type"
STATE_KINDS = {"Not started": "not_started", "Started": "started", "Finished": "final"}
_PARENT = "the parent"
_PROBE = "when it was modified"
_COMMENTS = "the comments"
MODIFIED = "fibery/modification-date"
DOCUMENT_MODIFIED = "Collaboration~Documents/modification-date"
# What a report calls missing where it was requested and is empty.
_MISSABLE = {"description": "description", "estimate_seconds": "estimate", "assignees": "assignees"}


def query_command(
    type_name: str,
    select: Mapping[str, Any],
    where: Sequence[Any] | None = None,
    params: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The JSON of a command that requests up to ROWS_AT_MOST entities of a type; `params` are those of `where`."""
    conditions = {"q/where": where} if where is not None else {}
    query = {"q/from": type_name, "q/select": select, **conditions, "q/limit": ROWS_AT_MOST}
    return {"command": "fibery.entity/query", "args": {"query": query, **({"params": params} if params else {})}}


class _Unreadable(ValueError):
    """An answer's value that is not what its field's type promises, in words."""


def _no_secrets(row: Row) -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class Part:
    """One thing requested: what it selects, the columns it reads from a row and texts, the secrets of these texts."""

    name: str
    select: Mapping[str, Any]
    read: Callable[[Row, Texts], dict[str, Any]]
    secrets: Callable[[Row], list[str]] = _no_secrets


@dataclass(frozen=True, slots=True)
class EntityQuery:
    """What is requested of one type. `problems`: in words, what the configuration wants and the type does not have."""

    type: str
    parts: tuple[Part, ...]
    problems: tuple[str, ...]

    def command(self, public_ids: Sequence[str]) -> dict[str, Any]:
        """The command that requests the entities with these public ids."""
        return self._command({alias: way for part in self.parts for alias, way in part.select.items()}, public_ids)

    def probe_command(self, public_ids: Sequence[str]) -> dict[str, Any]:
        """The command that requests only what shows whether these entities have changed."""
        select = dict(self._probe_select or {})
        comments = next((part.select for part in self.parts if part.name == _COMMENTS), None)
        if comments is not None:
            select["comments"] = comments["comments"] | {"q/select": {"id": ["fibery/id"]}}
        return self._command(select, public_ids)

    def probe(self, row: Row) -> str | None:
        """A digest of what an answer to either command shows of an entity, and of what is requested: the same as long
        as neither changes. It does not show an edited comment. None where nothing can show a change."""
        if not self._probe_select:
            return None
        requested = [[part.name, part.select] for part in self.parts]
        shown = {alias: row.get(alias) for alias in self._probe_select}
        comments = [comment.get("id") for comment in row.get("comments") or () if isinstance(comment, Mapping)]
        return hashlib.sha256(json.dumps([requested, shown, comments], sort_keys=True).encode()).hexdigest()

    @property
    def _probe_select(self) -> Mapping[str, Any] | None:
        return next((part.select for part in self.parts if part.name == _PROBE), None)

    def _command(self, selected: Mapping[str, Any], public_ids: Sequence[str]) -> dict[str, Any]:
        select = {"id": ["fibery/id"], "public_id": [PUBLIC_ID], **selected}
        return query_command(self.type, select, ["q/in", [PUBLIC_ID], "$ids"], {"$ids": list(public_ids)})

    def without(self, field: str, of_type: str | None, reason: str) -> Self | None:
        """The same without the parts that use an API field (of `of_type`, if known); None where no part does."""
        refused = {(field, own) for own in (True, False) if of_type is None or own == (of_type == self.type)}
        kept = tuple(part for part in self.parts if refused.isdisjoint(_fields_used(part.select)))
        if len(kept) == len(self.parts):
            return None
        return self.without_parts({part.name: reason for part in self.parts if part not in kept})

    def only(self, parts: Iterable[Part]) -> Self:
        """The same with some of its parts; with none it requests ids alone."""
        return replace(self, parts=tuple(parts))

    def without_parts(self, reasons: Mapping[str, str]) -> Self:
        """The same without the parts of these names, and with the reasons among its problems."""
        kept = tuple(part for part in self.parts if part.name not in reasons)
        left_out = [f"{part.name} was left out: {reasons[part.name]}" for part in self.parts if part.name in reasons]
        return replace(self, parts=kept, problems=(*self.problems, *left_out))

    def secrets(self, row: Row) -> list[str]:
        """Secrets of the documents that belong to a row."""
        return [secret for part in self.parts for secret in part.secrets(row)]

    def parents(self, row: Row) -> list[dict[str, Any]]:
        """The chain above a row's entity, nearest first, where it is requested."""
        chain = next((part for part in self.parts if part.name == _PARENT), None)
        return chain.read(row, {})["parents"] if chain else []

    def read(self, row: Row, texts: Texts) -> dict[str, Any]:
        """The columns of `enriched_entities` that a row gives (None: unknown), `fields`, `missing`, `problems`."""
        columns: dict[str, Any] = dict.fromkeys(COLUMNS) | {"fields": {}}
        problems = list(self.problems)
        missing: list[str] = []
        for part in self.parts:
            try:
                values = part.read(row, texts)
            except _Unreadable as error:
                problems.append(f"{part.name} cannot be read: {error}")
                continue
            except (AttributeError, KeyError, TypeError):
                problems.append(f"{part.name} cannot be read: it came in an unknown form.")
                continue
            if any(_is_full(row.get(alias)) for alias in part.select):
                problems.append(f"{part.name} may be more than the {COLLECTION_ROWS_AT_MOST} that were read.")
            columns["fields"] |= values.pop("fields", {})
            columns |= values
            missing += [what for column, what in _MISSABLE.items() if values.get(column, ...) in (None, "", [])]
        found = {"fibery_id": row.get("id"), "missing": missing, "problems": problems}
        return columns | found | {"probe": self.probe(row)}


def entity_query(
    schema: Schema,
    type_name: str,
    config: TypeConfig,
    zone: tzinfo = UTC,
    parents_of: Callable[[str], Sequence[str]] = lambda type_name: (),
) -> EntityQuery:
    """The query for a type of the schema. Days of instants are days in `zone`.

    `parents_of` gives the names of the relations that lead up from another type: the chain above follows them.
    """
    return _Planner(schema, schema.types[type_name], zone, parents_of).query(config)


@dataclass(frozen=True, slots=True)
class _Relation:
    """A relation to what is above, as it is selected, and the relations above that."""

    alias: str
    type: str
    select: Mapping[str, Any]
    above: Sequence["_Relation"]


def _all_of(relations: Iterable[_Relation]) -> Iterator[_Relation]:
    for each in relations:
        yield each
        yield from _all_of(each.above)


class _Planner:
    def __init__(self, schema: Schema, of_type: Type, zone: tzinfo, parents_of: Callable[[str], Sequence[str]]):
        self.schema = schema
        self.type = of_type
        self.zone = zone
        self.parents_of = parents_of
        self.problems: list[str] = []

    def query(self, config: TypeConfig) -> EntityQuery:
        preset = config.preset
        parts = [
            self.name(),
            self.toggl(),
            self.state(preset.state),
            self.assignees(preset.assignees),
            *self.dates(preset.dates),
            self.estimate(preset.estimate),
            self.parents(preset.parent),
            self.description(preset.description),
            self.comments(preset.comments),
            *(self.field(f"field{number}", name) for number, name in enumerate(config.fields, start=1)),
        ]
        wanted = [part for part in parts if part]
        return EntityQuery(self.type.name, (*wanted, self.changes(wanted, config)), tuple(dict.fromkeys(self.problems)))

    def changes(self, parts: Sequence[Part], config: TypeConfig) -> Part:
        """What shows whether an entity has changed: when it, what is above it and its texts were modified. (Which
        comments it has shows, too. They are not counted: Fibery refuses aggregates where permissions guard a database.)
        """
        select: dict[str, Any] = {}
        if MODIFIED in self.type.fields:
            select["modified"] = [MODIFIED]
        for relation in _all_of(self.relations_above(self.type, config.preset.parent)):
            if MODIFIED in self.schema.types[relation.type].fields:
                select[f"modified_{relation.alias}"] = [*relation.select["id"][:-1], MODIFIED]
        for part in parts:
            for alias, path in part.select.items():
                if isinstance(path, list) and path[-1] == DOCUMENT_SECRET:
                    select[f"modified_{alias}"] = [*path[:-1], DOCUMENT_MODIFIED]
        return Part(_PROBE, select, lambda row, _: {})

    # What is requested of every type

    def name(self) -> Part | None:
        title = self.type.title
        return Part("the name", {"name": [title]}, lambda row, _: {"name": row.get("name")}) if title else None

    def toggl(self) -> Part | None:
        """The text that the entity's formula writes: evidence, and no column."""
        formula = self.type.toggl_field
        return Part("the Toggl text", {"toggl": [formula]}, lambda row, _: {}) if formula else None

    # What presets request

    def state(self, names: Sequence[str]) -> Part | None:
        field = self.first(names, lambda field: self.title_of(field) == "enum/name" and not field.is_collection)
        if field is None:
            return None
        select = {"state": [field.name, "enum/name"]}
        states = self.schema.types.get(field.type)
        if field.name == STATE and self.schema.has_final_states(self.type):
            select["state_final"] = [field.name, FINAL]
        if states is not None and STATE_TYPE in states.fields:
            select["state_type"] = [field.name, STATE_TYPE]

        def read(row: Row, _: Texts) -> dict[str, Any]:
            final = row.get("state_final")
            kind = "final" if final else STATE_KINDS.get(str(row.get("state_type")))
            return {"state": row.get("state"), "state_final": final, "state_kind": kind}

        return Part("the state", select, read)

    def assignees(self, names: Sequence[str]) -> Part | None:
        field = self.first(names, lambda field: field.type == USER)
        if field is None:
            return None
        if field.is_collection:
            select = _collection(field, {"name": ["user/name"], "email": ["user/email"]})
        else:
            select = {"name": [field.name, "user/name"], "email": [field.name, "user/email"]}

        def read(row: Row, _: Texts) -> dict[str, Any]:
            given = row.get("assignees") or []
            given = given if isinstance(given, list) else [given]
            people = [{"name": person.get("name"), "email": person.get("email")} for person in given]
            return {"assignees": [person for person in people if any(person.values())]}

        return Part("the assignees", {"assignees": select}, read)

    def dates(self, dates: Dates) -> Iterable[Part | None]:
        for column, names in dates:
            field = self.first(names, lambda field: field.type in _DATES)
            yield self.day(field, column) if field else None

    def day(self, field: Field, column: str) -> Part:
        is_end, ranged = column.endswith("_end"), field.type.endswith("-range")
        # A range ends before its end: a day's length before for days, an instant before for instants.
        step = timedelta(days=1) if field.type == "fibery/date-range" else timedelta(microseconds=1)

        def read(row: Row, _: Texts) -> dict[str, Any]:
            value = row.get(column)
            if ranged and value is not None:
                value = value.get("end" if is_end else "start")
            if value is None:
                return {column: None}
            return {column: _day(value, self.zone, step if ranged and is_end else None)}

        return Part(f"the date {field.local_name}", {column: [field.name]}, read)

    def estimate(self, groups: Sequence[Estimate]) -> Part | None:
        for group in groups:
            field = self.first(group.fields, partial(_is_number_in, unit=group.unit))
            if field is not None:
                return self.seconds(field, Decimal(str(group.seconds_per_unit)))
        return None

    def seconds(self, field: Field, per_unit: Decimal) -> Part:
        return Part(
            f"the estimate {field.local_name}",
            {"estimate": [field.name]},
            lambda row, _: {"estimate_seconds": _seconds(row.get("estimate"), per_unit)},
        )

    def parents(self, names: Sequence[str]) -> Part | None:
        """The chain above: at each level the first that is filled in of the relations named for the type there."""
        tree = self.relations_above(self.type, names)
        if not tree:
            return None

        def read(row: Row, _: Texts) -> dict[str, Any]:
            chain: list[dict[str, Any]] = []
            level: Sequence[_Relation] = tree
            while level:
                filled = next((each for each in level if (row.get(each.alias) or {}).get("id")), None)
                if filled is None or row[filled.alias]["id"] in [above["fibery_id"] for above in chain]:
                    break
                entity = row[filled.alias]
                known = {key: entity.get(key) for key in ("public_id", "name", "state", "state_final")}
                chain.append({"type": filled.type, "fibery_id": entity["id"], **known})
                level = filled.above
            return {"parents": chain}

        return Part(_PARENT, {each.alias: each.select for each in _all_of(tree)}, read)

    def relations_above(
        self, of_type: Type, names: Sequence[str], path: tuple[str, ...] = (), alias: str = "parent"
    ) -> list["_Relation"]:
        """The relations of a type that name what is above it, each with those above that, three levels at most."""
        found = [field for name in names if (field := self.first([name], self.is_database_relation, of_type))]
        relations = []
        for number, field in enumerate({field.name: field for field in found}.values(), start=1):
            above, here = self.schema.types[field.type], (*path, field.name)
            chosen = {"id": "fibery/id", "public_id": PUBLIC_ID, "name": above.title}
            select = {key: [*here, name] for key, name in chosen.items() if name}
            if STATE in above.fields:
                select["state"] = [*here, STATE, "enum/name"]
                if self.schema.has_final_states(above):
                    select["state_final"] = [*here, STATE, FINAL]
            own = f"{alias}{number}"
            higher = []
            if len(here) < LEVELS_ABOVE:
                higher = self.relations_above(above, self.parents_of(above.name), here, f"{own}_")
            relations.append(_Relation(own, above.name, select, higher))
        return relations

    def description(self, names: Sequence[str]) -> Part | None:
        field = self.first(names, lambda field: field.type in (DOCUMENT, "fibery/text"))
        if field is None:
            return None
        return self.text("the description", field, "description_secret", lambda text: {"description": text})

    def comments(self, names: Sequence[str]) -> Part | None:
        field = self.first(names, lambda field: field.type == COMMENT and field.is_collection)
        if field is None:
            return None
        # The newest, where there are more than the limit.
        select = _collection(
            field,
            {
                "id": ["fibery/id"],
                "created": ["fibery/creation-date"],
                "author": ["comment/author", "user/name"],
                "secret": ["comment/document-secret"],
            },
        ) | {"q/order-by": [[["fibery/creation-date"], "q/desc"]]}

        def written(row: Row) -> list[Row]:
            comments = [comment for comment in row.get("comments") or [] if isinstance(comment, Mapping)]
            return sorted(comments, key=lambda comment: comment.get("created") or "")

        def read(row: Row, texts: Texts) -> dict[str, Any]:
            return {
                "comments": [
                    {
                        "author": comment.get("author"),
                        "created_at": comment.get("created"),
                        "text": texts.get(str(comment.get("secret"))),
                    }
                    for comment in written(row)
                ]
            }

        return Part(
            _COMMENTS,
            {"comments": select},
            read,
            lambda row: [comment["secret"] for comment in written(row) if comment.get("secret")],
        )

    # What `fields` requests

    def field(self, alias: str, human_name: str) -> Part | None:
        try:
            field = self.schema.find_field(self.type.name, human_name)
        except (NoSuchField, AmbiguousField) as problem:
            self.problems.append(str(problem))
            return None
        name = f"the field {human_name}"

        def keep(value: Any) -> dict[str, Any]:
            return {"fields": {human_name: value}}

        if field.type == DOCUMENT:
            return self.text(name, field, alias, keep)
        if field.is_primitive:
            convert = _number if field.is_number else lambda value: value
            return Part(name, {alias: [field.name]}, lambda row, _: keep(convert(row.get(alias))))
        title = self.title_of(field)
        if title is None:
            self.problems.append(f"{name} of {self.type.name} was left out: {field.type} has no name to show.")
            return None
        if field.is_collection:
            return Part(
                name,
                {alias: _collection(field, {"name": [title]})},
                lambda row, _: keep([item.get("name") for item in row.get(alias) or []]),
            )
        return Part(name, {alias: [field.name, title]}, lambda row, _: keep(row.get(alias)))

    # Shared

    def text(self, name: str, field: Field, alias: str, keep: Callable[[str | None], dict[str, Any]]) -> Part:
        """Rich text by its document's secret, or plain text. A document that was never begun is an empty text."""
        if field.type != DOCUMENT:
            return Part(name, {alias: [field.name]}, lambda row, _: keep(row.get(alias) or ""))

        def read(row: Row, texts: Texts) -> dict[str, Any]:
            secret = row.get(alias)
            if secret and secret not in texts:
                raise _Unreadable("Fibery did not send its document.")
            return keep(texts[secret] if secret else "")

        return Part(
            name,
            {alias: [field.name, DOCUMENT_SECRET]},
            read,
            lambda row: [row[alias]] if row.get(alias) else [],
        )

    def first(self, names: Sequence[str], fits: Callable[[Field], bool], of_type: Type | None = None) -> Field | None:
        """The first of the names that is a fitting field of the type (the queried one unless given)."""
        for name in names:
            try:
                field = self.schema.find_field((of_type or self.type).name, name)
            except NoSuchField:
                continue
            except AmbiguousField as problem:
                self.problems.append(str(problem))
                continue
            if fits(field):
                return field
        return None

    def is_database_relation(self, field: Field) -> bool:
        return field.type in self.schema.databases and field.type != USER and not field.is_collection

    def title_of(self, field: Field) -> str | None:
        return self.schema.title_of(field.type)


def _is_full(value: Any) -> bool:
    """Whether a collection is as long as the limit, so that Fibery may have left something out."""
    return isinstance(value, list) and len(value) >= COLLECTION_ROWS_AT_MOST


def _is_number_in(field: Field, unit: str) -> bool:
    """Whether the field is a number that Fibery shows in this unit, or in none."""
    if not field.is_number:
        return False
    shown = str(field.meta.get("ui/number-unit") or "").strip().casefold()
    return not shown or shown in _UNITS[unit]


def _collection(field: Field, select: dict[str, Any]) -> dict[str, Any]:
    return {"q/from": field.name, "q/select": select, "q/limit": COLLECTION_ROWS_AT_MOST}


def _fields_used(expression: Any, own: bool = True) -> Iterator[tuple[str, bool]]:
    """The API fields in a select expression, each with whether it is a field of the queried type itself."""
    if isinstance(expression, list):
        for index, name in enumerate(expression):
            yield name, own and index == 0
    elif "q/from" in expression:
        yield expression["q/from"], own
        yield from _fields_used(expression["q/select"], False)
    else:
        for inner in expression.values():
            yield from _fields_used(inner, own)


def _day(value: Any, zone: tzinfo, back: timedelta | None) -> date:
    """The day of a date ("2025-09-23") or instant ("2025-09-22T12:01:32.155Z"), `back` before it."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _Unreadable(f"{value!r} is not a date.") from None
    moment -= back or timedelta()
    return (moment.astimezone(zone) if moment.tzinfo else moment).date()


def _number(value: Any) -> int | float | None:
    """A number that may have come as text, whole where it is."""
    if value is None:
        return None
    number = _decimal(value)
    return int(number) if number == number.to_integral_value() else float(number)


def _seconds(value: Any, seconds_per_unit: Decimal) -> int | None:
    return None if value is None else int((_decimal(value) * seconds_per_unit).to_integral_value())


def _decimal(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise _Unreadable(f"{value!r} is not a number.")
    return number
