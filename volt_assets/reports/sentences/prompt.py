"""What a model is sent for one report, and the form that its answer must have.

The instructions are files (`config/prompts/`): `report.md` for all, `individual.md` or `team.md`, `worded.md` where the
words are the model's own (VOLT_PROSE), and for each kind of work item `entities/<space>_<database>.md`, else
`entities/default.md`. Facts and texts are sent as JSON, as data.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from volt_assets.errors import BadInput
from volt_assets.reports.facts.models import IndividualFacts, TeamFacts
from volt_assets.reports.sentences.menu import Item, Menu
from volt_assets.settings import ProseMode

Message = Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """All that decides an answer: `key` is a hash of it. `schema` is the answer's JSON schema."""

    model: str
    messages: tuple[Message, ...]
    schema: Mapping[str, Any]
    mode: ProseMode = "checked"

    @cached_property
    def key(self) -> str:
        content = [self.model, list(self.messages), self.schema, *([self.mode] if self.mode != "checked" else [])]
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Prompts:
    """The prompt files of the first of the folders that has each. Raises BadInput where one cannot be read."""

    folders: Sequence[Path]

    def read(self, name: str) -> str | None:
        for folder in self.folders:
            file = folder / name
            if file.is_file():
                try:
                    return file.read_text(encoding="utf-8").strip()
                except (OSError, UnicodeDecodeError) as error:
                    raise BadInput(f"The prompt {file} cannot be read: {error}.", code="bad_prompt") from None
        return None

    def of_kind(self, kind: str) -> str:
        """What to say of items of a kind ("Scrum/Sub-bug": `entities/scrum_sub_bug.md`)."""
        name = re.sub(r"[^a-z0-9]+", "_", kind.casefold()).strip("_")
        return self.read(f"entities/{name}.md") or self.read("entities/default.md") or ""


def question(
    facts: IndividualFacts | TeamFacts,
    menu: Menu,
    prompts: Prompts,
    model: str,
    mask: Callable[[str], str] = lambda text: text,
    mode: ProseMode = "checked",
) -> Question | None:
    """What to ask for the sentences of one report; None where there is nothing to say. `mask` hides names in texts."""
    if not facts.figures.entries or not menu.items:
        return None
    of_items = {} if menu.is_team else menu.items
    wanted = ["summary", *(["achievements"] if facts.figures.finished else []), *(["items"] if of_items else [])]
    instructions = [prompts.read("report.md"), prompts.read("team.md" if menu.is_team else "individual.md")]
    kinds = sorted({item.entity.type for item in of_items.values()})
    instructions += [prompts.read("worded.md")] if mode == "worded" else []
    instructions += [f"Of items of the kind {kind}: {prompts.of_kind(kind)}" for kind in kinds]
    data = {
        "period": f"{facts.period.first_day} to {facts.period.last_day}",
        "slots": {name: "the person's name" if name == "name" else slot.text for name, slot in menu.slots.items()},
        "items": {name: _as_data(item, of_items) for name, item in menu.items.items()},
        "write": {part: list(of_items) if part == "items" else True for part in wanted},
    }
    system = "\n\n".join(part for part in instructions if part)
    return Question(
        model,
        (
            {"role": "system", "content": system},
            {"role": "user", "content": json.dumps(_masked(data, mask), ensure_ascii=False)},
        ),
        _schema(wanted, list(of_items)),
        mode,
    )


def again(first: Question, answer: str, refused: Mapping[str, str]) -> Question:
    """The second attempt: the sentences that were refused, with the reasons."""
    reasons = "\n".join(f"- {sentence} ({reason})" for sentence, reason in refused.items())
    messages = (
        {"role": "assistant", "content": answer},
        {
            "role": "user",
            "content": "These sentences cannot be used, for the reasons in brackets. Answer in the same form with "
            f"others in their place, and with nothing for the rest.\n{reasons}",
        },
    )
    return Question(first.model, first.messages + messages, first.schema, first.mode)


def _as_data(item: Item, of_items: Mapping[str, Item]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "kind": item.entity.type,
        "texts": list(item.texts[1:]),
        "comments of the period": list(item.comments),
    }
    marks = {"finished": item.finished, "started": item.begun, "worked on before": item.worked_before}
    data["marks"] = [mark for mark, is_so in marks.items() if is_so]
    if of_items:
        data["slots"] = {name: slot.text for name, slot in item.own.items()}
    return data


def _masked(value: Any, mask: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {key: _masked(part, mask) for key, part in value.items()}
    if isinstance(value, list):
        return [_masked(part, mask) for part in value]
    return mask(value) if isinstance(value, str) else value


def _schema(wanted: Sequence[str], items: Sequence[str]) -> dict[str, Any]:
    sentences = {"type": "array", "items": {"type": "string"}}
    of_item = {
        "type": "object",
        "properties": {"item": {"type": "string", "enum": list(items)}, "sentence": {"type": "string"}},
        "required": ["item", "sentence"],
        "additionalProperties": False,
    }
    properties = {part: {"type": "array", "items": of_item} if part == "items" else sentences for part in wanted}
    return {
        "type": "object",
        "properties": properties,
        "required": list(wanted),
        "additionalProperties": False,
    }
