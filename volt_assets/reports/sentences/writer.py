"""Reports' sentences by a model: answers that are not stored are requested, and sentences written from stored ones.

The two steps are apart because nobody else can use the warehouse while it is open: `ask` opens it before and after the
requests, `write` reads what is stored and sends nothing.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from volt_assets.reports.facts.models import IndividualFacts, TeamFacts
from volt_assets.reports.sentences.client import Model, NotAnswered
from volt_assets.reports.sentences.grounding import Place, Refused, grounded
from volt_assets.reports.sentences.menu import Menu, menu_of
from volt_assets.reports.sentences.models import Prose, Sentence
from volt_assets.reports.sentences.prompt import Prompts, Question, again, question
from volt_assets.reports.sentences.templates import template_prose
from volt_assets.settings import ProseMode
from volt_assets.warehouse import Connection, Warehouse, insert_rows, query, read_rows

SIDE_BY_SIDE = 4
# A range of more weeks than these is written by templates, unless the model is requested.
MOST_WEEKS = 2
_MOST_SENTENCES = 3

ReportFacts = IndividualFacts | TeamFacts


def weeks_to_write(weeks: Sequence[date], newest_closed: date, *, automated: bool, requested: bool) -> list[date]:
    """The weeks of a run that a model writes about. `requested`: by --prose; `automated`: nobody waits for the run.

    Of the weeks of automated runs only the newest closed one is read soon; what is still open will be written
    about when it is closed.
    """
    if requested:
        return list(weeks)
    if automated:
        return [week for week in weeks if week == newest_closed]
    return [week for week in weeks if week <= newest_closed] if len(weeks) <= MOST_WEEKS else []


class _OfItem(BaseModel):
    item: str
    sentence: str


class _Written(BaseModel):
    """An answer, in the form of its schema."""

    summary: list[str] = []
    achievements: list[str] = []
    items: list[_OfItem] = []


@dataclass
class Attempt:
    """What came of answers: the sentences that are grounded, by place, and the reasons against the others."""

    mode: ProseMode = "checked"
    summary: list[Sentence] = field(default_factory=list)
    achievements: list[Sentence] = field(default_factory=list)
    done: dict[str, Sentence] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> int:
        return len(self.summary) + len(self.achievements) + len(self.done)


def read_answers(answers: Iterable[str], menu: Menu, mode: ProseMode = "checked") -> Attempt:
    """The grounded sentences of all answers; where two are in one place, the first."""
    attempt = Attempt(mode)
    for answer in answers:
        try:
            written = _Written.model_validate_json(answer)
        except ValidationError:
            attempt.refused[answer[:80]] = "it is not in the form that was requested"
            continue
        _keep(written.summary, menu, "summary", attempt.summary, attempt)
        _keep(written.achievements, menu, "achievements", attempt.achievements, attempt)
        for of_item in written.items:
            item = menu.items.get(of_item.item)
            if item is None or menu.is_team:
                attempt.refused[of_item.sentence] = f"there is no {of_item.item} to write about"
            elif item.key not in attempt.done:
                sentence = _checked(of_item.sentence, menu, "done", of_item.item, attempt)
                if sentence is not None:
                    attempt.done[item.key] = sentence
    return attempt


def _keep(texts: Iterable[str], menu: Menu, place: Place, kept: list[Sentence], attempt: Attempt) -> None:
    """Keep the first few grounded sentences of a place, each once."""
    for text in texts:
        sentence = _checked(text, menu, place, None, attempt)
        if sentence is not None and sentence not in kept and len(kept) < _MOST_SENTENCES:
            kept.append(sentence)


def _checked(text: str, menu: Menu, place: Place, item: str | None, attempt: Attempt) -> Sentence | None:
    try:
        return grounded(text, menu, place, menu.items[item] if item else None, attempt.mode)
    except Refused as reason:
        attempt.refused[text] = str(reason)
        return None


@dataclass
class ModelWriter:
    """Writes the sentences of reports with one model."""

    model: Model
    prompts: Prompts
    mode: ProseMode = "checked"
    _reported: set[str] = field(default_factory=set)

    def ask(
        self,
        warehouse: Warehouse,
        facts: Sequence[ReportFacts],
        mask: Callable[[str], str],
        progress: Callable[[str, int, int | None], None] = lambda what, done, total: None,
    ) -> list[str]:
        """Ask for the sentences of these reports, as far as the answers are not stored, and store them.

        `mask` hides names in what is sent. Nothing is raised where the model does not answer: those reports have none.
        Returns the reasons, for people, that were not returned before.
        """
        questions = {each.key: (each, menu) for each, menu in self._questions(facts, mask) if each is not None}
        with warehouse.get_connection() as connection:
            missing = {key: questions[key] for key in questions.keys() - _stored(connection, questions).keys()}
        reasons: set[str] = set()
        if not missing:
            return []
        rows = asyncio.run(self._converse_all(list(missing.values()), reasons, progress))
        if rows:
            with warehouse.transaction() as connection:
                known = _stored(connection, [row["key"] for row in rows])
                insert_rows(connection, "model_answers", [row for row in rows if row["key"] not in known])
        new = sorted(reasons - self._reported)
        self._reported |= reasons
        return [f"Templates write what the model did not: {reason}." for reason in new]

    def write(
        self, connection: Connection, facts: Sequence[ReportFacts], mask: Callable[[str], str]
    ) -> list[Prose | None]:
        """Each report's sentences, templates' where the model has none; None for a report without an answer."""
        questions = self._questions(facts, mask)
        stored = _stored(connection, [each.key for each, _ in questions if each is not None])
        return [
            self._prose(of, menu, stored[each.key]) if each is not None and each.key in stored else None
            for of, (each, menu) in zip(facts, questions, strict=True)
        ]

    def _questions(
        self, facts: Sequence[ReportFacts], mask: Callable[[str], str]
    ) -> list[tuple[Question | None, Menu]]:
        menus = [menu_of(of) for of in facts]
        name = self.model.access.name
        return [
            (question(of, menu, self.prompts, name, mask, self.mode), menu)
            for of, menu in zip(facts, menus, strict=True)
        ]

    async def _converse_all(
        self,
        questions: Sequence[tuple[Question, Menu]],
        reasons: set[str],
        progress: Callable[[str, int, int | None], None],
    ) -> list[dict[str, Any]]:
        """What is to be stored of the answers, of a few questions at a time."""
        gate, rows = asyncio.Semaphore(SIDE_BY_SIDE), []

        async def converse(question: Question, menu: Menu) -> dict[str, Any] | None:
            async with gate:
                return await self._converse(question, menu, reasons)

        async with self.model, asyncio.TaskGroup() as group:
            conversations = [group.create_task(converse(*each)) for each in questions]
            for done, conversation in enumerate(conversations, start=1):
                row = await conversation
                rows += [row] if row else []
                progress("Reports: model", done, len(questions))
        return rows

    async def _converse(self, first: Question, menu: Menu, reasons: set[str]) -> dict[str, Any] | None:
        """The answer to be stored, and the second one where sentences of the first were refused."""
        answers = []
        tokens, cost, refused = 0, 0.0 if self.model.access.price else None, {}
        following = first
        for _ in range(2):
            try:
                answer = await self.model.ask(following)
            except NotAnswered as reason:
                reasons.add(str(reason))
                break
            answers.append(answer.text)
            tokens += answer.tokens
            cost = None if cost is None or answer.cost_usd is None else cost + answer.cost_usd
            refused = read_answers([answer.text], menu, self.mode).refused
            if not refused:
                break
            following = again(first, answer.text, refused)
        if not answers:
            return None
        return {
            "key": first.key,
            "model": first.model,
            "answers": answers,
            "tokens": tokens,
            "cost_usd": cost,
            "answered_at": datetime.now(UTC).replace(tzinfo=None),
        }

    def _prose(self, facts: ReportFacts, menu: Menu, row: dict[str, Any]) -> Prose:
        attempt, template = read_answers(row["answers"], menu, self.mode), template_prose(facts)
        return Prose(
            # How much, and against which weeks, stands first whoever writes the rest.
            summary=[*template.summary[:1], *attempt.summary] if attempt.summary else template.summary,
            achievements=template.achievements + attempt.achievements,
            done=template.done | attempt.done,
            model=row["model"] if attempt.kept else None,
            tokens=row["tokens"],
            cost_usd=row["cost_usd"],
            dropped=len(attempt.refused),
            mode="worded" if self.mode == "worded" else "checked",
        )


def _stored(connection: Connection, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
    rows = read_rows(connection, query("reports/sentences/sql/answers.sql"), {"keys": list(keys)})
    return {row["key"]: row for row in rows}
