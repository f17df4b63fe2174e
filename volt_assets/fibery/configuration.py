"""`enrichment_config.yaml`, read and checked: what is requested of each type, and the labels that are not names.

The file's own comments explain it to its users. Nothing here knows Fibery's schema: whether a type has a field is found
out by `entity_query.py`. Every error names the file, the line, the key and the nearest right word.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from volt_assets.errors import BadInput
from volt_assets.yaml_file import ConfigSection, Where, YamlFile, file_text, listed, nearest

DEFAULT_KEY = "default"
DEFAULT_PRESET = "default_enrich_entity"
GUIDE_PRESETS = (DEFAULT_PRESET, "enrich_scrum_task", "enrich_scrum_bug", "enrich_product_feature")

_HOURS_PER_UNIT = {"hours": 1.0, "days": 8.0}
_LABEL = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:\[([^\[\]]+)\]\s*)?")

Label = tuple[str, ...]
Unit = Literal["hours", "days", "points"]


def _one_or_many(value: Any) -> Any:
    """A name alone is a list of one, and a key left empty requests nothing."""
    if value is None:
        return []
    return [value] if isinstance(value, str | Mapping) else value


_Name = Annotated[str, StringConstraints(strict=True, strip_whitespace=False, min_length=1)]
Names = Annotated[tuple[_Name, ...], BeforeValidator(_one_or_many)]


class Dates(ConfigSection):
    """Which fields hold the days of a plan and of what happened. A date range serves for a start and for an end."""

    planned_start: Names = ()
    planned_end: Names = ()
    actual_start: Names = ()
    actual_end: Names = ()


class Estimate(ConfigSection):
    """Number fields in one unit."""

    fields: Names
    unit: Unit
    hours_per_unit: Annotated[StrictFloat, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _points_need_hours(self) -> "Estimate":
        if self.unit == "points" and self.hours_per_unit is None:
            raise PydanticCustomError("points", "has the unit points, so it needs hours_per_unit")
        return self

    @property
    def seconds_per_unit(self) -> float:
        return 3600 * (self.hours_per_unit or _HOURS_PER_UNIT[self.unit])


class Preset(ConfigSection):
    """What is requested, under which human names; of several the first that the type has. Empty: not requested."""

    state: Names = ()
    assignees: Names = ()
    dates: Annotated[Dates, BeforeValidator(lambda value: {} if value is None else value)] = Dates()
    parent: Names = ()
    description: Names = ()
    comments: Names = ()
    estimate: Annotated[tuple[Estimate, ...], BeforeValidator(_one_or_many)] = ()


# The guide's presets where the file has no `presets`; and in `fields`, what the names State, Assignees, Dates, Parent,
# Description and Comments mean where the type's preset has nothing for them. A test compares the file that comes with
# Volt.
USUAL = Preset(
    state=["State", "Status"],
    assignees=["Assignees", "Assignee", "Owner"],
    dates={
        "planned_start": [
            "Planned Start",
            "Planned Start Date",
            "Dev Planned Start Date",
            "Start Date",
            "Planned Dates",
            "Dates",
        ],
        "planned_end": [
            "Planned End",
            "Planned End Date",
            "Dev Planned End Date",
            "Planned Release Date",
            "Due Date",
            "Deadline",
            "End Date",
            "Planned Dates",
            "Dates",
        ],
        "actual_start": [
            "Actual Start",
            "Actual Start Date",
            "Dev Actual Start Date",
            "Started On",
            "Started Date",
            "Started At",
            "Actual Dates",
        ],
        "actual_end": [
            "Actual End",
            "Actual End Date",
            "Dev Actual End Date",
            "Actual Release Date",
            "Actual Ready for Dev Date",
            "Completed On",
            "Completed Date",
            "Completion Date",
            "Completed At",
            "Done Date",
            "Actual Dates",
        ],
    },
    parent=["Parent", "Task", "Bug", "User Story", "Story", "Feature", "Epic", "Initiative"],
    description=["Description"],
    comments=["Comments"],
    estimate=[
        {
            "fields": [
                "Estimate Hours",
                "Estimate (h)",
                "Estimated Hours",
                "Estimate",
            ],
            "unit": "hours",
        },
        {
            "fields": [
                "Estimate Days",
                "Estimate (d)",
                "Estimated Days",
                "Original Estimate (Days)",
                "Estimate",
            ],
            "unit": "days",
            "hours_per_unit": 8.0,
        },
    ],
)

_ROLES = {name.casefold(): name for name in Preset.model_fields}


class _Activity(ConfigSection):
    activity: _Name = DEFAULT_PRESET
    max_concurrent: Annotated[StrictInt, Field(ge=1)] = 5
    fields: Names = ()
    history: StrictBool = False


class _File(ConfigSection):
    enrichment_activities: dict[str, _Activity | None] = {}
    aliases: dict[str, Annotated[str, StringConstraints(strict=True)]] = {}
    presets: dict[str, Preset] = {}


@dataclass(frozen=True, slots=True)
class TypeConfig:
    """What is requested of one type, in how many requests at once. `fields` are human names beyond the preset's;
    with `history`, also the states that its items had.
    """

    preset: Preset
    max_concurrent: int
    fields: tuple[str, ...]
    history: bool = False


@dataclass(frozen=True, slots=True)
class EnrichmentConfig:
    """What is requested of each type ("Space/Database"), and of types without a key (`default`; None: nothing).

    `aliases` are the types that labels stand for.
    """

    types: Mapping[str, TypeConfig]
    default: TypeConfig | None
    aliases: Mapping[Label, str]

    def of(self, type_name: str) -> TypeConfig | None:
        """What to request of a type: its own key's or the default's. None where it is not to be fetched."""
        return self.types.get(type_name, self.default)

    def parents_of(self, type_name: str) -> Names:
        """The names of the relations that lead up from a type."""
        config = self.of(type_name)
        return () if config is None else config.preset.parent

    def is_configured(self, type_name: str) -> bool:
        """Whether the type has a key of its own."""
        return type_name in self.types

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what the file makes Volt request: comments, layout, order of keys, pace and unused presets do not
        change it."""
        types = {name: _requested(config) for name, config in self.types.items()}
        return _digest([types, _requested(self.default), self.aliases_fingerprint])

    @property
    def aliases_fingerprint(self) -> str:
        """The part of `fingerprint` that is about what labels mean."""
        return _digest({label_text(label): type_name for label, type_name in self.aliases.items()})

    def fingerprint_of(self, type_name: str) -> str:
        """The part of `fingerprint` that is about one type."""
        # The chain above an entity goes through other types, so what leads up from those counts, too.
        usual = self.parents_of(DEFAULT_KEY)
        others = {name: config.preset.parent for name, config in self.types.items() if config.preset.parent != usual}
        above = [usual, others] if self.parents_of(type_name) else None
        return _digest([self.is_configured(type_name), _requested(self.of(type_name)), above])


