"""A work item in words: its name, its state, what is known of it, and its plan."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from volt_assets.formatting import number, plural, rounded, short_day
from volt_assets.reports.facts.models import Entity, EntityRef, OpenItem, Parent, Period, Plan
from volt_assets.reports.sentences.models import Prose, key_of
from volt_assets.reports.view import words
from volt_assets.reports.view.blocks import EntityName, Line, PlanBar, Soft, Strong

_LONGEST_VALUE = 200


def anchor(kind: str, public_id: str) -> str:
    """The anchor of an entity's place in a report."""
    return "e-" + "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in f"{kind}-{public_id}")


def anchor_of(entity: Entity) -> str:
    return anchor(entity.type, entity.public_id)


def kind_of(type_name: str | None) -> str:
    """The type without its space: "Bug" of "Scrum/Bug"; empty where it is unknown."""
    return (type_name or "").partition("/")[2] or (type_name or "")


def name_of(entity: Entity) -> EntityName:
    """Its name, with a mark where it was finished in the period."""
    return EntityName(entity.public_id, entity.name or entity.title or "", entity.url, finished=entity.finished)


def reference(to: EntityRef) -> EntityName:
    """Its name within a sentence: without the full stop that it may end in."""
    return EntityName(to.public_id, (to.name or "").rstrip(" ."), to.url)


def state(entity: Entity, period: Period) -> str:
    """The state in Fibery and when it was finished, or how the lookup ended instead."""
    if entity.outcome != "found":
        return words.OUTCOMES[entity.outcome]
    named = entity.state or "state unknown"
    ended = short_day(entity.actual_end, period.last_day.year) if entity.actual_end else ""
    if entity.finished:
        return f"{named}, finished {ended}"
    if entity.closed_date_unknown:
        return f"{named} (closed, date unknown)"
    if entity.state_final and ended:
        return f"{named}, closed {ended}"
    return named


def state_then(item: OpenItem, period: Period) -> str:
    """The state of something open at the period's end; of what was closed since and has no history, since when."""
    named = item.state or "state unknown"
    return named if item.closed_on is None else f"{named} since {short(item.closed_on, period)}"


def project_names(entity: Entity) -> str:
    """The projects of an item's time; where there are several, with their hours."""
    if len(entity.projects) == 1:
        return entity.projects[0].project or "no project"
    return ", ".join(f"{each.project or 'no project'} {number(each.hundredths)} h" for each in entity.projects)


def done(entity: Entity, prose: Prose) -> Line:
    """What was done on it, in a model's sentence: a template's says no more than the row it would stand in."""
    sentence = prose.done.get(key_of(entity.type, entity.public_id))
    if sentence is None or sentence.by == "template":
        return ()
    return tuple(part if isinstance(part, str) else reference(part) for part in sentence.parts)


def text_of(content: Any) -> str:
    """A field's value on one line; empty where there is none."""
    if content is None:
        return ""
    if isinstance(content, bool):
        return "yes" if content else "no"
    if isinstance(content, Mapping):
        return ", ".join(f"{key} {text_of(part)}" for key, part in content.items() if text_of(part))
    if isinstance(content, Sequence) and not isinstance(content, str):
        return ", ".join(part for part in map(text_of, content) if part)
    line = " ".join(str(content).split())
    return line if len(line) <= _LONGEST_VALUE else line[:_LONGEST_VALUE].rsplit(" ", 1)[0] + " …"


def fields_of(entity: Entity) -> str:
    """The fields that the configuration asks for, with their values, and what is missing in Fibery of the rest."""
    known = [f"{name}: {text}" for name, content in entity.fields.items() if (text := text_of(content))]
    singular = {"assignees": "assignee"}
    return ", ".join([*known, *(f"no {singular.get(what, what)} in Fibery" for what in entity.missing)])


def part_of(entity: Entity) -> Line:
    """What it is part of, one level up."""
    return ("part of ", parent_name(entity.parents[0])) if entity.parents else ()


def short(value: date, period: Period) -> str:
    """A day, with its year where it is not that of the period."""
    return short_day(value, period.last_day.year)


def parent_name(parent: Parent) -> EntityName:
    return EntityName(parent.public_id, parent.name or "", parent.url)


def in_all(plan: Plan) -> str:
    """Everybody's hours on something up to the period's end, without their unit."""
    least = "at least " if plan.at_least and plan.spent_in_all_hundredths is not None else ""
    return f"{least}{bare(plan.spent_in_all_hundredths)}"


def since(period: Period) -> str:
    """From when on time is known, to follow what is said of it: " since 7 Sep, 2 weeks missing"."""
    if period.stored_since is None:
        return ""
    missing = f", {plural(period.weeks_missing, 'week')} missing" if period.weeks_missing else ""
    return f" since {short(period.stored_since, period)}{missing}"


def bare(hundredths: int | None) -> str:
    """Hours without their unit, or that they are unknown."""
    return "unknown" if hundredths is None else number(hundredths)


def left_or_over(plan: Plan) -> str:
    """ "18.67 left", "2.57 over"; empty without an estimate or where what was spent is unknown."""
    if plan.estimate_seconds is None or plan.spent_in_all_hundredths is None:
        return ""
    apart = abs(plan.spent_in_all_hundredths - rounded(plan.estimate_seconds))
    return f"{number(apart)} {'over' if plan.over_hundredths else 'left'}"


def apart(plan: Plan, unknown: str) -> Line:
    """What is left or over, as a table's cell: what is over stands out."""
    shown = left_or_over(plan) or unknown
    return (Strong(shown),) if plan.over_hundredths else (Soft(shown),)


def plan_bar(plan: Plan) -> PlanBar | None:
    """What a plan's bar shows; None without an estimate or where what was spent is unknown."""
    if not plan.estimate_seconds or plan.spent_in_all_seconds is None:
        return None
    return PlanBar(plan.estimate_seconds, plan.spent_before_seconds or 0, plan.spent_seconds or 0)
