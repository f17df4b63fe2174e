"""The sentences of a report, from templates: what it says without a model, and in place of what a model may not say.

Factual, past tense; number, unit, object; no praise and no blame.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from volt_assets.formatting import listing, number, plural, printing, short_day
from volt_assets.reports.facts.models import (
    Before,
    Entity,
    EntityRef,
    Figures,
    IndividualFacts,
    Period,
    ProjectTime,
    TeamFacts,
    Trend,
)
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.sentences.models import Prose, Sentence, key_of

_LARGEST = 2


def template_prose(facts: IndividualFacts | TeamFacts) -> Prose:
    """All sentences that a report of these facts needs."""
    with printing(facts.period.hours):
        return _prose(facts)


def _prose(facts: IndividualFacts | TeamFacts) -> Prose:
    if isinstance(facts, TeamFacts):
        who, done = plural(len(facts.with_time), "person", "people"), {}
    else:
        who, done = facts.name, {_key(entity): _done(entity, facts.period) for entity in facts.entities}
    return Prose(summary=list(_summary(who, facts)), achievements=list(_achievements(facts)), done=done)


def period_word(period: Period) -> str:
    """What the period is called in a sentence: "week", "day", "month", "quarter" or "period"."""
    if period.one_week:
        return "week"
    return "day" if period.days == 1 else period.calendar_name or "period"


def before_word(period: Period) -> str:
    """What the period before is called: "week before", "month before", "10 days before"."""
    return f"{period.days} days before" if period_word(period) == "period" else f"{period_word(period)} before"


def days_in_words(days: Sequence[date], period: Period, weekday: str = "%A") -> str:
    """On which days: "Monday and Thursday", or "5 days, 3 Jan – 9 Dec" where there may be too many to list."""
    if period.days <= 7:
        return listing([f"{day:{weekday}}" for day in days])
    if len(days) == 1:
        return short_day(days[0], period.last_day.year)
    first, last = (short_day(day, period.last_day.year) for day in (days[0], days[-1]))
    return f"{len(days)} days, {first} – {last}"


def _summary(who: str, facts: IndividualFacts | TeamFacts) -> Iterator[Sentence]:
    if not facts.figures.entries:
        yield Sentence(parts=[f"No time is tracked in this {period_word(facts.period)}."], evidence=["figures"])
        return
    printed = PrintedTimes(facts)
    yield _how_much(who, facts.period, facts.figures, facts.before, facts.trend, printed)
    yield from _where(facts.projects, printed)
    yield _largest(facts.entities, printed)


def _how_much(
    who: str, period: Period, figures: Figures, before: Before, trend: Trend, printed: PrintedTimes
) -> Sentence:
    text = f"{who} tracked {number(sum(printed.split))} h in {plural(figures.entries, 'entry', 'entries')}"
    evidence = ["figures"]
    if figures.entities:
        part = f" {number(printed.split[0])} h of it" if figures.other_seconds else ""
        text += f",{part} on {plural(figures.entities, 'work item')}"
    if before.figures is not None:
        evidence.append("before")
        text += f", {_compared(sum(printed.split), before.figures.tracked_hundredths, 'in')} the {before_word(period)}"
    if period.one_week and trend.usual_hundredths is not None:
        evidence.append("weeks")
        joint = " and" if before.figures is not None else ","
        text += f"{joint} {_compared(sum(printed.split), trend.usual_hundredths, 'in')} the usual week"
    return Sentence(parts=[f"{text}."], evidence=evidence)


def _compared(now: int, then: int, where: str) -> str:
    if now == then:
        return f"as much as {where}"
    return f"{number(abs(now - then))} h {'more' if now > then else 'less'} than {where}"


def _where(projects: Sequence[ProjectTime], printed: PrintedTimes) -> Iterator[Sentence]:
    named = [
        (project.project, f"{number(part)} h", share)
        for project, (part, share) in zip(projects, printed.projects, strict=True)
        if project.project is not None and project.seconds
    ]
    if not named:
        return
    if len(projects) == 1:
        text = f"All of it was in {named[0][0]}."
    else:
        name, took, part = named[0]
        text = f"{name} took {part} of the time ({took})"
        more = [f"{name} {part}" for name, _, part in named[1:3]]
        text += f", {listing(more)}." if more else "."
    yield Sentence(parts=[text], evidence=["projects"])


def _largest(entities: Sequence[Entity], printed: PrintedTimes) -> Sentence:
    if not entities:
        return Sentence(parts=["None of it was linked to a work item."], evidence=["figures"])
    largest = entities[:_LARGEST]
    start = "The work item was " if len(entities) == 1 else "They were " if len(entities) == 2 else "The largest were "
    parts: list[str | EntityRef] = [start]
    for number_of, (entity, part) in enumerate(zip(largest, printed.items, strict=False), start=1):
        parts += [ref(entity), f" ({number(part)} h)" + (" and " if number_of < len(largest) else ".")]
    return Sentence(parts=parts, evidence=[_key(entity) for entity in largest])


def _achievements(facts: IndividualFacts | TeamFacts) -> Iterator[Sentence]:
    figures = facts.figures
    if figures.finished is None:
        text = "Which work items were finished is unknown: Fibery was not asked about all of them."
    elif figures.finished:
        text = f"{plural(figures.finished, 'work item')} {'was' if figures.finished == 1 else 'were'} finished."
    elif figures.entities:
        text = f"No work item is known to have been finished in this {period_word(facts.period)}."
    else:
        return
    yield Sentence(parts=[text], evidence=["finished"])


def _done(entity: Entity, period: Period) -> Sentence:
    text = f"{plural(entity.entries, 'entry', 'entries')} on {days_in_words(entity.days, period)}"
    return Sentence(parts=[f"{text}."], evidence=[_key(entity)])


def ref(entity: Entity) -> EntityRef:
    """A reference to an entity, by the name known."""
    return EntityRef(type=entity.type, public_id=entity.public_id, name=entity.name or entity.title, url=entity.url)


def _key(entity: Entity) -> str:
    return key_of(entity.type, entity.public_id)
