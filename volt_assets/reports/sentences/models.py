"""Sentences of a report: what they consist of. Whoever wrote them (templates or a model), what prints them is the same.

A sentence holds no Markdown and no HTML: it is plain text and references, and each names the entities it rests on.
"""

from typing import Any, Literal

from volt_assets.reports.facts.models import EntityRef, Facts
from volt_assets.settings import ProseMode


class Sentence(Facts):
    """One sentence. `parts` are plain text, spaces included, and references to entities, printed as `#id name`, linked.

    `evidence` are the keys (`key_of`) of the entities that support it, or of whole sections: "figures", "before",
    "projects", "people", "finished". `by`: who wrote it.
    """

    parts: list[str | EntityRef]
    evidence: list[str] = []
    by: Literal["template", "model"] = "template"


class Prose(Facts):
    """The sentences of one report. `done` holds what was done on an entity, by its key.

    `model` is None where no model was asked or none of its sentences was kept; tokens and money are what writing them
    took, whenever that was. `cost_usd` is None where the price is not known. `dropped` counts sentences of the model
    that did not match the facts. `mode`: how it was checked (VOLT_PROSE).
    """

    summary: list[Sentence] = []
    achievements: list[Sentence] = []
    done: dict[str, Sentence] = {}
    model: str | None = None
    tokens: int = 0
    cost_usd: float | None = None
    dropped: int = 0
    mode: Literal["checked", "worded"] = "checked"

    def may_stand(self, mode: ProseMode) -> bool:
        """Whether VOLT_PROSE allows these sentences: templates' always, a model's as far as they were checked."""
        return self.model is None or mode == "worded" or self.mode == mode

    @property
    def sentences(self) -> dict[str, Any]:
        """What is printed of it: not how it was come by."""
        whose = {"words_by": self.model} if self.model and self.mode == "worded" else {}
        return self.model_dump(include={"summary", "achievements", "done"}) | whose


def key_of(kind: str, public_id: str) -> str:
    """The key of an entity: "Scrum/Bug#417"."""
    return f"{kind}#{public_id}"
