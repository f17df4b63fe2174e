"""The empty Fibery workspace of the generated company, as `databases.yaml` describes it.

It is shaped like a real workspace, with all its traps. Titles are `name` here and `Name` there; the tags of the Toggl
formula are typed by hand and do not always fit the names; some types have no assignees, comments or state; there are
lookups, a text field whose name ends in a space, an emoji in a name, two fields that differ by case only, and fields
that were deleted. Tasks and bugs have the fields that Volt's own configuration reads.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from volt_assets.sandbox.company import FiberyWorkspace
from volt_assets.sandbox.company.databases import Database
from volt_assets.sandbox.company.platform import new_workspace

Step = str | dict[str, Any]

_UNITS: dict[str, dict[str, Any]] = {
    "h": {"ui/number-format": "Number", "ui/number-precision": 1, "ui/number-unit": "h"},
    "week": {"ui/number-unit": "week"},
    "Point": {"ui/number-unit": "Point"},
}


def tidewater() -> tuple[FiberyWorkspace, dict[str, Database]]:
    """The empty workspace, and its databases by name."""
    described = yaml.safe_load((Path(__file__).parent / "databases.yaml").read_text(encoding="utf-8"))
    workspace = new_workspace("tidewater")
    databases: dict[str, Database] = {}
    for each in described["databases"]:
        database = Database(workspace, each["name"], title=each["title"], color=each["color"])
        databases[database.name] = database
        for step in _expanded(each["steps"], described["shared steps"]):
            _apply(step, database, databases, described["states"])
    return workspace, databases


def _expanded(steps: list[Step], shared: dict[str, list[Step]]) -> Iterator[Step]:
    for step in steps:
        match step:
            case {"all of": name}:
                yield from shared[name]
            case _:
                yield step


def _apply(step: Step, database: Database, databases: dict[str, Database], states: dict[str, dict[str, str]]) -> None:
    if isinstance(step, str):
        {"assignees": database.assignees, "comments": database.comments, "views": database.views}[step]()
    else:
        _add(step, database, databases, states)


def _add(
    step: dict[str, Any], database: Database, databases: dict[str, Database], states: dict[str, dict[str, str]]
) -> None:
    plural = database.name.split("/")[1] + "s"
    match step:
        case {"workflow": str(name)}:
            database.workflow(states[name])
        case {"workflow": own_states}:
            database.workflow(own_states)
        case {"field": name, "type": field_type, "unit": unit}:
            database.field(name, field_type, **_UNITS[unit])
        case {"field": name, "type": field_type}:
            database.field(name, field_type)
        case {"rich_text": name}:
            database.rich_text(name)
        case {"select": name, "options": options}:
            database.select(name, options)
        case {"relation": name, "to": target, "back": back}:
            database.relation(name, databases[target], back=back.format(plural=plural))
        case {"many": name, "to": target, "back": back}:
            database.many(name, databases[target], back=back)
        case {"lookup": name, "path": path, "type": field_type}:
            database.lookup(name, path, field_type, collection=step.get("collection", False))
        case {"text_formula": name, "path": path, "otherwise": otherwise}:
            database.text_formula(name, path, otherwise=otherwise)
        case {"toggl": constant, "project": path}:
            database.toggl(constant, path)
        case {"toggl": constant}:
            database.toggl(constant, [f"{database.space}/Project", "Project management/name"])
        case {"delete field": name}:
            database.workspace.delete_field(database.name, f"{database.space}/{name}")
        case _:
            raise ValueError(f"{database.name} has an unknown step: {step}")
