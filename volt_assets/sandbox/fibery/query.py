"""`fibery.entity/query` evaluated over a workspace's entities, with the errors that a wrong query gets.

Compiles a query to closures and runs them; knows nothing of HTTP or of commands. The names of errors that no source
documents are ours: they start with `sandbox/`.
"""

import json
import operator
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from volt_assets.sandbox.company import Entity, EntityType, FiberyWorkspace, Field
from volt_assets.sandbox.company.workspaces import value_of
from volt_assets.sandbox.settings import SandboxSettings

Reader = Callable[[Entity], Any]
Test = Callable[[Entity], bool]

_QUERY_KEYS = {"q/from", "q/select", "q/where", "q/order-by", "q/offset", "q/limit"}
_AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "q/count": len,
    "q/sum": sum,
    "q/avg": lambda values: sum(values) / len(values) if values else None,
    "q/min": lambda values: min(values, default=None),
    "q/max": lambda values: max(values, default=None),
}
_COMPARISONS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
# Relations that the schema shows and queries refuse (views).
_UNREADABLE_TARGETS = {"fibery/view"}
_EQUATABLE = {"fibery/text", "fibery/uuid", "fibery/email", "fibery/url", "fibery/emoji", "fibery/color"}


class QueryError(Exception):
    """One command's failure: `{"success": false, "result": {name, message, data}}`."""

    def __init__(self, name: str, message: str, **data: Any):
        super().__init__(message)
        self.name = name
        self.message = message
        self.data = data


def run_query(workspace: FiberyWorkspace, settings: SandboxSettings, args: Any) -> list[Any]:
    """The rows of one query. `args` is the command's `args`: {query, params}. Raises QueryError."""
    if not isinstance(args, dict) or not isinstance(args.get("query"), dict):
        raise QueryError("sandbox/args-invalid", '"args" must hold "query", and "params" beside it.')
    query, params = args["query"], args.get("params") or {}
    if extra := args.keys() - {"query", "params"}:
        raise QueryError("sandbox/args-invalid", f'"args" holds {sorted(extra)}, which no query takes.')
    if not isinstance(params, dict) or not all(name.startswith("$") for name in params):
        raise QueryError("sandbox/params-invalid", '"params" must be an object whose keys start with "$".')
    try:
        return _Query(workspace, settings, params).rows_of_type(query)
    except QueryError as error:
        error.data |= {"query": query, "params": params, "param-types": {}, "param-collections": None}
        error.data = {"error/schema-version": workspace.version} | error.data
        raise


