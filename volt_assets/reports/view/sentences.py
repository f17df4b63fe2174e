"""A report's sentences as lines, with what each rests on and the footnotes that say it in print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from volt_assets.formatting import number
from volt_assets.reports.facts.models import Entity
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.report import Report
from volt_assets.reports.sentences.models import Sentence, key_of
from volt_assets.reports.view.blocks import Evidence, Line, Span
from volt_assets.reports.view.entities import anchor_of, reference

# What a sentence may rest on besides work items: anchors of sections, and what they are called.
_SECTIONS = {
    "figures": "the figures of the entries",
    "before": "the figures of the period before",
    "weeks": "the eight weeks before",
    "projects": "the time by project",
    "people": "the time by person",
    "finished": "the list of what was finished",
}
_MARKED_ITEMS = 4


@dataclass(frozen=True)
class Sentences:
    """The sentences of one report, and its printed times."""

    report: Report
    times: PrintedTimes

    @property
    def summary(self) -> Line:
        return self._line(self.report.prose.summary)

    @property
    def achievements(self) -> Line:
        return self._line(self.report.prose.achievements)

    @cached_property
    def footnotes(self) -> tuple[str, ...]:
        """What the sentences rest on, each once."""
        prose = self.report.prose
        texts = (self._evidence(sentence) for sentence in (*prose.summary, *prose.achievements))
        return tuple(dict.fromkeys(text for text in texts if text))

    @cached_property
    def _known(self) -> Mapping[str, Entity]:
        return {key_of(entity.type, entity.public_id): entity for entity in self.report.facts.entities}

    def _line(self, sentences: Sequence[Sentence]) -> Line:
        spans: list[Span] = []
        for sentence in sentences:
            spans += [" "] if spans else []
            spans += [part if isinstance(part, str) else reference(part) for part in sentence.parts]
            if text := self._evidence(sentence):
                items = [key for key in sentence.evidence if key in self._known]
                marks = " ".join(self._known[key].public_id for key in items) if items else ""
                to = anchor_of(self._known[items[0]]) if items else sentence.evidence[0]
                number = self.footnotes.index(text) + 1
                spans.append(Evidence(text, marks if 0 < len(items) <= _MARKED_ITEMS else "↓", to, number))
        return tuple(spans)

    def _evidence(self, sentence: Sentence) -> str:
        parts = []
        for key in sentence.evidence:
            entity = self._known.get(key)
            if entity is not None:
                printed = number(self.times.by_item[entity.type, entity.public_id])
                parts.append(" ".join(f"{key} {entity.name or entity.title or ''} ({printed} h)".split()))
            elif key in _SECTIONS:
                parts.append(_SECTIONS[key])
        if not parts:
            return ""
        wrote = "A model wrote this; it rests on" if sentence.by == "model" else "Rests on"
        return f"{wrote} {'; '.join(parts)}"
