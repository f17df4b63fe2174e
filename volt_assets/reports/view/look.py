"""Worth a look: what rules found, as hints to the reader, and never the model's."""

from collections.abc import Iterator, Mapping

from volt_assets.printing import hours, listing, plural, short_day
from volt_assets.reports.facts import Hint, HintKind, IndividualFacts, Period, TeamFacts
from volt_assets.reports.template_prose import period_word
from volt_assets.reports.view.blocks import Items, Jump, Line, ListItem, Section, Strong
from volt_assets.reports.view.entities import anchor_of, bare, is_over

# Of one kind, for a person; and people named with a kind, for the team.
_HINTS_OF_A_KIND = 3
_PEOPLE_NAMED = 4
_OVER_NAMED = 3
_PLURALS: Mapping[HintKind, str] = {
    "overlap": "entries at the same time",
    "duplicate": "entries there twice",
    "long_entry": "entries over 10 h",
    "across_midnight": "entries past midnight",
    "zero_seconds": "entries of zero seconds",
    "unusual_week": "weeks unlike the usual one",
}
_OF_PEOPLE: Mapping[HintKind, str] = {
    "overlap": "Entries at the same time:",
    "duplicate": "Entries there twice:",
    "long_entry": "Entries over 10 h:",
    "across_midnight": "Past midnight:",
    "zero_seconds": "Zero seconds:",
    "unusual_week": "Unlike their usual week:",
}


def look_section(facts: IndividualFacts | TeamFacts, labels: Mapping[int, str]) -> Section:
    """All lines. `labels` are what people are called, by their id."""
    lines = [*_over(facts), *_mismatches(facts)]
    if isinstance(facts, TeamFacts):
        lines += [*_hints_of_people(facts, labels), *_mostly_unlinked(facts, labels)]
    else:
        lines += _hints(facts)
    return Section("Worth a look", (Items(tuple(lines) or (_item("", "Nothing.", fired=False),)),))


def _item(strong: str, rest: str, *, fired: bool = True, to: str | None = None) -> ListItem:
    text: Line = (Strong(strong), f" {rest}") if strong else (rest,)
    return ListItem((*text, " ", Jump("↓", to)) if to else text, fired=fired)


def _over(facts: IndividualFacts | TeamFacts) -> Iterator[ListItem]:
    over = [entity for entity in facts.entities if is_over(entity.plan)]
    over.sort(key=lambda entity: -(entity.plan.over_seconds or 0))
    if len(over) > 2:
        named = [f"#{entity.public_id} by {bare(entity.plan.over_seconds)}" for entity in over[:_OVER_NAMED]]
        yield _item(
            f"{len(over)} items are over their estimate,",
            f"{hours(facts.over_estimate.seconds or 0)} in sum. Furthest: {listing(named)}.",
            to="plans" if isinstance(facts, TeamFacts) else "items",
        )
        return
    for entity in over:
        name = (entity.name or entity.title or "").rstrip(" .")
        spent, estimate = bare(entity.plan.spent_in_all_seconds), hours(entity.plan.estimate_seconds or 0)
        yield _item(
            f"{hours(entity.plan.over_seconds or 0)} over its estimate:",
            f"{name}, {spent} of {estimate}.",
            to=anchor_of(entity),
        )


def _mismatches(facts: IndividualFacts | TeamFacts) -> Iterator[ListItem]:
    this = period_word(facts.period)
    if isinstance(facts, TeamFacts):
        found = {each.verdict: (each.entities, each.seconds) for each in facts.alignment}
    else:
        found = {}
        for each in facts.alignment:
            items, seconds = found.get(each.verdict, (0, 0))
            found[each.verdict] = items + 1, seconds + each.seconds
    if "closed_before" in found:
        items, seconds = found["closed_before"]
        question = f"before this {this}. Follow-up, or {'one' if items == 1 else 'some'} to reopen?"
        yield _item(f"{hours(seconds)} on {plural(items, 'item')} already closed", question, to="alignment")
    if "not_updated" in found:
        items, seconds = found["not_updated"]
        rest = "not started in Fibery. To be updated there?"
        yield _item(f"{hours(seconds)} on {plural(items, 'item')}", rest, to="alignment")
    if isinstance(facts, IndividualFacts):
        idle = [each for each in facts.alignment if each.verdict == "idle"]
        oldest = max((each.age_weeks or 0 for each in idle), default=0)
        since = f"; for {plural(oldest, 'week')} at most" if oldest > 1 else ""
        if idle:
            strong = f"{plural(len(idle), 'assigned item')} in progress without time"
            yield _item(strong, f"this {this}{since}.", fired=False, to="alignment")