class _Query:
    def __init__(self, workspace: FiberyWorkspace, settings: SandboxSettings, params: dict[str, Any]):
        self.workspace = workspace
        self.settings = settings
        self.params = params

    # Rows

    def rows_of_type(self, query: dict[str, Any]) -> list[Any]:
        name = query.get("q/from")
        if not isinstance(name, str):
            raise QueryError("entity.error/query-from-expr-not-found", '"q/from" must name a database.')
        entity_type = self.workspace.types.get(name)
        if entity_type is None or entity_type.deleted or entity_type.primitive:
            raise QueryError("entity.error/schema-type-not-found", f'"{name}" database was not found.', type=name)
        if name in self.settings.refused_types:
            self._refuse_unnamed()
        select, arrange = self.compiled(query, entity_type)
        candidates = self._by_public_id(entity_type, query.get("q/where"))
        rows = self.workspace.entities[name] if candidates is None else candidates
        return [select(entity) for entity in arrange(rows)]

    def compiled(
        self, query: dict[str, Any], entity_type: EntityType
    ) -> tuple[Reader, Callable[[Iterable[Entity]], list[Entity]]]:
        """A query's select, and the filtering, ordering and cutting of its rows."""
        if unknown := query.keys() - _QUERY_KEYS:
            raise QueryError("sandbox/query-invalid", f"A query has no {sorted(unknown)}.")
        if "q/limit" not in query:
            raise QueryError("entity.error/query-limit-expr-not-found", '"q/limit" was not found.')
        if "q/select" not in query:
            raise QueryError("entity.error/query-select-expr-not-found", '"q/select" was not found.')
        limit, offset = query["q/limit"], query.get("q/offset", 0)
        if limit != "q/no-limit" and (type(limit) is not int or limit < 0):
            raise QueryError("sandbox/limit-invalid", f'"q/limit" must be a number or "q/no-limit", not {limit!r}.')
        if type(offset) is not int or offset < 0:
            raise QueryError("sandbox/offset-invalid", f'"q/offset" must be a number, not {offset!r}.')
        select = self.select(query["q/select"], entity_type)
        where = self.where(query["q/where"], entity_type) if query.get("q/where") is not None else None
        keys = self.order(query.get("q/order-by"), entity_type)
        end = None if limit == "q/no-limit" else offset + limit

        def arrange(entities: Iterable[Entity]) -> list[Entity]:
            kept = [entity for entity in entities if where is None or where(entity)]
            for key, reverse in reversed(keys):
                kept.sort(key=key, reverse=reverse)
            return kept[offset:end]

        return select, arrange

    def _by_public_id(self, entity_type: EntityType, where: Any) -> list[Entity] | None:
        """The rows with the requested public ids, where the filter is just that; None: look at all. Only for speed."""
        match where:
            case ["q/in", ["fibery/public-id"], str(param)]:
                wanted = self.params.get(param)
            case ["=", ["fibery/public-id"], str(param)]:
                wanted = [self.params.get(param)]
            case _:
                return None
        index = self.workspace.by_public_id(entity_type.name)
        return [index[public_id] for public_id in dict.fromkeys(wanted) if public_id in index] if wanted else []

    # Paths

    def field(self, entity_type: EntityType, name: Any) -> Field:
        if not isinstance(name, str):
            raise QueryError("sandbox/expr-invalid", f"{json.dumps(name)} is not a field.", type=entity_type.name)
        field = entity_type.fields.get(name)
        if field is None or field.deleted or self.workspace.types[field.type].deleted:
            raise QueryError(
                "entity.error/schema-field-not-found",
                f'"{name}" field was not found in "{entity_type.name}" database.',
                type=entity_type.name,
                field=name,
            )
        if name in self.settings.unreadable_fields:
            self._refuse_unnamed()
        if field.type in _UNREADABLE_TARGETS:
            raise QueryError(
                "entity.error/schema-type-field-relation-not-found",
                f'There is no relation for "{entity_type.name}" database "{name}" field.',
                type=entity_type.name,
                field=name,
            )
        return field

    def walk(self, path: Any, entity_type: EntityType) -> list[Field]:
        """The fields along a path; every one but the last must lead to another type."""
        names = [path] if isinstance(path, str) else path
        if not isinstance(names, list) or not names:
            raise QueryError(
                "sandbox/expr-invalid", f"{json.dumps(path)} is not a path of fields.", type=entity_type.name
            )
        fields: list[Field] = []
        for name in names:
            if fields:
                entity_type = self.workspace.types[fields[-1].type]
                if entity_type.primitive:
                    raise QueryError(
                        "entity.error/schema-type-field-relation-not-found",
                        f'There is no relation behind the field "{fields[-1].name}".',
                        field=fields[-1].name,
                    )
            fields.append(self.field(entity_type, name))
        return fields

    def reader(self, field: Field) -> Reader:
        if field.compute:
            return lambda entity: value_of(entity, field, self.settings)
        name = field.name
        return lambda entity: entity.values.get(name)

    def primitive_reader(self, path: Any, entity_type: EntityType) -> Reader:
        """Reads a single primitive value at the end of a path of single relations."""
        fields = self.walk(path, entity_type)
        last = fields[-1]
        if not self.workspace.types[last.type].primitive:
            self._refuse_bare(last)
        for field in fields:
            if field.collection:
                self._refuse_vector(field)
        return self._printed(last, _chain([self.reader(field) for field in fields]))

    def _printed(self, field: Field, read: Reader) -> Reader:
        if field.type == "fibery/decimal" and self.settings.decimals == "string":
            return lambda entity: None if (value := read(entity)) is None else str(value)
        return read

    def _refuse_unnamed(self) -> NoReturn:
        raise QueryError("sandbox/unreadable", "The query cannot be answered.")

    def _refuse_bare(self, field: Field) -> None:
        data: dict[str, Any] = {"field": [field.name]}
        if self.settings.error_field_path == "data.top.field":
            data = {"top": data}
        raise QueryError(
            "entity.error/query-primitive-field-expr-invalid",
            f'"{field.name}" field is not primitive: select fields of it.',
            **data,
        )

    def _refuse_vector(self, field: Field) -> None:
        raise QueryError(
            "entity.error/query-select-collection-field-vector-shape-invalid",
            f'"{field.name}" is a collection: select of it with "q/select" and "q/limit".',
            field=[field.name],
        )

    # Select: a list is the vector dialect, an object the map dialect; each may hold the other.

    def select(self, select: Any, entity_type: EntityType) -> Reader:
        if isinstance(select, dict) and select:
            columns = {alias: self.column(expression, entity_type) for alias, expression in select.items()}
        elif isinstance(select, list) and select:
            columns = {}
            for item in select:
                if isinstance(item, str):
                    columns[item] = self.primitive_reader(item, entity_type)
                elif isinstance(item, dict):
                    for name, expression in item.items():
                        columns[name] = self.vector_column(name, expression, entity_type)
                else:
                    raise QueryError(
                        "entity.error/query-select-expr-invalid", f"{json.dumps(item)} cannot be selected."
                    )
        else:
            raise QueryError("entity.error/query-select-expr-invalid", f"{json.dumps(select)} cannot be selected.")
        pairs = list(columns.items())
        return lambda entity: {alias: read(entity) for alias, read in pairs}

    def column(self, expression: Any, entity_type: EntityType) -> Reader:
        """The map dialect: a field, a path, an aggregate, a sub-query (has `q/select`) or a map of further columns."""
        if isinstance(expression, list) and expression and expression[0] in _AGGREGATES:
            return self.aggregate(expression, entity_type)
        if isinstance(expression, dict):
            if any(str(key).startswith("q/") for key in expression):
                return self.sub_query(expression.get("q/from"), expression, entity_type)
            return self.nested(expression, entity_type)
        return self.primitive_reader(expression, entity_type)

    def nested(self, columns: dict[str, Any], entity_type: EntityType) -> Reader:
        """A map of columns inside a row. Where all its paths go through one relation that is empty: nulls, or null (a
        switch).
        """
        read = self.select(columns, entity_type)
        paths = list(columns.values())
        through_one = all(isinstance(path, list) and len(path) > 1 and path[0] == paths[0][0] for path in paths)
        if self.settings.null_relation == "object" or not through_one:
            return read
        head = self.reader(self.field(entity_type, paths[0][0]))
        return lambda entity: None if head(entity) is None else read(entity)

    def vector_column(self, name: str, expression: Any, entity_type: EntityType) -> Reader:
        if isinstance(expression, list) and expression and expression[0] in _AGGREGATES:
            return self.aggregate(expression, entity_type)
        field = self.field(entity_type, name)
        target = self.workspace.types[field.type]
        if target.primitive:
            raise QueryError(
                "entity.error/schema-type-field-relation-not-found",
                f'There is no relation for "{entity_type.name}" database "{name}" field.',
                field=name,
            )
        if isinstance(expression, dict) and "q/select" in expression:
            if not field.collection:
                return self.single(field, self.select(expression["q/select"], target))
            return self.sub_query(
                name, {key: value for key, value in expression.items() if key != "q/from"}, entity_type
            )
        if field.collection:
            self._refuse_vector(field)
        return self.single(field, self.select(expression, target))

    def single(self, field: Field, read: Reader) -> Reader:
        head = self.reader(field)
        return lambda entity: None if (target := head(entity)) is None else read(target)

    def sub_query(self, source: Any, query: dict[str, Any], entity_type: EntityType) -> Reader:
        if source is None:
            raise QueryError("entity.error/query-from-expr-not-found", 'A sub-query needs "q/from".')
        fields = self.walk(source, entity_type)
        last = fields[-1]
        if not last.collection:
            raise QueryError("sandbox/sub-query-invalid", f'"{last.name}" is not a collection.', field=[last.name])
        for field in fields[:-1]:
            if field.collection:
                self._refuse_vector(field)
        read = _chain([self.reader(field) for field in fields])
        sub_query = {key: value for key, value in query.items() if key != "q/from"}
        select, arrange = self.compiled(sub_query, self.workspace.types[last.type])
        empty = self.settings.empty_collection

        def rows(entity: Entity) -> list[Any] | None:
            entities = read(entity) or []
            if not entities and empty == "null":
                return None
            return [select(item) for item in arrange(entities)]

        return rows

    def aggregate(self, expression: list[Any], entity_type: EntityType) -> Reader:
        if not self.settings.aggregates:
            raise QueryError(
                "entity.error/query-with-permissions-expr-not-supported",
                "Sub query aggregate expressions are not supported.",
            )
        if len(expression) != 2:
            raise QueryError("entity.error/query-select-expr-invalid", f"{json.dumps(expression)} cannot be selected.")
        combine, values = _AGGREGATES[expression[0]], self.all_values(expression[1], entity_type)
        return lambda entity: combine([value for value in values(entity) if value is not None])

    def all_values(self, path: Any, entity_type: EntityType) -> Callable[[Entity], list[Any]]:
        """All primitive values at the end of a path that may go through collections."""
        fields = self.walk(path, entity_type)
        if not self.workspace.types[fields[-1].type].primitive:
            self._refuse_bare(fields[-1])
        readers = [self.reader(field) for field in fields]

        def values(entity: Entity) -> list[Any]:
            found: list[Any] = [entity]
            for read in readers:
                step: list[Any] = []
                for item in found:
                    value = None if item is None else read(item)
                    step.extend(value) if isinstance(value, list) else step.append(value)
                found = step
            return found

        return values

    # Order

    def order(self, order_by: Any, entity_type: EntityType) -> list[tuple[Callable[[Entity], Any], bool]]:
        """Sort keys; by default creation date, then id. Empty values come last in either direction."""
        if order_by is None:
            created = entity_type.fields.get("fibery/creation-date")
            return (
                [(lambda entity: (entity.values.get("fibery/creation-date", ""), entity.values["fibery/id"]), False)]
                if created
                else []
            )
        if not isinstance(order_by, list):
            raise QueryError("sandbox/order-by-invalid", f"{json.dumps(order_by)} is not an order.")
        keys = []
        for item in order_by:
            match item:
                case [path, "q/asc" | "q/desc" as direction]:
                    reverse = direction == "q/desc"
                    keys.append((_sort_key(self.primitive_reader(path, entity_type), reverse), reverse))
                case _:
                    raise QueryError(
                        "sandbox/order-by-invalid", f"{json.dumps(item)} is not [[path], q/asc or q/desc]."
                    )
        return keys

    # Where

    def where(self, expression: Any, entity_type: EntityType) -> Test:
        match expression:
            case ["q/and", *parts] if parts:
                tests = [self.where(part, entity_type) for part in parts]
                return lambda entity: all(test(entity) for test in tests)
            case ["q/or", *parts] if parts:
                tests = [self.where(part, entity_type) for part in parts]
                return lambda entity: any(test(entity) for test in tests)
            case [str(operation), operand, value]:
                return self.comparison(operation, operand, value, entity_type)
        raise QueryError("entity.error/query-where-expr-invalid", f"{json.dumps(expression)} is not a condition.")

    def comparison(self, operation: str, operand: Any, value: Any, entity_type: EntityType) -> Test:
        values, field = self.operand(operand, entity_type)
        wanted = self.param(value)
        if operation in ("q/in", "q/not-in"):
            if not isinstance(wanted, list):
                raise QueryError("sandbox/param-invalid", f'"{value}" of {operation} must be an array.')
            for item in wanted:
                self._check_type(field, item, value)
            allowed = set(wanted)
            if operation == "q/in":
                return lambda entity: any(item in allowed for item in values(entity))
            return lambda entity: not any(item in allowed for item in values(entity))
        self._check_type(field, wanted, value)
        if operation in ("q/contains", "q/not-contains"):
            if not isinstance(wanted, str):
                raise QueryError("sandbox/param-invalid", f'"{value}" of {operation} must be a text.')
            needle, contained = wanted.casefold(), operation == "q/contains"
            return lambda entity: (
                contained == any(needle in str(item).casefold() for item in values(entity) if item is not None)
            )
        compare = _COMPARISONS.get(operation)
        if compare is None:
            raise QueryError("entity.error/query-where-expr-invalid", f'"{operation}" is not an operator.')
        if operation in ("=", "!="):
            return lambda entity: any(compare(item, wanted) for item in values(entity) or [None])
        return lambda entity: any(item is not None and compare(item, wanted) for item in values(entity))

    def operand(self, operand: Any, entity_type: EntityType) -> tuple[Callable[[Entity], list[Any]], Field]:
        match operand:
            case ["q/start" | "q/end" as edge, path]:
                key = edge[2:]
                fields = self.walk(path, entity_type)
                ranges = self.all_values(path, entity_type)
                return lambda entity: [value[key] if value else None for value in ranges(entity)], fields[-1]
            case [*names] if names and all(isinstance(name, str) for name in names):
                return self.all_values(operand, entity_type), self.walk(operand, entity_type)[-1]
        raise QueryError(
            "entity.error/query-where-expr-invalid", f'{json.dumps(operand)} is not a path: ["Space/Field"].'
        )

    def param(self, value: Any) -> Any:
        if not isinstance(value, str) or not value.startswith("$"):
            raise QueryError("sandbox/literal-in-where", f"{json.dumps(value)}: literals are given by $params only.")
        if value not in self.params:
            raise QueryError("sandbox/param-not-found", f'"{value}" was not found in "params".')
        return self.params[value]

    def _check_type(self, field: Field, value: Any, param: Any) -> None:
        """Texts are compared with texts: public ids are texts, so a number never fits."""
        if value is not None and field.type in _EQUATABLE and not isinstance(value, str):
            raise QueryError(
                "sandbox/param-invalid",
                f'"{param}" is compared with "{field.name}", a {field.type}: {value!r} is no text.',
            )


def _chain(readers: list[Reader]) -> Reader:
    if len(readers) == 1:
        return readers[0]

    def read(entity: Entity) -> Any:
        value: Any = entity
        for reader in readers:
            if value is None:
                return None
            value = reader(value)
        return value

    return read


def _sort_key(read: Reader, reverse: bool) -> Callable[[Entity], tuple[bool, Any]]:
    def key(entity: Entity) -> tuple[bool, Any]:
        value = read(entity)
        missing = value is None
        return (missing != reverse, "" if missing else value)

    return key
