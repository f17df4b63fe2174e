"""Worth a look: what rules found, as hints to the reader, and never the model's."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from volt_assets.formatting import hours, listing, number, plural, short_day
from volt_assets.reports.facts.models import Hint, HintKind, IndividualFacts, TeamFacts, Verdict, VerdictTime
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.sentences.templates import period_word
from volt_assets.reports.view.blocks import Items, Line, ListItem, Section, See, Strong

# Of one kind, for a person; and people named with a kind, for the team.
_HINTS_OF_A_KIND = 3
_PEOPLE_NAMED = 4
_OF_PEOPLE: Mapping[HintKind, str] = {
    "overlap": "Entries at the same time:",
    "duplicate": "Entries there twice:",
    "long_entry": "Entries over 10 h:",
    "across_midnight": "Past midnight:",
    "zero_seconds": "Zero seconds:",
    "unusual_week": "Unlike their usual week:",
}


def look_section(times: PrintedTimes, facts: TeamFacts, labels: Mapping[int, str]) -> Section:
    """All lines about the team. `labels` are what people are called, by their id."""
    lines = [*_mismatches(times), *_hints_of_people(facts, labels), *_mostly_unlinked(facts, labels)]
    return _section(lines or [_item("", "Nothing.", fired=False)])


def own_look_section(times: PrintedTimes, facts: IndividualFacts) -> Section | None:
    """A person's lines, without what there is to fix; None where there are none."""
    lines = [*_mismatches(times), *_hints(facts)]
    return _section(lines) if lines else None


def _section(lines: Sequence[ListItem]) -> Section:
    return Section("Worth a look", (Items(tuple(lines)),))


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
    """What is nothing to fix: entries past midnight, the first few and how many more, and an unusual week."""
    midnight = [hint for hint in facts.hints if hint.kind == "across_midnight"]
    shown = midnight if len(midnight) <= _HINTS_OF_A_KIND + 1 else midnight[:_HINTS_OF_A_KIND]
    for hint in shown:
        on = listing([f"{day:%A}" if facts.period.days <= 7 else _short(day, facts) for day in hint.days])
        rest = f"one entry of {_length(hint)}, {on}; all of it counts on the first day."
        yield _item("Past midnight:", rest, fired=False)
    if more := len(midnight) - len(shown):
        yield _item("", f"And {more} more entries past midnight.", fired=False)
    for hint in facts.hints:
        if hint.kind == "unusual_week":
            more_or_less = "more" if (hint.seconds or 0) > (hint.usual_seconds or 0) else "less"
            usual = facts.trend.usual_hundredths or 0
            rest = f"{number(facts.figures.tracked_hundredths)} h, usually {number(usual)} h. Is everything in?"
            yield _item(f"Much {more_or_less} than usual:", rest, fired=False)


def _short(day: date, facts: IndividualFacts) -> str:
    return short_day(day, facts.period.last_day.year)


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
