"""What the tests of the Fibery side share: configurations from text, and schemas as Fibery's API prints them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from volt_assets.fibery.configuration import EnrichmentConfig, load_enrichment_config
from volt_assets.fibery.schema import Schema

CONFIG_FILE = Path(__file__).parents[2] / "config" / "enrichment_config.yaml"


@pytest.fixture
def configured(tmp_path: Path) -> Callable[[str], EnrichmentConfig]:
    """Load a configuration from text."""

    def load(text: str) -> EnrichmentConfig:
        file = tmp_path / "enrichment_config.yaml"
        file.write_text(text, encoding="utf-8")
        return load_enrichment_config(file)

    return load


@pytest.fixture(scope="session")
def own_config() -> EnrichmentConfig:
    """The configuration that comes with Volt."""
    return load_enrichment_config(CONFIG_FILE)


def field(name: str, kind: str = "fibery/text", *, deleted: bool = False, **meta: Any) -> dict[str, Any]:
    """A field as the schema prints it. Meta keys are written `ui_title`, `fibery_collection`, `ui_number_unit`."""
    known = {
        "title": ("ui/title?", True),
        "collection": ("fibery/collection?", True),
        "unit": ("ui/number-unit", meta.get("unit")),
    }
    return {
        "fibery/name": name,
        "fibery/type": kind,
        "fibery/id": f"id of {name}",
        "fibery/deleted?": deleted,
        "fibery/meta": dict(known[key] for key in meta),
    }


def toggl_formula(space: str, constant: str) -> dict[str, Any]:
    """The formula field that writes descriptions, with the tags that somebody typed into it."""
    formula = field(f"{space}/Toggl")
    formula["fibery/meta"] = {
        "formula/formula?": True,
        "fibery/readonly?": True,
        "formula/formula": {
            "expression": ["q/concat", ["q/concat", ["name-id"], "$formulaParam1"], "$formulaParam2"],
            "params": {
                "$formulaParam1": " #",
                "$formulaParam2": constant,
                "$formulaParam3": " [",
                "$formulaParam4": "]",
            },
        },
    }
    return formula


def database(name: str, *fields: dict[str, Any], toggl: str | None = None, deleted: bool = False) -> dict[str, Any]:
    """A database as the schema prints it; `toggl` is the text of its formula, of which the tags are typed by hand."""
    space = name.partition("/")[0]
    common = [field("fibery/id", "fibery/uuid"), field("fibery/public-id"), field(f"{space}/Name", title=True)]
    return {
        "fibery/name": name,
        "fibery/id": f"id of {name}",
        "fibery/deleted?": deleted,
        "fibery/meta": {"fibery/domain?": True},
        "fibery/fields": [*common, *fields, *([toggl_formula(space, toggl)] if toggl else [])],
    }


def schema_of(*types: dict[str, Any]) -> Schema:
    return Schema.from_api({"fibery/types": list(types)})
