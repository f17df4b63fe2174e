"""A work item in words: its name, its state, what is known of it, and its plan."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from volt_assets.formatting import hours, listing, number, plural, rounded, share, short_day
from volt_assets.reports.facts.models import Entity, EntityRef, Parent, Period, Plan
from volt_assets.reports.sentences.models import Prose, key_of
from volt_assets.reports.sentences.templates import period_word
from volt_assets.reports.view import words
from volt_assets.reports.view.blocks import EntityName, Line, PlanBar, PlanShown, Soft, Span, Strong

# An item with less than a twentieth of the time, and within its estimate, is shown among the smaller ones.
_IN_FULL_SHARE = 20
_LONGEST_VALUE = 200
_EMPHASIS = re.compile(r"\*\*|__|`+")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


def anchor(kind: str, public_id: str) -> str:
    """The anchor of an entity's place in a report."""
    return "e-" + "".join(sign if sign.isalnum() and sign.isascii() else "-" for sign in f"{kind}-{public_id}")


def anchor_of(entity: Entity) -> str:
    return anchor(entity.type, entity.public_id)


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


def project_names(entity: Entity) -> str:
    """The projects of an item's time; where there are several, with their hours."""
    if len(entity.projects) == 1:
        return entity.projects[0].project or "no project"
    return ", ".join(f"{each.project or 'no project'} {number(each.hundredths)} h" for each in entity.projects)


def done(entity: Entity, prose: Prose) -> Line:
    """What was done on it, in a sentence."""
    sentence = prose.done.get(key_of(entity.type, entity.public_id))
    if sentence is None:
        return ()
    return tuple(part if isinstance(part, str) else reference(part) for part in sentence.parts)


def excerpt(description: str | None) -> str:
    """The first line of a description that is no heading, without Markdown's marks."""
    plain = _LINK.sub(r"\1", _EMPHASIS.sub("", description or ""))
    lines = [line.strip() for line in plain.splitlines() if line.strip(" \t#>*-")]
    first = next((line for line in lines if not line.startswith("#")), lines[0] if lines else "")
    return text_of(first.lstrip("#>*- "))


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


def details(entity: Entity, period: Period) -> tuple[tuple[str, Line], ...]:
    """What is known of an item, as pairs of a label and a value; what is unknown has none."""
    singular = {"assignees": "assignee"}
    names = [person.name or person.email or "" for person in entity.assignees or []]
    pairs: list[tuple[str, Line]] = [
        ("Dates", (_dates(entity, period),)),
        ("Assigned to", (listing([name for name in names if name]),)),
        *((name, (text_of(content),)) for name, content in entity.fields.items()),
        ("Comments", (str(entity.comments or ""),)),
        ("Missing in Fibery", (listing([f"no {singular.get(what, what)}" for what in entity.missing]),)),
        ("Part of", _chain(entity.parents)),
    ]
    return tuple((label, line) for label, line in pairs if any(line))


def _dates(entity: Entity, period: Period) -> str:
    year = period.last_day.year
    planned = words.days(entity.planned_start, entity.planned_end, year)
    actual = words.days(entity.actual_start, entity.actual_end, year)
    parts = ([f"planned {planned}"] if planned else []) + ([f"actual {actual}"] if actual else [])
    if not parts:
        return ""
    late = ""
    if entity.days_late is not None:
        days = plural(abs(entity.days_late), "day")
        late = (
            f": {days} late" if entity.days_late > 0 else f": {days} early" if entity.days_late < 0 else ": on the day"
        )
    elif entity.days_overdue:
        late = f": overdue by {plural(entity.days_overdue, 'day')} on {short_day(period.last_day, year)}"
    return ", ".join(parts) + late


def short(value: date, period: Period) -> str:
    """A day, with its year where it is not that of the period."""
    return short_day(value, period.last_day.year)


def parent_name(parent: Parent) -> EntityName:
    return EntityName(parent.public_id, parent.name or "", parent.url)


def _chain(parents: Sequence[Parent]) -> Line:
    """What the item is part of, nearest first, each with what is known of it."""
    line: list[Span] = []
    for parent in parents:
        known = [parent.state] if parent.state else []
        if parent.items is not None:
            done_of = "" if parent.items_done is None else f"{parent.items_done} of "
            known.append(f"{done_of}{plural(parent.items, 'item')}{' done' if done_of else ''}")
        if parent.seconds_in_all is not None:
            known.append(f"{bare(parent.hundredths_in_all)} h in all")
        line += [" › "] if line else []
        line += [f"{parent.type} "] if parent.type else []
        line += [parent_name(parent), *([f" ({', '.join(known)})"] if known else [])]
    return tuple(line)


def in_full(entity: Entity, tracked_seconds: int) -> bool:
    """Whether a person's report shows all that is known of the item."""
    return entity.seconds * _IN_FULL_SHARE >= tracked_seconds or entity.plan.over_hundredths > 0


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


def plan_shown(plan: Plan, period: Period) -> PlanShown | None:
    """Plan against actual; None where there is neither an estimate nor time before the period."""
    if plan.estimate_seconds is None and not plan.spent_before_seconds:
        return None
    before, now = plan.spent_before_hundredths, plan.spent_hundredths
    if plan.spent_in_all_seconds is None or before is None or now is None:
        return PlanShown(
            f"{hours(plan.estimate_seconds or 0)} estimated", "", False, "what everybody has spent is unknown", None
        )
    least = "at least " if period.weeks_missing else ""
    parts = [f"before {number(before)}", f"this {period_word(period)} {number(now)}"]
    if plan.estimate_seconds:
        parts.append(f"{share(plan.spent_in_all_seconds, plan.estimate_seconds)} used")
    if plan.own_spent_in_all_seconds not in (None, plan.spent_in_all_seconds):
        parts.append(f"own {bare(plan.own_spent_in_all_hundredths)}")
    head = f"{least}{number(before + now)} h in all, no estimate"
    if plan.estimate_seconds is not None:
        head = f"{least}{number(before + now)} of {hours(plan.estimate_seconds)} estimated"
    return PlanShown(head, left_or_over(plan), bool(plan.over_hundredths), " · ".join(parts), plan_bar(plan))
