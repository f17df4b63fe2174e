"""What a model may claim in one report: slots that the facts fill, and the texts it may draw words from.

A slot prints a whole claim ("#417 Fix login (4.25 h)"), so that a figure cannot be put to something else. In the
sentence about one work item, slots are that item's own. A claim whose fact is unknown has no slot.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from volt_assets.formatting import hours, listing, number, plural, printing, short_day
from volt_assets.reports.facts.models import (
    Entity,
    EntityRef,
    Figures,
    IndividualFacts,
    Period,
    Person,
    ProjectTime,
    TeamFacts,
)
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.sentences.models import key_of
from volt_assets.reports.sentences.templates import before_word, days_in_words, period_word, ref

# Most time first. Those beyond have too little of it to be worth a sentence by a model, and templates write about them.
ITEMS, PROJECTS, PEOPLE = 25, 6, 20
_LONGEST_TEXT = 600
# Of a work item's comments, the newest can be quoted, each as far as a line or two have room.
_QUOTES, _LONGEST_QUOTE = 3, 180
_QUOTATION_MARKS = re.compile('[“”"]')
# Markdown of a quotation or a callout.
_FRAME = re.compile(r"^[> ]+|\[//\]: # \([^)]*\)", re.MULTILINE)
# What Fibery writes for a mention of an entity: "[[Berth map#^scrum-feature/berth-map]]".
_MENTION = re.compile(r"\[\[([^\[\]#]*)(?:#[^\[\]]*)?\]\]")

About = Literal["name", "totals", "item", "project", "person"]


@dataclass(frozen=True)
class Slot:
    """A claim, as it will be printed. `subject` distinguishes two items, projects or people.

    `seconds` is the subject's time in the period, by which it can be called the largest. `evidence` as in `Sentence`.
    `quotes`: it prints what somebody wrote.
    """

    about: About
    subject: str
    parts: tuple[str | EntityRef, ...]
    evidence: tuple[str, ...]
    seconds: int | None = None
    quotes: bool = False

    @property
    def text(self) -> str:
        """What it prints, as plain text."""
        return "".join(
            part if isinstance(part, str) else f"#{part.public_id} {part.name or ''}".rstrip() for part in self.parts
        )


@dataclass(frozen=True)
class Item:
    """A work item that sentences may be about. `own` are the slots of the sentence that is about it alone.

    `time` is that spent on it, as printed; `texts` are its kind and what people typed of what is to be done, `comments`
    what they wrote in the period; `sources` are the texts without what they demand, which nobody knows to be so.
    `begun`: it was started within the period; `worked_before`: time was spent on it before the period.
    """

    entity: Entity
    key: str
    time: str
    own: Mapping[str, Slot]
    texts: tuple[str, ...]
    comments: tuple[str, ...]
    sources: tuple[str, ...]
    finished: bool
    begun: bool
    worked_before: bool


@dataclass(frozen=True)
class Menu:
    """All that one report's sentences may claim. `slots` are those of the summary and of the achievements.

    `totals` are how many projects, items and people there are, and how many items were finished; None: unknown.
    `names` are all people's names that the facts hold: no sentence has one but by a slot.
    """

    slots: Mapping[str, Slot]
    items: Mapping[str, Item]
    tracked_seconds: int
    totals: Mapping[str, int | None]
    is_team: bool
    names: frozenset[str] = field(default_factory=frozenset)

    def item_of(self, key: str) -> Item | None:
        return next((item for item in self.items.values() if item.key == key), None)


def menu_of(facts: IndividualFacts | TeamFacts) -> Menu:
    """What can be claimed in the report of these facts."""
    with printing(facts.period.hours):
        return _menu(facts)


def _menu(facts: IndividualFacts | TeamFacts) -> Menu:
    is_team = isinstance(facts, TeamFacts)
    printed = PrintedTimes(facts)
    shown = zip(facts.entities[:ITEMS], printed.items, strict=False)
    items = {
        f"item{index}": _item(entity, f"{number(part)} h", facts, is_team)
        for index, (entity, part) in enumerate(shown, start=1)
    }
    slots: dict[str, Slot] = {}
    if isinstance(facts, IndividualFacts):
        slots["name"] = Slot("name", "name", (facts.name,), ())
    slots |= _totals(facts.figures, facts, printed)
    for name, item in items.items():
        slots |= {f"{name}.{claim}": slot for claim, slot in _claims(item, facts)}
    named = [
        (each, f"{number(part)} h, {share}")
        for each, (part, share) in zip(facts.projects, printed.projects, strict=True)
        if each.project and each.seconds
    ]
    for index, (project, time) in enumerate(named[:PROJECTS], start=1):
        slots[f"project{index}.time"] = _project(project, time)
    if isinstance(facts, TeamFacts):
        slots |= _people(facts.people, printed.people, [project for project, _ in named[:PROJECTS]])
    totals = {
        "project": len(named),
        "item": facts.figures.entities,
        "person": len(facts.with_time) if isinstance(facts, TeamFacts) else 1,
        "finished": facts.figures.finished,
    }
    return Menu(slots, items, facts.figures.tracked_seconds, totals, is_team, frozenset(_names(facts)))


def _totals(figures: Figures, facts: IndividualFacts | TeamFacts, printed: PrintedTimes) -> dict[str, Slot]:
    period, (linked, other) = facts.period, printed.split
    claims = {
        "time": f"{number(linked + other)} h in all",
        "entries": plural(figures.entries, "entry", "entries"),
        "linked": f"{number(linked)} h on linked work items",
        "other": f"{number(other)} h not linked to any work item",
    }
    if figures.entities is not None:
        claims["items"] = plural(figures.entities, "work item")
    if figures.finished:
        claims["finished"] = f"{plural(figures.finished, 'work item')} finished"
    if isinstance(facts, TeamFacts):
        claims["people"] = plural(len(facts.with_time), "person", "people")
    slots = {f"total.{name}": Slot("totals", name, (text,), ("figures",)) for name, text in claims.items()}
    if facts.before.figures is not None:
        than = _than(linked + other, facts.before.figures.tracked_hundredths, f"the {before_word(period)}")
        slots["before.time"] = Slot("totals", "before", (than,), ("figures", "before"))
    if period.one_week and facts.trend.usual_hundredths is not None:
        than = _than(linked + other, facts.trend.usual_hundredths, "the usual week")
        slots["usual.time"] = Slot("totals", "usual", (than,), ("figures", "weeks"))
    return slots


def _than(now: int, then: int, when: str) -> str:
    if now == then:
        return f"as much tracked time as in {when}"
    return f"{number(abs(now - then))} h {'more' if now > then else 'less'} tracked time than in {when}"


def _item(entity: Entity, time: str, facts: IndividualFacts | TeamFacts, is_team: bool) -> Item:
    period, plan, key = facts.period, entity.plan, key_of(entity.type, entity.public_id)
    before = plan.spent_before_seconds if is_team else plan.own_spent_before_seconds
    own = {
        claim: Slot("item", key, (text,), (key,), entity.seconds, claim.startswith("comment"))
        for claim, text in _own_claims(entity, time, period)
    }
    if entity.parents and entity.parents[0].public_id:
        above = entity.parents[0]
        own["parent"] = Slot(
            "item",
            key,
            (
                "part of ",
                EntityRef(type=above.type or "", public_id=above.public_id, name=above.name, url=above.url),
            ),
            (key,),
            entity.seconds,
        )
    return Item(
        entity,
        key,
        time,
        own,
        tuple(_texts([entity.type, entity.name, entity.title, entity.description])),
        tuple(_texts(comment.text for comment in entity.period_comments)),
        tuple(_texts([entity.type, entity.name, entity.title, _DEMANDS.sub("", entity.description or "")])),
        finished=entity.finished,
        begun=entity.actual_start is not None and period.first_day <= entity.actual_start <= period.last_day,
        worked_before=bool(before),
    )


def _quotes(entity: Entity, year: int) -> Iterator[tuple[str, str, str]]:
    """The newest comments of the period: a slot's name, who wrote it when, and what, in quotation marks."""
    newest = [comment for comment in entity.period_comments[::-1] if not _INSTRUCTION.search(comment.text)]
    for index, comment in enumerate(newest[:_QUOTES], start=1):
        text = _QUOTATION_MARKS.sub("'", _MENTION.sub(r"\1", _FRAME.sub("", comment.text)))
        said = textwrap.shorten(text, _LONGEST_QUOTE, placeholder=" …")
        yield f"comment{index}", f"{comment.author or 'somebody'}, {short_day(comment.day, year)}", f"“{said}”"


