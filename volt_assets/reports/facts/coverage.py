"""What is not covered by the configuration, ready to be mended: types without a key, and labels that fit none."""

from typing import Any

from volt_assets.fibery.configuration import DEFAULT_PRESET
from volt_assets.reports.facts.models import EntityRef, UnknownType
from volt_assets.reports.facts.prepared import PreparedPeriod

_SAMPLES = 3


def unknown_types(prepared: PreparedPeriod) -> list[UnknownType]:
    """The types of the period without a key in the configuration, most used first, with what to paste."""
    return [_unknown_type(row) for row in prepared.rows("unknown_types")]


def _unknown_type(row: dict[str, Any]) -> UnknownType:
    different = {sample["public_id"]: EntityRef(**sample) for sample in row.pop("samples")}
    samples = list(different.values())[:_SAMPLES]
    label = row.pop("label")
    return UnknownType(**row, samples=samples, yaml=_alias(label) if row["no_such_type"] else _activity(row["type"]))


def _activity(type_name: str) -> str:
    """A key for `enrichment_activities`."""
    return f"  {_quoted(type_name)}:\n    activity: {DEFAULT_PRESET}\n    max_concurrent: 5\n    fields: []\n"


def _alias(label: list[str]) -> str:
    """A line for `aliases`; which database it is, only its readers know."""
    tags = " ".join(f"[{tag}]" for tag in label)
    return f"  {_quoted(tags)}: Space/Database  # under aliases, with the database that this label stands for\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