def _hints(facts: IndividualFacts) -> Iterator[ListItem]:
    """A line for each hint; of a kind that is there often, the first few and how many more."""
    for kind, many in _PLURALS.items():
        of_kind = [hint for hint in facts.hints if hint.kind == kind]
        shown = of_kind if len(of_kind) <= _HINTS_OF_A_KIND + 1 else of_kind[:_HINTS_OF_A_KIND]
        yield from (_hint(hint, facts.period) for hint in shown)
        if more := len(of_kind) - len(shown):
            yield _item("", f"And {more} more {many}.", fired=False)
    if not facts.hints and facts.figures.entries:
        nothing = "no overlaps, none over 10 h, none across midnight, no duplicates, none of zero length."
        yield _item("Entries:", nothing, fired=False)


def _hint(hint: Hint, period: Period) -> ListItem:
    """A friendly line: what is there, and what it may be."""
    on = listing([f"{day:%A}" if period.days <= 7 else short_day(day, period.last_day.year) for day in hint.days])
    seconds, usual = hint.seconds or 0, hint.usual_seconds or 0
    if hint.kind == "overlap":
        return _item("Two entries at the same time", f"for {hours(seconds)} on {on}. One to shorten?")
    if hint.kind == "duplicate":
        times = "twice" if len(hint.entries) == 2 else f"{len(hint.entries)} times"
        return _item(f"The same entry {times}", f"on {on}, {hours(seconds)} more than once. One to remove?")
    if hint.kind == "long_entry":
        return _item(f"One entry of {hours(seconds)}", f"on {on}. A timer left running?")
    if hint.kind == "across_midnight":
        rest = f"one entry of {hours(seconds)}, {on}; all of it counts on the first day."
        return _item("Past midnight:", rest, fired=False)
    if hint.kind == "zero_seconds":
        entries = plural(len(hint.entries), "entry", "entries")
        return _item(f"{entries} of zero seconds", f"on {on}. Started and stopped at once?", fired=False)
    more = "more" if seconds > usual else "less"
    rest = f"{hours(seconds)}, usually {hours(usual)}. Is everything in?"
    return _item(f"Much {more} than usual:", rest, fired=False)


def _hints_of_people(facts: TeamFacts, labels: Mapping[int, str]) -> Iterator[ListItem]:
    for kind, strong in _OF_PEOPLE.items():
        of_kind = [each for each in facts.hints if each.kind == kind]
        shown = of_kind if len(of_kind) <= _PEOPLE_NAMED + 1 else of_kind[:_PEOPLE_NAMED]
        named = [labels[each.user_id] + (f" ({each.hints})" if each.hints > 1 else "") for each in shown]
        if more := len(of_kind) - len(shown):
            named.append(f"{more} more")
        if named:
            yield _item(strong, f"{listing(named)}.", fired=kind in ("overlap", "duplicate", "long_entry"))


def _mostly_unlinked(facts: TeamFacts, labels: Mapping[int, str]) -> Iterator[ListItem]:
    half = [
        labels[person.user_id]
        for person in facts.people
        if person.figures.tracked_seconds and 2 * person.figures.other_seconds > person.figures.tracked_seconds
    ]
    if half:
        yield _item("More than half unlinked:", f"{listing(half)}.", fired=False, to="coverage")