def _own_claims(entity: Entity, time: str, period: Period) -> Iterator[tuple[str, str]]:
    """What the sentence about an item alone may say, each in words that fit no other figure of it."""
    plan, year = entity.plan, period.last_day.year
    yield "time", f"{time} in the {period_word(period)}"
    yield "entries", plural(entity.entries, "entry", "entries")
    yield "days", f"on {days_in_words(entity.days, period)}"
    yield from _known(entity, year)
    for name, who, said in _quotes(entity, year):
        yield name, f"{said} ({who})"
    if plan.spent_in_all_hundredths is not None:
        least = "at least " if plan.at_least else ""
        yield "spent", f"{least}{number(plan.spent_in_all_hundredths)} h spent by everybody so far"
    if plan.estimate_seconds is not None:
        yield "estimate", f"an estimate of {hours(plan.estimate_seconds)}"


def _known(entity: Entity, year: int) -> Iterator[tuple[str, str]]:
    """Claims that both forms have."""
    plan = entity.plan
    if entity.state:
        yield "state", f"in the state “{entity.state}”"
    if entity.finished and entity.actual_end:
        yield "finished", f"finished on {short_day(entity.actual_end, year)}"
    if plan.over_seconds:
        yield "over", f"{hours(plan.over_seconds)} over the estimate of {hours(plan.estimate_seconds or 0)}"
    if plan.remaining_seconds and not entity.state_final:
        yield "left", f"{hours(plan.remaining_seconds)} left of the estimate of {hours(plan.estimate_seconds or 0)}"
    if entity.planned_end and not entity.finished and not entity.state_final:
        yield "due", f"planned to end on {short_day(entity.planned_end, year)}"
    if entity.days_late:
        late = entity.days_late
        yield "late", f"ended {plural(abs(late), 'day')} {'after' if late > 0 else 'before'} its planned end"
    if entity.days_overdue:
        yield "overdue", f"{plural(entity.days_overdue, 'day')} overdue"


