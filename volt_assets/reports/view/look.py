"""Worth a look: what rules found, as hints to the reader, and never the model's."""

from collections import Counter
from collections.abc import Iterator, Mapping

from volt_assets.formatting import hours, listing, number, plural, short_day
from volt_assets.reports.facts.models import Hint, HintKind, IndividualFacts, TeamFacts, Verdict, VerdictTime
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.sentences.templates import period_word
from volt_assets.reports.view.blocks import Items, Line, ListItem, Section, See, Strong

# Of one kind, for a person; and people named with a kind, for the team.
_HINTS_OF_A_KIND = 3
_PEOPLE_NAMED = 4
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


def look_section(times: PrintedTimes, labels: Mapping[int, str]) -> Section:
    """All lines. `labels` are what people are called, by their id."""
    facts = times.facts
    lines = [*_mismatches(times)]
    if isinstance(facts, TeamFacts):
        lines += [*_hints_of_people(facts, labels), *_mostly_unlinked(facts, labels)]
    else:
        lines += _hints(facts)
    return Section("Worth a look", (Items(tuple(lines) or (_item("", "Nothing.", fired=False),)),))


def _item(strong: str, rest: str, *, fired: bool = True, to: str | None = None) -> ListItem:
    text: Line = (Strong(strong), f" {rest}") if strong else (rest,)
    return ListItem((*text, " ", See(to)) if to else text, fired=fired)


def _mismatches(times: PrintedTimes) -> Iterator[ListItem]:
    facts = times.facts
    this = period_word(facts.period)
    counted: Counter[Verdict] = Counter()
    for each in facts.alignment:
        counted[each.verdict] += each.entities if isinstance(each, VerdictTime) else 1
    if items := counted["closed_before"]:
        question = f"before this {this}. Follow-up, or {'one' if items == 1 else 'some'} to reopen?"
        strong = f"{number(times.verdicts.get('closed_before', 0))} h on {plural(items, 'item')} already closed"
        yield _item(strong, question, to="alignment")
    if items := counted["not_updated"]:
        strong = f"{number(times.verdicts.get('not_updated', 0))} h on {plural(items, 'item')}"
        yield _item(strong, "not started in Fibery. To be updated there?", to="alignment")
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
        yield from (_hint(hint, facts) for hint in shown)
        if more := len(of_kind) - len(shown):
            yield _item("", f"And {more} more {many}.", fired=False)
    if not facts.hints and facts.figures.entries:
        nothing = "no overlaps, none over 10 h, none across midnight, no duplicates, none of zero length."
        yield _item("Entries:", nothing, fired=False)


def _hint(hint: Hint, facts: IndividualFacts) -> ListItem:
    """A friendly line: what is there, and what it may be."""
    period = facts.period
    on = listing([f"{day:%A}" if period.days <= 7 else short_day(day, period.last_day.year) for day in hint.days])
    seconds = hint.seconds or 0
    if hint.kind == "overlap":
        return _item("Two entries at the same time", f"for {hours(seconds)} on {on}. One to shorten?")
    if hint.kind == "duplicate":
        times = "twice" if len(hint.entries) == 2 else f"{len(hint.entries)} times"
        return _item(f"The same entry {times}", f"on {on}, {hours(seconds)} more than once. One to remove?")
    if hint.kind == "long_entry":
        return _item(f"One entry of {_length(hint)}", f"on {on}. A timer left running?")
    if hint.kind == "across_midnight":
        rest = f"one entry of {_length(hint)}, {on}; all of it counts on the first day."
        return _item("Past midnight:", rest, fired=False)
    if hint.kind == "zero_seconds":
        entries = plural(len(hint.entries), "entry", "entries")
        return _item(f"{entries} of zero seconds", f"on {on}. Started and stopped at once?", fired=False)
    more = "more" if seconds > (hint.usual_seconds or 0) else "less"
    usual = facts.trend.usual_hundredths or 0
    rest = f"{number(facts.figures.tracked_hundredths)} h, usually {number(usual)} h. Is everything in?"
    return _item(f"Much {more} than usual:", rest, fired=False)


def _length(hint: Hint) -> str:
    """The length of a hint's one entry: as the row that it is all of is printed, if there is one."""
    return hours(hint.seconds or 0) if hint.hundredths is None else f"{number(hint.hundredths)} h"


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
