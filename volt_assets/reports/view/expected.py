"""Hours against what is expected of people: who is off by a tenth or more, who has no entries, and who is away next."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from volt_assets.formatting import listing, plural, short_day, weekday_and_day
from volt_assets.reports.facts.expected import is_off
from volt_assets.reports.facts.models import AbsentPerson, AwayPerson, DaysAway, Period, TeamFacts
from volt_assets.reports.facts.rounding import PrintedTimes
from volt_assets.reports.sentences.templates import period_word
from volt_assets.reports.view.blocks import (
    Block,
    Change,
    Code,
    Decision,
    DecisionList,
    Hours,
    Jump,
    Line,
    Paragraph,
    Section,
)
from volt_assets.reports.view.people import People
from volt_assets.reports.view.words import in_row
from volt_assets.settings import PEOPLE_FILE

HEADING = "Hours against expected"
_MOST_OFF, _MOST_ABSENT = 5, 3
_NAMED = 3


def expected_section(times: PrintedTimes, people: People) -> Section:
    """Who to ask about their hours: at most eight lines, and how many more."""
    facts = people.facts
    blocks: list[Block] = []
    off, absent = _off(times, people), [_without_entries(each, people) for each in facts.expected.absent]
    lines = [*off[:_MOST_OFF], *absent[:_MOST_ABSENT]]
    if lines:
        blocks.append(DecisionList(tuple(lines)))
    more = [f"{len(off) - _MOST_OFF} more are 10 % or more off"] if len(off) > _MOST_OFF else []
    more += [f"{len(absent) - _MOST_ABSENT} more have no entries"] if len(absent) > _MOST_ABSENT else []
    if more:
        blocks.append(Paragraph((Jump(f"{listing(more)}.", "people"),), "small"))
    if not facts.expected.configured:
        adds = "says who is over or under their hours, who is away next week, and whose entries are missing."
        blocks.append(
            Paragraph(("Expected hours are not set up: ", Code(f"config/{PEOPLE_FILE}"), f" {adds}"), "small")
        )
    elif not _is_over(facts.period):
        blocks.append(
            Paragraph((f"The {period_word(facts.period)} is not over: hours are not compared yet.",), "small")
        )
    elif not lines:
        blocks.append(Paragraph(("Nobody is 10 % or more off their expected hours.",), "small"))
    blocks += [Paragraph(line, "small") for line in (*_unknown(people), *_away_next(people))]
    return Section(HEADING, tuple(blocks), anchor="expected", aside="10 % or more off" if off else "")


def lead(times: PrintedTimes, people: People) -> str:
    """How many people are off their hours, and who has no entries; empty where there is nobody."""
    off, absent = len(_off(times, people)), people.facts.expected.absent
    parts = []
    if off:
        who = "1 person is" if off == 1 else f"{off} people are"
        parts.append(f"{who} 10 % or more off their expected hours")
    if absent:
        names = [people.labels[each.user_id] for each in absent[:_NAMED]]
        more = [plural(len(absent) - _NAMED, "other")] if len(absent) > _NAMED else []
        parts.append(f"{listing([*names, *more])} {'has' if len(absent) == 1 else 'have'} no entries")
    return f" {'; '.join(parts)}." if parts else ""


def _is_over(period: Period) -> bool:
    return all(week.after_its_end for week in period.weeks)


def _off(times: PrintedTimes, people: People) -> list[Decision]:
    """A line for each person a tenth or more off, the furthest first."""
    if not _is_over(people.facts.period):
        return []
    found = [
        (sum(parts) - (person.expected.hundredths or 0), sum(parts), person)
        for person, parts in zip(people.facts.people, times.people, strict=True)
        if is_off(person.figures.tracked_seconds, person.expected.seconds)
    ]
    found.sort(key=lambda each: -abs(each[0]))
    return [
        Decision(
            (people.links[person.user_id],),
            (
                Hours(tracked),
                " of ",
                Hours(person.expected.hundredths or 0, " h"),
                in_row(person.expected.weeks_in_row),
            ),
            f"{Change(by)} h",
        )
        for by, tracked, person in found
    ]


def _without_entries(person: AbsentPerson, people: People) -> Decision:
    last = person.last_entry
    about = "none so far" if last is None else f"last entry {weekday_and_day(last, people.facts.period.last_day.year)}"
    return Decision(
        (people.name(person),), (about if person.active else f"{about}; deactivated in Toggl",), "no entries"
    )


def _unknown(people: People) -> Iterator[Line]:
    """Of whom no hours are known, where there is a configuration."""
    facts = people.facts
    names = [people.labels[each.user_id] for each in facts.people if each.expected.seconds is None]
    if facts.expected.configured and names:
        more = [plural(len(names) - _NAMED, "other")] if len(names) > _NAMED else []
        yield (f"No hours are set for {listing([*names[:_NAMED], *more])}.",)


def _away_next(people: People) -> Iterator[Line]:
    """One line of all who are away in the seven days after the period, and what of theirs is due then."""
    facts = people.facts
    parts: list[Line] = [
        (
            people.links.get(each.user_id) or people.name(each),
            f", {days_away(each.days, facts.period)}{_due_then(each, facts)}",
        )
        for each in facts.expected.away_next
    ]
    if parts:
        when = "next week" if facts.period.one_week else "in the seven days after"
        joined = [span for part in parts for span in ("; ", *part)][1:]
        yield (f"Away {when}: ", *joined, ".")


def _due_then(person: AwayPerson, facts: TeamFacts) -> str:
    """The first item of theirs that is due within those days, from the first day away on."""
    until = facts.period.last_day + timedelta(days=7)
    due = [
        (item.planned_end, item.public_id)
        for item in facts.open_items
        if person.user_id in item.assigned_ids
        and item.planned_end is not None
        and person.days[0].first_day <= item.planned_end <= until
    ]
    if not due:
        return ""
    end, public_id = min(due)
    return f" (#{public_id} is due {end:%a})"


def days_away(away: Iterable[DaysAway], period: Period) -> str:
    """ "Mon 23 and Tue 24 Nov (holiday)"."""
    year = period.last_day.year
    return ", ".join(
        _days(each.first_day, each.last_day, year) + (f" ({each.reason})" if each.reason else "") for each in away
    )


def _days(first: date, last: date, year: int) -> str:
    end = weekday_and_day(last, year)
    if first == last:
        return end
    start = f"{first:%a} {first.day}" if first.month == last.month else f"{first:%a} {short_day(first, year)}"
    return f"{start} {'and' if (last - first).days == 1 else 'to'} {end}"