def _requested(config: TypeConfig | None) -> list[Any] | None:
    if config is None:
        return None
    return [config.preset.model_dump(), config.fields, *(["history"] if config.history else [])]


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def label_text(label: Sequence[str]) -> str:
    """A label as descriptions have it: "[Scrum] [Release]"."""
    return " ".join(f"[{tag}]" for tag in label)


def load_enrichment_config(path: Path) -> EnrichmentConfig:
    """Read and check the file. What it leaves out has a default. Raises BadInput that lists all its mistakes."""
    try:
        text = file_text(path)
    except FileNotFoundError:
        raise BadInput(
            f"There is no {path}. VOLT_CONFIG names the folder that holds enrichment_config.yaml.", code="bad_config"
        ) from None
    return _Reader(path, text).config()


class _Reader:
    """One reading of the file."""

    def __init__(self, path: Path, text: str):
        self.file = YamlFile(path, text, hint=_label_in_quotes)

    def config(self) -> EnrichmentConfig:
        file = self.file.read(_File, _section)
        presets = dict.fromkeys(GUIDE_PRESETS, USUAL) | file.presets
        types = dict(self._types(file, presets))
        aliases = dict(self._aliases(file))
        self.file.refuse_problems()
        default = types.pop(DEFAULT_KEY) if DEFAULT_KEY in types else _type_config(_Activity(), presets)
        # Only the default can be null.
        configured = {name: config for name, config in types.items() if config is not None}
        return EnrichmentConfig(configured, default, aliases)

    def _types(self, file: _File, presets: Mapping[str, Preset]) -> Iterator[tuple[str, TypeConfig | None]]:
        for name, activity in file.enrichment_activities.items():
            where = ("enrichment_activities", name)
            if name != DEFAULT_KEY and not _is_type_name(name):
                near = nearest(name, [DEFAULT_KEY])
                self.file.add(where, f'is not a type: write it as "Space/Database", or {DEFAULT_KEY}.{near}')
            elif activity is None and name != DEFAULT_KEY:
                self.file.add(where, f"is empty. Only {DEFAULT_KEY} can be null.")
            elif activity is not None and activity.activity not in presets:
                self.file.add(
                    (*where, "activity"),
                    f"{activity.activity!r} is not a preset.{nearest(activity.activity, presets)}"
                    f" Presets: {listed(presets)}.",
                )
            else:
                yield name, None if activity is None else _type_config(activity, presets)

    def _aliases(self, file: _File) -> Iterator[tuple[Label, str]]:
        for text, type_name in file.aliases.items():
            found = _LABEL.fullmatch(text)
            if not found:
                problem = 'is not a label of one or two tags: write it like "[Scrum] [Release]"'
                self.file.add(("aliases", text), problem)
            elif not _is_type_name(type_name):
                self.file.add(("aliases", text), f'{type_name!r} is not a type: write it as "Space/Database"')
            else:
                yield tuple(tag for tag in found.groups() if tag), type_name


def _label_in_quotes(line: str) -> str:
    begins_with_label = line.lstrip().startswith("[")
    return '. A label in brackets stands in quotes: "[Scrum] [Release]"' if begins_with_label else ""


def _type_config(activity: _Activity, presets: Mapping[str, Preset]) -> TypeConfig:
    """The preset, with what `fields` adds to it: State, Assignees, Dates, Parent, Description and Comments."""
    preset = presets[activity.activity]
    fields = dict.fromkeys(activity.fields)
    roles = {name: _ROLES[key] for name in fields if (key := _folded(name)) in _ROLES and key != "estimate"}
    added = {role: getattr(USUAL, role) for role in roles.values() if getattr(preset, role) in ((), Dates())}
    return TypeConfig(
        preset=preset.model_copy(update=added),
        max_concurrent=activity.max_concurrent,
        fields=tuple(name for name in fields if name not in roles),
        history=activity.history,
    )


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _is_type_name(name: str) -> bool:
    space, _, database = name.partition("/")
    return bool(space.strip() and database.strip())


def _section(where: Where) -> type[ConfigSection]:
    """The section that holds the last key of a path."""
    if len(where) == 1:
        return _File
    if where[0] == "enrichment_activities":
        return _Activity
    sections: dict[str | int, type[ConfigSection]] = {"dates": Dates, "estimate": Estimate}
    return sections.get(where[2], Preset) if len(where) > 3 else Preset