def _claims(item: Item, facts: IndividualFacts | TeamFacts) -> Iterator[tuple[str, Slot]]:
    """What the summary and the achievements may say of an item: its number and name, with the claim in brackets."""

    def slot(text: str, *, quotes: bool = False) -> Slot:
        parts = (ref(item.entity), f" ({text})")
        return Slot("item", item.key, parts, (item.key,), item.entity.seconds, quotes)

    yield "time", slot(item.time)
    named = [part.project for part in item.entity.projects if part.project]
    if named:
        yield "project", slot(f"in {listing(named)}")
    for claim, text in _known(item.entity, facts.period.last_day.year):
        yield claim, slot(text)
    for claim, who, said in _quotes(item.entity, facts.period.last_day.year):
        yield claim, slot(f"{who}: {said}", quotes=True)


def _project(project: ProjectTime, time: str) -> Slot:
    return Slot("project", project.project or "", (f"{project.project} ({time})",), ("projects",), project.seconds)


def _people(
    people: Sequence[Person], printed: Sequence[tuple[int, int]], projects: Sequence[ProjectTime]
) -> dict[str, Slot]:
    slots = {}
    most_first = sorted(zip(people, printed, strict=True), key=lambda each: -each[0].figures.tracked_seconds)
    for index, (person, parts) in enumerate(most_first[:PEOPLE], start=1):
        subject, seconds = str(person.user_id), person.figures.tracked_seconds
        slots[f"person{index}.time"] = Slot(
            "person", subject, (f"{person.name} ({number(sum(parts))} h)",), ("people",), seconds
        )
        times = {each.project: each.hundredths for each in person.projects}
        for number_of, project in enumerate(projects, 1):
            if times.get(project.project):
                claim = f"{person.name} ({number(times[project.project])} h on {project.project})"
                slots[f"person{index}.project{number_of}"] = Slot(
                    "person", subject, (claim,), ("people", "projects"), seconds
                )
    return slots


# Text that speaks to the model instead of about the work. It is neither sent nor a source of words.
_INSTRUCTION = re.compile(
    r"\b(ignore|disregard|forget|override)\b.{0,40}\b(instruction|rule|prompt|above|previous|prior|everything)"
    r"|\b(system|developer)\s+(prompt|message)|\byou\s+(are|must|should|will)\b|\bas\s+an?\s+(ai|assistant)\b"
    r"|\b(respond|reply|answer|output)\s+(only\s+)?with\b|<\|",
    re.IGNORECASE | re.DOTALL,
)


# What a description says will be so once the work is done ("### Done when", "**Expected:** ..."), up to the next
# heading.
_DEMANDS = re.compile(
    r"^[#>*\s-]*(done when|expected|acceptance|definition of done|criteria|requirements?)\b.*?(?=^\s*(?:#|\*\*)|\Z)",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)


def _texts(typed: Iterable[str | None]) -> Iterator[str]:
    """What people typed, shortened, each text once."""
    kept = dict.fromkeys(text.strip()[:_LONGEST_TEXT] for text in typed if text and text.strip())
    yield from (text for text in kept if not _INSTRUCTION.search(text))


def _names(facts: IndividualFacts | TeamFacts) -> Iterator[str]:
    if isinstance(facts, TeamFacts):
        yield from (person.name for person in facts.people)
    else:
        yield facts.name
    for entity in facts.entities:
        yield from (person.name for person in entity.assignees or [] if person.name)
        yield from (comment.author for comment in entity.period_comments if comment.author)
