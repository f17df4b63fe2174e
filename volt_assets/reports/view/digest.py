"""A week in at most twelve lines, for a message: what the first screen of its report asks somebody to decide.

On a good week they are enough. A group without anything has no line; of a group, three items are named.
"""

from collections.abc import Iterator, Sequence

from volt_assets.formatting import day, listing, number, period, plural, printing, short_day, weekday_and_day
from volt_assets.reports.facts.decisions import Decisions, decisions, short_of, without
from volt_assets.reports.facts.models import IndividualFacts, OpenItem, TeamFacts
from volt_assets.reports.view import expected
from volt_assets.reports.view.blocks import Change, Items, Line, ListItem, Strong, View
from volt_assets.reports.view.entities import reference
from volt_assets.reports.view.people import labels_of
from volt_assets.reports.view.quality import to_fix
from volt_assets.reports.view.words import in_row, joined

_NAMED = 3


def view_of_digest(facts: IndividualFacts | TeamFacts) -> View:
    """The message about a report. Hours are those of the report."""
    with printing(facts.period.hours):
        return _view(facts)


def _view(facts: IndividualFacts | TeamFacts) -> View:
    found = decisions(facts)
    lines = list(_of_team(facts, found) if isinstance(facts, TeamFacts) else _of_person(facts, found))
    days = period(facts.period.first_day, facts.period.last_day)
    who = "Team" if isinstance(facts, TeamFacts) else facts.name
    return View("Digest", days, days, f"{who}: {days}", (), None, (Items(tuple(lines)),))


def _of_team(facts: TeamFacts, found: Decisions) -> Iterator[ListItem]:
    figures = facts.figures
    hours = (*_tracked(figures.tracked_hundredths, facts.expected.hundredths),)
    on_items = f", {number(figures.linked_hundredths)} h on {plural(figures.entities or 0, 'item')}"
    billable = f", {number(figures.billable_hundredths)} h billable" if figures.billable_hundredths else ""
    yield ListItem((*hours, f"{on_items}{billable}."))
    yield from _planned(facts, found)
    if found.ending_later:
        ending = sum(len(item.ending_later) for item in found.ending_later)
        have = "has" if len(found.ending_later) == 1 else "have"
        parents = plural(len(found.ending_later), "item")
        yield ListItem((f"{parents} due by then {have} {plural(ending, 'item')} below planned to end later.",))
    if line := _off(facts):
        yield ListItem((line,))
    finished = [entity for entity in facts.entities if entity.finished]
    if finished:
        after = sum((entity.days_late or 0) > 0 for entity in finished)
        yield ListItem((f"Finished {len(finished)}" + (f", {after} of them after the planned end." if after else "."),))
    if found.over:
        named = [f"#{entity.public_id} +{number(entity.plan.over_hundredths)}" for entity in found.over[:_NAMED]]
        yield ListItem((f"Over estimate: {_with_more(named, len(found.over))}.",))
    if fix := to_fix(facts):
        yield ListItem((f"Data quality: {fix} to fix.",))


def _of_person(facts: IndividualFacts, found: Decisions) -> Iterator[ListItem]:
    hours = _tracked(facts.figures.tracked_hundredths, facts.expected.hundredths, in_row(facts.expected.weeks_in_row))
    yield ListItem((*hours, "."))
    yield from _planned(facts, found)
    others = without(facts.open_items, [*found.past_end, *found.due])
    rest = [item for item in others if facts.user_id in item.assigned_ids and item.planned_end]
    if rest:
        ends = [short_day(item.planned_end, facts.period.last_day.year) for item in rest if item.planned_end]
        yield ListItem(("Next: ", *_items(rest, [f" ({end})" for end in ends]), "."))
    if fix := to_fix(facts):
        yield ListItem((f"To fix: {plural(fix, 'thing')}, listed in the report.",))


def _tracked(tracked: int, expected_hours: int | None, in_a_row: str = "") -> Line:
    if expected_hours is None:
        return (Strong(f"{number(tracked)} h"), " tracked")
    by = Change(tracked - expected_hours)
    return Strong(f"{number(tracked)} h"), f" of {number(expected_hours)} expected ({by}{in_a_row})"


def _planned(facts: IndividualFacts | TeamFacts, found: Decisions) -> Iterator[ListItem]:
    """What is past its planned end, and what is due: the hours short by item."""
    year = facts.period.last_day.year
    until = day(found.due_until, year=False)
    past, due = found.past_end, found.due
    if past:
        about = [_past(item, year) for item in past]
        yield ListItem((f"Past the planned end, {len(past)}: ", *_items(past, about), "."))
    if not due:
        yield ListItem((f"{'None' if past else 'No open item is past its planned end, and none'} is due by {until}.",))
        return
    opening = "" if past else "No open item is past its planned end. "
    if not found.short:
        pace = ", all in pace" if len(found.in_pace) == len(due) else ""
        yield ListItem((f"{opening}{len(due)} due by {until}{pace}.",))
        return
    below = tuple(_short(item, year) for item in found.short[:_NAMED])
    short = f"{number(short_of(found.short))} h short at the pace so far"
    more = f" ({len(found.short) - _NAMED} more than these)" if len(found.short) > _NAMED else ""
    yield ListItem((f"{opening}{len(due)} due by {until}, ", Strong(short), f"{more}:"), about=below)


def _past(item: OpenItem, year: int) -> str:
    end = weekday_and_day(item.planned_end, year) if item.planned_end else ""
    left = f", {number(item.forecast.left_hundredths)} h left" if item.forecast else ""
    return f" ({end}{left}{', open?' if item.state_kind is None else ''})"


def _short(item: OpenItem, year: int) -> Line:
    people = [each.shown for each in item.assignees][:_NAMED]
    end = weekday_and_day(item.planned_end, year) if item.planned_end else ""
    whose = f" ({listing(people)})" if people else ""
    return reference(item), f", {end}: ", Strong(f"{number(short_of([item]))} h short"), whose


def _off(facts: TeamFacts) -> str:
    """Who is off their expected hours, and who has no entries."""
    labels = labels_of(facts.people)
    off = expected.people_off(facts)
    parts = []
    if off:
        named = [f"{labels[person.user_id]} {Change(expected.off_by(person))}" for person in off[:_NAMED]]
        parts.append(f"Off expected hours: {_with_more(named, len(off))}.")
    if absent := facts.expected.absent:
        parts.append(f"No entries: {_with_more([each.name for each in absent[:_NAMED]], len(absent))}.")
    return " ".join(parts)


def _items(items: Sequence[OpenItem], about: Sequence[str]) -> Line:
    named = joined((reference(item), text) for item, text in zip(items[:_NAMED], about, strict=False))
    more = len(items) - _NAMED
    return (*named, f" and {more} more") if more > 0 else named


def _with_more(named: Sequence[str], count: int) -> str:
    more = count - len(named)
    return f"{', '.join(named)} and {more} more" if more else listing(list(named))
